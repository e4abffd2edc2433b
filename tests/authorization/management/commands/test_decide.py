"""`manage.py decide`: the chain without a car, told in words or as JSON, with exit codes."""

import io
import ipaddress
import json
from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, ManagementUtility, call_command

from authorization.models import Decision, IssuerQuestion
from chargers.fleet import hardware_swaps
from chargers.lib import secrets
from chargers.models import Command, Evse
from tests.kit import budgets
from tests.kit import site as sites
from tests.kit.provider import Manner, standing
from tests.kit.site import UID

pytestmark = pytest.mark.django_db


@pytest.fixture
def site():
    built = sites.build()
    Evse.objects.create(charger=built.charger, number=1)
    return built


def run(*arguments):
    out = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("decide", "--charger", "CP1", *arguments, stdout=out, no_color=True)
    return ended.value.code, out.getvalue()


def test_it_tells_an_acceptance_as_json_and_exits_0(site):
    sites.member_token(site)

    code, out = run("--token", "04:a1:b2:c3:d4", "--connector", "1", "--json")

    told = json.loads(out)
    assert code == 0
    assert (told["verdict"], told["status"], told["status_16"], told["reason"]) == (
        "accepted",
        "Accepted",
        "Accepted",
        None,
    )
    assert told["next_steps"] == {"guest": [], "host": [], "agent": []}
    assert len(told["trace"]) == 19
    assert {"step", "outcome", "sentence", "link", "ms"} <= set(told["trace"][0])


def test_it_tells_a_refusal_as_json_and_exits_1(site):
    sites.own_token(site)

    code, out = run("--token", UID, "--json")

    told = json.loads(out)
    assert code == 1
    assert (told["verdict"], told["reason"]) == ("refused", "not_in_local_group")
    assert (told["status"], told["status_16"]) == ("NotAtThisLocation", "Invalid")
    assert told["title"] == "No local group of this card opens this charger"
    assert all(told["next_steps"][audience] for audience in ("guest", "host", "agent"))
    assert {line["outcome"] for line in told["trace"]} == {"passed", "failed", "skipped"}


def test_it_tells_a_refusal_in_words(site):
    sites.own_token(site)

    code, out = run("--token", UID)

    assert code == 1
    assert out.startswith("Refused: No local group of this card opens this charger (not_in_local_group)")
    assert "✓ Charger registered" in out
    assert "✗ Local group" in out
    assert "– Live validation" in out
    assert "http://127.0.0.1:8000/authorization/tokens/add/?uid=04A1B2C3D4&charger=CP1" in out


def test_it_tells_an_acceptance_in_words(site):
    sites.member_token(site)

    assert run("--token", UID)[1].startswith("Accepted by: Local group\n")


@pytest.mark.parametrize(
    ("access", "arguments", "code", "reason"),
    [
        ("private", ["--guest"], 1, "private_charger"),
        ("guest", ["--guest"], 1, "payment_required"),
        ("guest", ["--kind", "guest"], 1, "payment_required"),
        ("private", ["--token", UID], 1, "not_public"),
        ("private", ["--token", UID, "--kind", "remote_start"], 1, "remote_start_roaming_off"),
        ("private", ["--token", UID, "--kind", "remote_start", "--ordered-by", "guest"], 1, "not_public"),
        ("private", ["--token", UID, "--kind", "remote_start", "--ordered-by", "agent"], 0, None),
        ("public_roaming", ["--token", UID, "--kind", "start"], 0, None),
        ("public_roaming", ["--token", "NOBODYS"], 1, "token_unknown"),
    ],
)
def test_it_asks_every_kind_of_question(site, access, arguments, code, reason):
    site.property.access = access
    site.property.save()
    sites.roaming_token()

    exit_code, out = run(*arguments, "--json")

    assert (exit_code, json.loads(out)["reason"]) == (code, reason)


def test_it_leaves_no_trace(site):
    run("--token", UID)

    assert not Decision.objects.exists()


def test_it_knows_of_a_start_that_was_ordered(site):
    now = datetime.now(tz=UTC)
    Command.objects.create(
        id="0190a0a0-0000-7000-8000-000000000000",
        charger=site.charger,
        action="RemoteStartTransaction",
        payload={},
        origin="user:host@example.com",
        id_token=UID,
        state="accepted",
        created_at=now,
        expires_at=now,
    )

    code, out = run("--token", UID, "--kind", "start", "--json")

    assert (code, json.loads(out)["granted_by"]) == (0, "start_ordered")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--charger", "CP9", "--guest"], "No charger has the id 'CP9'."),
        (["--charger", "cp1", "--guest"], "Did you mean CP1?"),
        (["--charger", "s-cp1", "--guest"], "Did you mean CP1?"),
        (["--charger", "CP1"], "Say who asks"),
        (["--charger", "CP1", "--token", "A" * 60], "at most 36 characters"),
        (["--charger", "CP1", "--token", "  "], "empty"),
        (["--charger", "CP1", "--token", UID, "--connector", "4"], "has no connector 4; it has: 1."),
        (["--charger", "CP1", "--guest", "--kind", "start"], "A guest has no card"),
    ],
)
def test_it_says_what_is_wrong_with_the_question(site, arguments, words):
    with pytest.raises(CommandError) as refused:
        call_command("decide", *arguments, stdout=io.StringIO())

    assert words in str(refused.value)
    assert refused.value.returncode == 2


