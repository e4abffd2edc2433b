"""All rules together: every clause is planted somewhere, and correct exchanges of every module have no finding."""

from collections.abc import Iterator
from typing import Any

import pytest

from billing.roaming.docket.clauses import catalogue
from billing.roaming.docket.facts import Facts
from billing.roaming.docket.findings import examination
from tests.kit import planted
from tests.kit.exchanges import (
    PARTNER,
    VERSIONS,
    authorization,
    cdr,
    command,
    credentials,
    credit,
    envelope,
    incoming,
    listed,
    location,
    order,
    outgoing,
    patch_token,
    price,
    pushed,
    put_token,
    registration,
    result,
    session,
    stored,
    tariff,
    token,
    token_page,
    version_details,
    without,
)

CHANGE = {"valid": False, "last_updated": "2026-03-10T13:00:00Z"}
BY_SEVERAL = {"message_ids.request_id_repeated", "cdrs.changed", "sessions.currency_changed", "results.never_sent"}
"""What no exchange shows alone (test_conversations.py)."""


def test_every_clause_is_planted_and_at_least_sixty():
    by_partner = [
        *planted.TRANSPORT, *planted.ENVELOPES, *planted.PAGES, *planted.CONNECTIONS, *planted.TOKENS,
        *planted.COMMANDS, *planted.CDRS, *planted.SESSIONS,
    ]  # fmt: skip

    assert {code for code, _ in (*by_partner, *planted.OURS)} | BY_SEVERAL == set(catalogue.ALL)
    assert len({code for code, _ in by_partner}) >= 60


def correct(version: str) -> Iterator[Facts]:
    """Exchanges of every module, right in this version, among them what looks odd and is allowed."""
    yield put_token(version=version)
    yield put_token(version=version, http_status=201)
    yield put_token(token(version, last_updated="2026-03-10T12:00:00"), version=version)
    yield put_token(token(version, last_updated="2026-03-10T12:00:00.123Z"), version=version)
    yield put_token(token(version, visual_number=None, colour="red"), version=version)
    yield put_token(version=version, answer=envelope(status=2001))
    yield patch_token(CHANGE, version=version)
    yield incoming("GET", "tokens/NL/EMS/04A1B2C3D4", version=version, answer=envelope(token(version)))
    yield incoming("GET", "tokens/NL/EMS/NO", version=version, http_status=404, answer=envelope(status=2004))
    yield token_page(version=version)
    yield token_page([], version=version, answer_headers={"x-total-count": "0"})
    yield token_page(version=version, query="?offset=0&limit=100", answer_headers={"x-limit": "50"})
    yield token_page(version=version, answer_headers={"content-type": "application/json; charset=utf-8"})
    link = f'<{PARTNER}/{version}/tokens?offset=1&limit=1&date_from=2026-01-01T00:00:00Z>; rel="next"'
    yield token_page(
        version=version,
        query="?offset=0&limit=1&date_from=2026-01-01T00:00:00Z",
        answer_headers={"link": link, "x-total-count": "2"},
    )
    yield authorization(version=version)
    yield authorization(version=version, http_status=404, answer=envelope(status=2004))
    yield authorization(version=version, answer=envelope(status=2002))
    yield version_details(version=version)
    yield registration(version=version)
    yield incoming("GET", "credentials", version=version, answer=envelope(credentials(version)))
    yield outgoing(
        "PUT", "credentials", version=version, request=credentials(version), answer=envelope(credentials(version))
    )
    yield incoming("DELETE", "credentials", version=version)
    yield from correct_commands(version)
    yield from correct_records(version)
    yield pushed("locations", location(version), version=version, http_status=429, answer=envelope(status=3000))
    yield pushed("locations", location(version), version=version, http_status=404, answer=envelope(status=2003))
    yield pushed("locations", location(version), version=version, http_status=401, answer=None)
    yield pushed("locations", location(version), version=version, http_status=None, failure="could not be reached")
    yield token_page(
        "[{" + "x" * 20_000 + "… (7 characters more)", version=version, answer="x… (1,234 characters more)"
    )


def correct_commands(version: str) -> Iterator[Facts]:
    for name in ("START_SESSION", "STOP_SESSION", "RESERVE_NOW", "UNLOCK_CONNECTOR"):
        yield command(name, version=version)
    if version != "2.1.1":
        yield command("CANCEL_RESERVATION", version=version)
        yield command(body=without(order(version=version), "evse_uid"), version=version)
    yield command(version=version, answer=envelope(status=2003))
    yield result(version=version)
    yield result({"result": "TIMEOUT"}, version=version, http_status=201)
    yield result(version=version, http_status=None, failure="was not called: 10.0.0.1 means 10.0.0.1, not public")


