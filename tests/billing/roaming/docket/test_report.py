"""The docket of real traffic: a strict partner deviates in nothing, and what another does wrong is found."""

from datetime import UTC, datetime, timedelta

import pytest

from authorization.roaming.transport.routing import Party, Route
from billing.models import RoamingExchange
from billing.roaming.calling import calls
from billing.roaming.calling.calls import Call
from billing.roaming.console import trials
from billing.roaming.docket import report
from billing.roaming.docket.entries import Wrong
from billing.roaming.partners import connections
from chargers.models import Connector, Licence
from tests.billing.roaming.conftest import connect, connection_of, invitation, roaming_session, work
from tests.kit.commands_ordering import charger_answers

pytestmark = pytest.mark.django_db(transaction=True)
ROUTE = Route(sender=Party("NL", "SUN"), receiver=Party("NL", "EMS"))
VERSIONS = ("2.1.1", "2.2.1", "2.3.0")
CARD = {
    "country_code": "NL", "party_id": "EMS", "uid": "04A1B2C3D4", "type": "RFID", "contract_id": "NL-EMS-C001",
    "issuer": "Example eMSP", "valid": True, "whitelist": "ALLOWED", "last_updated": "2026-03-10T12:00:00Z",
}  # fmt: skip


def card_in(version: str, **changes) -> dict:
    body = CARD | changes
    if version != "2.1.1":
        return body
    old = {name: value for name, value in body.items() if name not in {"country_code", "party_id", "contract_id"}}
    return old | {"auth_id": body["contract_id"]}


def compiled(msp):
    return report.compile_docket(connection_of(msp))


def summary(docket):
    return [(entry.clause.code, entry.wrong, entry.example.path, entry.example.value) for entry in docket.entries]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_strict_partner_deviates_in_nothing(ours, msp, partner, site, version):
    """Registration in both directions, rotation, pushes, pulls, tokens, authorization, commands and CDRs."""
    partner.version, partner.versions = version, (version,)
    connect(msp)
    connect(msp)
    partner.cards = [card_in(version, uid=f"04A1B2C3D{number}") for number in range(5)]
    partner.page_size = 2
    connection = connection_of(msp)
    Licence.objects.create(charger=site.charger)
    work()
    for url in page_urls(connection):
        calls.send(connection, Call(method="GET", url=url, module="tokens", route=ROUTE))
    trials.authorize(connection, "04A1B2C3D1", kind="RFID")
    trials.authorize(connection, "0000000000", kind="RFID")
    card = card_in(version)
    for _ in range(2):
        partner.ask("PUT", "tokens", "NL", "EMS", card["uid"], body=card)
    change = {"valid": False, "last_updated": "2026-03-10T13:00:00Z"}
    partner.ask("PATCH", "tokens", "NL", "EMS", card["uid"], body=change)
    partner.ask("GET", "tokens", "NL", "EMS", card["uid"])
    partner.ask("GET", "tokens", "NL", "EMS", "NOBODY")
    for module in ("locations", "tariffs", "cdrs"):
        partner.ask("GET", f"{module}")
        partner.call("GET", f"{partner.endpoint(module)}?limit=1&offset=0&date_from=2026-01-01T00:00:00Z")
    partner.call("GET", f"{partner.endpoint('sessions')}?date_from=2026-01-01T00:00:00")
    partner.ask("GET", "locations", "sunset-1", "CP1-1")
    partner.ask("GET", "credentials")
    begun = datetime.now(tz=UTC) - timedelta(hours=2)
    session = roaming_session(site, msp, at=begun, settles=False)
    work()
    Connector.objects.filter(evse__number=2).update(status="Charging")
    work()
    row = session.transaction
    site.reading(row, 1000, at=begun)
    site.reading(row, 13000, at=begun + timedelta(hours=1))
    site.stop(row, 13000, at=begun + timedelta(hours=1), reason="EVDisconnected")
    site.work(now=datetime.now(tz=UTC))
    work()
    Connector.objects.filter(evse__number=1).update(status="Available")
    start = {
        "response_url": f"{partner.url}/ocpi/{version}/results/START_SESSION/1", "location_id": "sunset-1",
        "token": card_in(version, uid="APP0001", type="RFID"), "evse_uid": "CP1-1",
    }  # fmt: skip
    partner.ask("POST", "commands", "START_SESSION", body=start)
    charger_answers()
    work()

    docket = compiled(msp)

    assert partner.complaints == []
    assert summary(docket) == []
    seen = set(RoamingExchange.objects.values_list("direction", "module", "method"))
    assert {("out", "tariffs", "PUT"), ("out", "locations", "PATCH"), ("out", "sessions", "PUT")} <= seen
    assert {("out", "cdrs", "POST"), ("out", "commands", "POST"), ("in", "commands", "POST")} <= seen
    assert docket.examined == RoamingExchange.objects.count() > 30
    assert docket.since == RoamingExchange.objects.order_by("id")[0].at