@pytest.mark.parametrize(
    "arguments", [["--guest", "--token", UID], ["--token", UID, "--kind", "wish"], ["--connector", "x"]]
)
def test_it_refuses_arguments_that_make_no_question(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        ManagementUtility(["manage.py", "decide", "--charger", "CP1", *arguments]).execute()

    assert ended.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_it_tells_bad_input_as_json_too(site):
    out = io.StringIO()
    with pytest.raises(CommandError) as refused:
        call_command("decide", "--charger", "CP9", "--guest", "--json", stdout=out)

    assert refused.value.returncode == 2
    assert json.loads(out.getvalue()) == {"error": "No charger has the id 'CP9'."}


@pytest.fixture
def provider(site, settings):
    settings.OUTBOUND_ALLOWED_NETWORKS = [ipaddress.ip_network("127.0.0.0/8")]
    site.property.access = "public_roaming"
    site.property.save()
    with standing() as found:
        token = sites.roaming_token(whitelist="NEVER")
        token.msp.authorize_url = found.url
        token.msp.authorize_token_encrypted = secrets.encrypt("our-token")
        token.msp.authorize_timeout_s = 1
        token.msp.save()
        yield found


def test_it_exits_3_where_only_the_provider_can_tell_and_asks_it_with_live(provider):
    provider.answers(UID, Manner(word="NO_CREDIT", info="Top up first"))

    code, out = run("--token", UID, "--json")
    assert (code, json.loads(out)["verdict"], provider.asked) == (3, "would_ask_msp", [])

    code, out = run("--token", UID, "--connector", "1", "--live", "--json")
    told = json.loads(out)
    assert (code, told["status"], told["reason"]) == (1, "NoCredit", "live_validation_refused")
    assert "Top up first" in told["trace"][-1]["sentence"]
    assert provider.asked[0].location == {"location_id": "sunset-1", "evse_uids": ["CP1-1"]}
    assert not Decision.objects.exists()
    assert not IssuerQuestion.objects.exists()


def test_it_tells_with_live_why_the_provider_gave_no_answer(provider):
    provider.answers(UID, Manner(delay_s=30))
    code, out = run("--token", UID, "--live", "--json")
    assert code == 1
    assert "did not answer within 1 seconds" in json.loads(out)["trace"][-1]["sentence"]

    provider.answers(UID, Manner(body=b"<html>", content_type="text/html"))
    code, out = run("--token", UID, "--live", "--json")
    assert code == 1
    assert "answered 200 with a web page" in json.loads(out)["trace"][-1]["sentence"]


def test_it_waits_for_no_provider_when_a_start_is_ordered(provider):
    code, out = run("--token", UID, "--kind", "remote_start", "--ordered-by", "guest", "--json")

    assert code == 1
    assert "was not asked: an order does not wait for it" in json.loads(out)["trace"][-1]["sentence"]


def test_the_former_id_of_replaced_hardware_is_the_same_charger(site):
    swap = {"reason": "", "origin": "user:a@b.c", "is_paid": lambda _: False}
    hardware_swaps.replace(site.charger, "CP9", now=datetime.now(tz=UTC), **swap)
    sites.member_token(site)

    code, out = run("--token", UID)

    assert code == 0
    assert "CP9" in out


def test_it_shows_what_was_used_of_a_budget(site):
    budget = budgets.limit(sites.member_token(site), kwh=20)
    budgets.use(site.charger, UID, wh=18_200, at=budgets.this_month())

    code, out = run("--token", UID)

    assert code == 0
    assert "✓ Budget left" in out
    assert f"Card {UID} has used 18.2 of 20 kWh in" in out

    budget.limit_wh = 18_000
    budget.save()
    code, out = run("--token", UID, "--json")
    told = json.loads(out)
    line = next(line for line in told["trace"] if line["step"] == "budget")
    assert (code, told["reason"], told["status"]) == (1, "budget_used_up", "NoCredit")
    assert (line["outcome"], line["values"]["used_wh"], line["values"]["limit_wh"]) == ("failed", 18_200, 18_000)
