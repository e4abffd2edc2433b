"""Facts for the tables of the engine's tests: a good case, to be changed in one point."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from authorization.decide.facts import (
    Access,
    BudgetFacts,
    ChargerFacts,
    DecisionFacts,
    GroupFacts,
    Kind,
    LicenceFacts,
    OpenTransaction,
    PropertyFacts,
    ProviderFacts,
    Request,
    StayFacts,
    TokenFacts,
    Whitelist,
)

NOON = datetime(2026, 3, 10, 16, tzinfo=UTC)  # a Tuesday, 12:00 in New York
HOUR = timedelta(hours=1)
UID = "04A1B2C3D4"

CHARGER = ChargerFacts(charger_id="CP1", station_id="SUN001", unit_slug="2b", unit_name="Apartment 2B")
SUNSET = PropertyFacts(
    slug="sunset-1",
    name="Sunset 1",
    host_name="Sunset Stays",
    time_zone="America/New_York",
    access=Access.PRIVATE,
)
RESIDENTS = GroupFacts(slug="residents", name="Residents", grants_access_to="Sunset 1")
EMS = ProviderFacts(key="NL-EMS", name="Example eMSP")
OWN = TokenFacts(uid=UID)
MEMBER = replace(OWN, groups=(RESIDENTS,))
ROAMING = TokenFacts(uid=UID, provider=EMS, whitelist=Whitelist.ALWAYS)
LEFT = BudgetFacts(month=date(2026, 3, 1), limit=20_000, used=18_200)
USED_UP = replace(LEFT, used=20_400)
STAY = StayFacts(
    reference="R-77",
    property_slug="sunset-1",
    property_name="Sunset 1",
    unit_slug="2b",
    unit_name="Apartment 2B",
    arrives_at=NOON - HOUR,
    departs_at=NOON + HOUR,
)
OPEN_HERE = OpenTransaction(
    charger_id="CP1", transaction_id="7", canonical_uid=UID, started_at=NOON - HOUR, evse_number=1
)
OPEN_ELSEWHERE = replace(OPEN_HERE, charger_id="CP9")


def request(kind: Kind = Kind.AUTHORIZE, **changes: object) -> Request:
    uid = "" if kind is Kind.GUEST else UID
    return replace(Request(kind=kind, at=NOON, uid=uid, canonical_uid=uid), **changes)


def facts(**changes: object) -> DecisionFacts:
    """Returns a licensed, set-up charger at a private property, without known tokens."""
    charger = {name: changes.pop(name) for name in list(changes) if name in ChargerFacts.__slots__}
    access = changes.pop("access", Access.PRIVATE)
    known = DecisionFacts(
        charger=replace(CHARGER, **charger), property=replace(SUNSET, access=access), licence=LicenceFacts(active=True)
    )
    return replace(known, **changes)