def page_urls(connection) -> list[str]:
    url = connections.endpoint(connection, "tokens", "SENDER")
    return [f"{url}?limit=2&offset={offset}&date_from=2026-01-01T00:00:00Z" for offset in (0, 2, 4)]


def test_what_a_partner_does_wrong_is_found_with_its_exchange(ours, msp, partner, site):
    connect(msp)
    work()
    assert compiled(msp).entries == []
    partner.is_base64 = False
    partner.ask("PUT", "tokens", "NL", "EMS", "04A1B2C3D4", body=CARD | {"whitelist": "SOMETIMES"})
    partner.ask("PUT", "tokens", "NL", "EMS", "04A1B2C3D4", body=CARD)
    partner.ask("DELETE", "cdrs", "NL", "SUN", "1")
    partner.is_base64 = None
    partner.faults["/ocpi/2.2.1/locations"] = ["list"]
    trials.push_location(connection_of(msp), "sunset-1", now=datetime.now(tz=UTC))

    docket = compiled(msp)

    assert summary(docket) == [
        ("authorization.plain", Wrong.PARTNER, "header Authorization", "plain"),
        ("cdrs.method", Wrong.PARTNER, "method", '"DELETE"'),
        ("envelope.list_wrapped", Wrong.PARTNER, "$", docket.entries[2].example.value),
        ("tokens.value_unknown", Wrong.PARTNER, "$.whitelist", '"SOMETIMES"'),
    ]
    plain, _, wrapped, unknown = docket.entries
    assert (plain.count, len(plain.request_ids), plain.first_at < plain.last_at) == (3, 3, True)
    row = RoamingExchange.objects.get(pk=unknown.example.exchange_id)
    assert (row.request_id, row.ocpi_status) == (unknown.request_ids[0], 2001)
    assert unknown.example.failure.startswith("whitelist")
    assert RoamingExchange.objects.get(pk=wrapped.example.exchange_id).module == "locations"
    assert [entry.clause.code for entry in report.examine_exchange(row)] == ["authorization.plain", unknown.clause.code]


def test_a_token_a_that_is_used_again_belongs_to_its_partner(ours, msp, partner, site):
    token = invitation(msp)
    partner.register(f"{ours}/ocpi/versions", token_a=token)
    assert partner.call("GET", partner.endpoint("cdrs"), token=token).status_code == 401

    assert summary(compiled(msp)) == [
        ("authorization.token_a", Wrong.PARTNER, "header Authorization", "base64, token A")
    ]


def test_several_parties_need_routing_headers(ours, msp, partner, site):
    connect(msp)
    partner.ask("GET", "tariffs")
    assert compiled(msp).entries == []

    connection = connection_of(msp)
    connection.roles = [*connection.roles, connection.roles[0] | {"party_id": "EM2"}]
    connection.save()

    assert [entry.clause.code for entry in compiled(msp).entries] == ["routing.request_missing"]


def test_only_the_newest_are_examined_and_what_was_cut_is_counted(ours, msp, partner, site, monkeypatch):
    connect(msp)
    partner.is_base64 = False
    partner.ask("GET", "tariffs")
    partner.is_base64 = None
    work()
    monkeypatch.setattr(report, "MAX_EXCHANGES", 2)
    RoamingExchange.objects.filter(module="locations").update(request="x… (1,234 characters more)")

    docket = compiled(msp)

    assert (docket.examined, docket.cut, docket.entries) == (2, 1, [])
    assert docket.since == RoamingExchange.objects.order_by("-id")[1].at


def test_exchanges_of_before_headers_were_kept_apart_are_not_judged_by_them(ours, msp, partner, site):
    connect(msp)
    work()
    partner.ask("GET", "tariffs")
    RoamingExchange.objects.update(answer_headers=None, version="", headers={"Content-Type": "text/html"})

    assert compiled(msp).entries == []


def test_other_partners_exchanges_and_strangers_are_not_examined(ours, msp, partner, site):
    connect(msp)
    partner.is_base64 = False
    partner.ask("GET", "tariffs")
    RoamingExchange.objects.filter(module="tariffs").update(connection=None)

    assert compiled(msp).entries == []
    assert report.examine_exchange(RoamingExchange.objects.get(module="tariffs")) == []