def correct_records(version: str) -> Iterator[Facts]:
    bodies: dict[str, Any] = {
        "locations": location(version), "tariffs": tariff(version), "sessions": session(version), "cdrs": cdr(version),
    }  # fmt: skip
    query = "?date_from=2026-03-10T12:00:00Z&date_to=2026-03-11T12:00:00&offset=0&limit=50"
    for module, body in bodies.items():
        yield pushed(module, body, version=version)
        yield stored(module, body, version=version)
        yield outgoing("GET", f"{module}/1", version=version, http_status=404, answer=envelope(status=2003))
        yield listed(module, query, version=version)
        page = {"answer": envelope([body]), "answer_headers": {"x-total-count": "1"}}
        yield listed(module, query, version=version, **page)
    yield pushed("locations", location(version)["evses"][0], version=version)
    yield pushed("locations", location(version)["evses"][0]["connectors"][0], version=version)
    change = {"status": "CHARGING", "last_updated": "2026-03-10T12:00:00Z"}
    yield outgoing("PATCH", "locations/NL/SUN/sunset-1/CP1-1", version=version, request=change)
    yield outgoing("DELETE", "tariffs/NL/SUN/plain", version=version)
    yield pushed("cdrs", cdr(version, total_energy=-1, charging_periods=fed_back()), version=version)
    if version == "2.2.1":
        yield pushed("cdrs", credit(), version=version)
        yield pushed("cdrs", cdr(remark="With the cap of the tariff.", total_cost=price(version, 3)), version=version)
        capped = [tariff(max_price={"excl_vat": 3})]
        yield pushed("cdrs", cdr(tariffs=capped, total_cost=price(version, 3)), version=version)
        yield incoming(
            "PUT", "sessions/s-1/charging_preferences", request={"profile_type": "FAST"}, is_unadvertised=True,
            http_status=404, answer=envelope(status=2000),
        )  # fmt: skip
    if version == "2.3.0":
        yield put_token(token(version, type="FACE"), version=version, path="NL/EMS/04A1B2C3D4?type=FACE")


def fed_back() -> list[dict[str, Any]]:
    return [{"start_date_time": "2026-03-10T12:00:00Z", "dimensions": [{"type": "ENERGY", "volume": -1}]}]


@pytest.mark.parametrize("version", VERSIONS)
def test_correct_exchanges_have_no_finding(version):
    exchanges = list(correct(version))

    findings = [(facts.method, facts.url, deviation) for facts in exchanges for deviation in examination.examine(facts)]

    assert findings == []
    assert len(exchanges) > 50


@pytest.mark.parametrize("version", VERSIONS)
def test_routing_headers_may_be_left_out_between_two_parties_only(version):
    nothing = dict.fromkeys(
        ("ocpi-to-country-code", "ocpi-to-party-id", "ocpi-from-country-code", "ocpi-from-party-id")
    )

    for facts in (
        put_token(version=version, request_headers=nothing),
        token_page(version=version, answer_headers=nothing),
    ):
        assert examination.examine(facts) == []


def test_what_2_1_1_does_not_ask_for_is_no_deviation_there():
    old = {"version": "2.1.1"}
    exchanges = [
        put_token(request_id="", correlation_id="", **old),
        token_page(answer_headers={"x-request-id": None, "x-correlation-id": None}, **old),
        patch_token({"valid": False}, **old),
        put_token(token("2.1.1", type="OTHER"), **old),
        authorization(http_status=404, answer=None, **old),
        pushed("sessions", session("2.1.1"), http_status=400, answer=envelope(status=2001), **old),
        pushed("cdrs", cdr("2.1.1"), http_status=200, **old),
    ]

    assert [examination.examine(facts) for facts in exchanges] == [[]] * len(exchanges)


def test_where_no_version_is_known_only_what_all_have_counts():
    facts = put_token(version="", request_id="", answer_headers={"content-type": "text/plain"}, url="/ocpi/versions")

    assert [deviation.code for deviation in examination.examine(facts)] == ["http.answer_content_type"]


def test_headers_that_were_not_stored_are_not_missing():
    facts = token_page(request_headers={}, answer_headers={})
    older = Facts(**{name: getattr(facts, name) for name in Facts.__slots__} | {
        "request_headers": None, "answer_headers": None,
    })  # fmt: skip

    assert examination.examine(older) == []


def test_a_hub_may_answer_4001():
    assert examination.examine(pushed("tariffs", tariff(), answer=envelope(status_code=4001), is_hub=True)) == []
