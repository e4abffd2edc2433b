"""What a mobility provider may answer, and what is made of it. A real socket, a real client."""

import base64
import ipaddress
import json
import socket

import pytest

from authorization.roaming import realtime
from authorization.roaming.realtime import Endpoint, Question
from authorization.roaming.transport.routing import Party
from chargers.lib import outbound
from chargers.lib.outbound import ForbiddenAddressError, NoAnswerError, TimedOutError
from tests.kit.provider import Manner, standing

CARD = Question(uid="04 A1/B2", type="RFID", location_id="sunset-1", evse_uid="CP1-1")
LOOPBACK = [ipaddress.ip_network("127.0.0.0/8")]


def envelope(**fields):
    return json.dumps({"status_code": 1000, "timestamp": "2026-03-10T12:00:00Z", **fields}).encode()


@pytest.fixture
def provider(settings):
    settings.OUTBOUND_ALLOWED_NETWORKS = LOOPBACK
    with standing() as found:
        yield found


def ask(url, *, question=CARD, timeout_s=5.0):
    endpoint = Endpoint(
        url=url,
        token="our-token",
        to=Party(country_code="NL", party_id="EMS"),
        sender=Party(country_code="US", party_id="SUN"),
    )
    return realtime.authorize(endpoint, question, timeout_s=timeout_s)


def test_it_asks_as_ocpi_writes_it(provider):
    provider.answers("04 A1/B2", Manner(info="Good morning", reference="REF-1"))

    said = ask(provider.url)

    assert (said.answer, said.message, said.reference) == ("ALLOWED", "Good morning", "REF-1")
    asked = provider.asked[0]
    assert (asked.uid, asked.query, asked.token) == ("04 A1/B2", "type=RFID", "our-token")
    assert asked.headers["authorization"] == f"Token {base64.b64encode(b'our-token').decode()}"
    assert asked.location == {"location_id": "sunset-1", "evse_uids": ["CP1-1"]}
    assert (asked.headers["ocpi-to-country-code"], asked.headers["ocpi-to-party-id"]) == ("NL", "EMS")
    assert (asked.headers["ocpi-from-country-code"], asked.headers["ocpi-from-party-id"]) == ("US", "SUN")
    assert asked.headers["x-request-id"]


@pytest.mark.parametrize("word", ["ALLOWED", "BLOCKED", "EXPIRED", "NO_CREDIT", "NOT_ALLOWED"])
def test_it_keeps_the_providers_own_word(provider, word):
    provider.answers(CARD.uid, Manner(word=word))

    assert ask(provider.url).answer == word


def test_it_takes_an_unknown_token_for_an_answer(provider):
    assert ask(provider.url) == realtime.AuthorizationInfo(answer="UNKNOWN", message="Unknown token")


def test_it_takes_a_yes_for_other_connectors_for_a_no_here(provider):
    provider.answers(CARD.uid, Manner(evse_uids=("CP1-2",)))
    assert ask(provider.url).answer == "NOT_ALLOWED"

    provider.answers(CARD.uid, Manner(evse_uids=("CP1-2", "CP1-1")))
    assert ask(provider.url).answer == "ALLOWED"


@pytest.mark.parametrize(
    ("manner", "message"),
    [
        (Manner(status=404, body=b""), "Unknown token (it answered 404 with nothing)"),
        (Manner(status=404, body=b"<h1>Not Found</h1>", content_type="text/html"), "answered 404 with a web page"),
        (Manner(status=404, body=b'{"detail": "Not Found"}'), "Unknown token"),
        (Manner(status=404, body=b'"Not Found"'), "answered 404 with JSON that is no OCPI response"),
        (Manner(status=404, body=envelope(status_code=2001, status_message="No such token")), "No such token"),
        (Manner(status=200, body=envelope(status_code=2004, status_message="Never heard of it")), "Never heard of it"),
    ],
)
def test_it_takes_a_bare_404_for_an_unknown_token(provider, manner, message):
    provider.answers(CARD.uid, manner)

    said = ask(provider.url)

    assert said.answer == "UNKNOWN"
    assert message in said.message


@pytest.mark.parametrize("code", [2002, 2003, 3000, 4001])
def test_it_takes_a_404_that_names_another_cause_for_no_answer(provider, code):
    provider.answers(CARD.uid, Manner(status=404, body=envelope(status_code=code)))

    with pytest.raises(NoAnswerError, match=f"answered 404 with OCPI status {code}"):
        ask(provider.url)


def test_it_compares_the_outlets_of_a_yes_without_case(provider):
    provider.answers(CARD.uid, Manner(evse_uids=("cp1-2", "cp1-1")))
    assert ask(provider.url).answer == "ALLOWED"

    provider.answers(CARD.uid, Manner(evse_uids=("cp1-2",)))
    assert ask(provider.url).answer == "NOT_ALLOWED"


@pytest.mark.parametrize(
    "body",
    [envelope(data=[{"allowed": "ALLOWED"}]), b"[" + envelope(data={"allowed": "ALLOWED"}) + b"]"],
)
def test_it_understands_an_answer_in_a_list_of_one(provider, body):
    provider.answers(CARD.uid, Manner(body=body))

    assert ask(provider.url).answer == "ALLOWED"


