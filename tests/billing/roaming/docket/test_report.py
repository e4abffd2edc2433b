"""The docket of real traffic: a strict partner deviates in nothing, and what another does wrong is found."""

from datetime import UTC, datetime, timedelta

import pytest

from authorization.roaming.transport.routing import Party, Route
from billing.models import RoamingExchange
from billing.roaming.calling import calls
from billing.roaming.calling.calls import Call
from billing.roaming.console import trials
from billing.roaming.docket import report
from billing.roaming.partners import connections
from chargers.models import Connector, Licence
from tests.billing.roaming.conftest import connect, connection_of, roaming_session, work
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