@pytest.mark.parametrize(
    ("manner", "cause"),
    [
        (Manner(body=b"<html>Welcome</html>", content_type="text/html; charset=utf-8"), "answered 200 with a web page"),
        (Manner(body=b"<html>Oops</html>", content_type="text/html", status=502), "answered 502 with a web page"),
        (Manner(body=b"\x00\xff\x13garbage"), "answered 200 with something that is not JSON"),
        (Manner(body=b""), "answered 200 with nothing"),
        (Manner(body=b"[1, 2]"), "answered 200 with JSON that is no OCPI response"),
        (Manner(body=b'{"allowed": "ALLOWED"}'), "answered 200 with OCPI status none"),
        (Manner(body=envelope()), "answered without an AuthorizationInfo"),
        (Manner(body=envelope(data=["ALLOWED"])), "answered without an AuthorizationInfo"),
        (Manner(body=envelope(data=[{"allowed": "ALLOWED"}] * 2)), "answered without an AuthorizationInfo"),
        (Manner(body=envelope(data={"allowed": None})), "answered “”, a word that OCPI does not have"),
        (Manner(word="PERHAPS"), "answered “PERHAPS”, a word that OCPI does not have"),
        (Manner(word="allowed"), "answered “allowed”, a word that OCPI does not have"),
        (Manner(body=envelope(data={"allowed": ["ALLOWED"]})), "a word that OCPI does not have"),
        (
            Manner(body=envelope(status_code=2002, status_message="Which location?")),
            "answered 200 with OCPI status 2002: Which location?",
        ),
        (Manner(body=envelope(data={"allowed": "ALLOWED"}), status=500), "answered 500 with OCPI status 1000"),
        (Manner(body=envelope(status_code=True, data={"allowed": "ALLOWED"})), "answered 200 with OCPI status True"),
        (Manner(status=401), "does not take our credentials token"),
        (Manner(body=b"[" * 60_000), "not JSON"),
        (Manner(body=b" " * 70_000 + b"{}"), "answered with more than 64 KiB"),
    ],
)
def test_it_says_why_an_answer_is_none(provider, manner, cause):
    provider.answers(CARD.uid, manner)

    with pytest.raises(NoAnswerError) as raised:
        ask(provider.url)

    assert cause in str(raised.value)
    assert not isinstance(raised.value, TimedOutError)


def test_it_follows_no_redirect(provider):
    with standing() as elsewhere:
        elsewhere.answers(CARD.uid, Manner())
        target = f"{elsewhere.url}/{CARD.uid}/authorize"
        provider.answers(CARD.uid, Manner(status=307, location=target))

        with pytest.raises(NoAnswerError, match="answered 307, a redirect to http://127"):
            ask(provider.url)

        assert elsewhere.asked == []


@pytest.mark.parametrize("manner", [Manner(delay_s=30), Manner(pause_s=0.2)])
def test_it_waits_no_longer_than_its_budget_for_silence_or_for_a_byte_at_a_time(provider, manner):
    provider.answers(CARD.uid, manner)

    with pytest.raises(TimedOutError, match="did not answer within 1 s"):
        ask(provider.url, timeout_s=1)


def test_it_says_when_nobody_listens(settings):
    settings.OUTBOUND_ALLOWED_NETWORKS = LOOPBACK
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]

    with pytest.raises(NoAnswerError, match="could not be reached"):
        ask(f"http://127.0.0.1:{port}/tokens")


def test_it_says_when_what_answers_does_not_speak_http(settings):
    settings.OUTBOUND_ALLOWED_NETWORKS = LOOPBACK
    with socket.create_server(("127.0.0.1", 0)) as server:
        client = socket.create_connection(server.getsockname())
        client.close()
        with pytest.raises(TimedOutError):
            ask(f"http://127.0.0.1:{server.getsockname()[1]}/tokens", timeout_s=0.5)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "169.254.169.254", "10.0.0.8", "[::ffff:127.0.0.1]"]
)
def test_it_calls_no_private_address_unless_it_is_permitted(settings, host):
    settings.OUTBOUND_ALLOWED_NETWORKS = []

    with pytest.raises(ForbiddenAddressError, match="an address that is not public"):
        ask(f"http://{host}:9/tokens")


def test_it_connects_to_the_address_that_it_has_judged(provider, monkeypatch):
    """A name that means a permitted address when it is judged, and another one when it is looked up again."""
    provider.answers(CARD.uid, Manner())
    real, answers = socket.getaddrinfo, iter(["127.0.0.1", "169.254.169.254"])

    def rebinding(host, *rest, **named):
        return real(next(answers) if host == "msp.example" else host, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)

    assert ask(provider.url.replace("127.0.0.1", "msp.example")).answer == "ALLOWED"
    assert provider.asked[0].headers["host"].startswith("msp.example")
    with pytest.raises(ForbiddenAddressError, match=r"msp.example means 169.254.169.254"):
        ask(provider.url.replace("127.0.0.1", "msp.example"))


@pytest.mark.parametrize(
    ("address", "permitted"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        ("10.1.2.3", True),
        ("10.2.2.3", False),
        ("192.168.1.1", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("fe80::1", False),
        ("fd00::1", False),
        ("::ffff:192.168.1.1", False),
        ("64:ff9b::c0a8:101", False),
        ("64:ff9b::5db8:d70e", True),
        ("2002:c0a8:101::1", False),
    ],
)
def test_it_permits_public_addresses_and_named_networks(settings, address, permitted):
    settings.OUTBOUND_ALLOWED_NETWORKS = [ipaddress.ip_network("10.1.0.0/16")]

    assert outbound.is_permitted(ipaddress.ip_address(address)) is permitted


def test_it_shows_no_token_when_it_is_printed():
    assert "our-token" not in repr(
        Endpoint(url="https://e", token="our-token", to=Party(country_code="NL", party_id="E"))
    )
