"""Two hosts with one of everything that a search finds, with fixed keys."""

import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from authorization.models import (
    AccessGrant,
    Membership,
    MobilityProvider,
    Stay,
    Token,
    TokenGroup,
    User,
)
from billing.models import (
    BankAccount,
    FilePayment,
    Hold,
    PaymentFile,
    Payout,
    Plan,
    Rate,
    Rating,
    Receipt,
    Session,
    Statement,
)
from chargers.models import Charger, Host, Property, Unit
from tests.kit.payouts import Books

AT: Final = datetime(2026, 3, 5, 12, tzinfo=UTC)
_PROPERTIES: Final = (
    ("sunset", "sunset-1", "Sunset 1", "12 Shore Rd", "Ocean City", "21842"),
    ("sunset", "bluff-house", "Bluff House", "4 Bluff Lane", "Lewes", "19958"),
    ("sunset", "harbour-hotel", "Harbour Hotel", "80 Marina Blvd", "Santa Cruz", "95060"),
    ("sunset", "guest-house-2", "Guest House 2", "7 Dune St", "Rehoboth", "19971"),
    ("lakeside", "lakeside-lofts", "Lakeside Lofts North", "1 Lake Dr", "Chicago", "60601"),
)
_UNITS: Final = (
    ("sunset-1", "2b", "Apartment 2B"),
    ("sunset-1", "3a", "Apartment 3A"),
    ("sunset-1", "garden-room", "Garden Room"),
    ("harbour-hotel", "suite-12", "Suite 12"),
)
_CHARGERS: Final = (
    ("sunset-1", "CP-SUNSET-1", "SUN001"),
    ("sunset-1", "CP-SUNSET-2", "SUN002"),
    ("bluff-house", "CP-BLUFF-1", "BLU001"),
    ("harbour-hotel", "CP-HARBOUR-1", "HAR001"),
    ("harbour-hotel", "CP-HARBOUR-10", "HAR010"),
    ("lakeside-lofts", "CP-LAKE-1", "LAK001"),
)
_TOKENS: Final = (
    ("04A1B2C3D4", "SUN-1"),
    ("2069C021", "STAFF-7"),
    ("NL-TNM-C12345678-X", ""),
    ("04FFEE0001", "GYM 33"),
    ("E2C3A1B29F4D80", ""),
)
_RATES: Final = (("standard", "Standard"), ("night-owl", "Night owl"), ("weekend", "Weekend special"))
_PROVIDERS: Final = (("NL", "EMS", "Example Mobility"), ("DE", "8AC", "Charge Abroad"))
_PEOPLE: Final = (
    ("sunset", "owner@example.com", "Olivia Owens", "owner"),
    ("sunset", "maria.lopez@example.com", "María López", "finance"),
    ("sunset", "ops@example.com", "Otto Ops", "operator"),
    ("lakeside", "stranger@example.com", "Sam Strange", "owner"),
)
_STAYS: Final = (
    ("2b", "Ann Bell", "ann.bell@example.com", "HMABC12345"),
    ("3a", "Jean Dupont", "", "RES-77120"),
)
# Number of the session, charger, guest's address, card payment, end, processor's reference.
_SESSIONS: Final = (
    (1, "CP-SUNSET-1", "guest.one@example.com", 1190, "4242", "pi_3Sunset000001"),
    (2, "CP-SUNSET-1", "guest.two@example.com", 2345, "1881", "pi_3Sunset000002"),
    (3, "CP-BLUFF-1", "guest.one@example.com", 33017, "0077", "pi_3Bluff000003"),
    (4, "CP-HARBOUR-1", "", 786, "9424", "sim_77aa55"),
)
# Number, amount, state, the processor's reference, the transfer's reference, trace.
_PAYOUTS: Final = (
    (1, 123456, "paid", "po_1Qa2Ws3Ed", "tr_9Ik8Uj7Yh", "0F00BA44C0DE"),
    (2, 3858, "submitted", "", "", "P-000002-X1"),
    (3, 991100, "failed", "po_4Rf5Tg6Yh", "tr_1Az2Sx3Dc", "77F1E0D0"),
)


@dataclass(frozen=True)
class Portfolio:
    owner: User
    stranger: User
    agent: User
    host: Host


def session_id(number: int) -> uuid.UUID:
    return uuid.UUID(f"0195c000-0000-7000-8000-{number:012d}")


def payout_id(number: int) -> uuid.UUID:
    return uuid.UUID(f"0195e000-0000-7000-8000-{number:012d}")


def make() -> Portfolio:
    hosts = {
        "sunset": Host.objects.create(slug="sunset", name="Sunset Stays", currency="USD", country="US"),
        "lakeside": Host.objects.create(slug="lakeside", name="Lakeside Lofts", currency="EUR", country="NL"),
    }
    host = hosts["sunset"]
    _places(hosts)
    _cards(host)
    users = _people(hosts)
    for number, *rest in _SESSIONS:
        _session(host, number, *rest)
    _money(host)
    agent = User.objects.create(email="agent@example.com", is_agent=True)
    return Portfolio(owner=users["owner@example.com"], stranger=users["stranger@example.com"], agent=agent, host=host)


def _places(hosts: dict[str, Host]) -> None:
    places = {
        slug: Property.objects.create(
            host=hosts[host], slug=slug, name=name, address=address, city=city, postal_code=code, time_zone="UTC"
        )
        for host, slug, name, address, city, code in _PROPERTIES
    }
    for place, slug, name in _UNITS:
        Unit.objects.create(property=places[place], slug=slug, name=name)
    for place, charger_id, station_id in _CHARGERS:
        Charger.objects.create(charger_id=charger_id, station_id=station_id, property=places[place])


def _cards(host: Host) -> None:
    for uid, printed in _TOKENS:
        Token.objects.create(host=host, uid=uid, canonical_uid=uid, visual_number=printed)
    for slug, name in _RATES:
        Rate.objects.create(host=host, slug=slug, name=name, currency="USD")
    for country, party, name in _PROVIDERS:
        MobilityProvider.objects.create(country_code=country, party_id=party, name=name)
    TokenGroup.objects.create(host=host, slug="residents", name="Residents")
    Plan.objects.create(host=host, slug="commuter", name="Commuter", created_at=AT)


def _people(hosts: dict[str, Host]) -> dict[str, User]:
    users = {}
    for host, email, name, role in _PEOPLE:
        users[email] = User.objects.create(email=email, name=name, email_confirmed_at=AT)
        Membership.objects.create(user=users[email], host=hosts[host], role=role)
    now = datetime.now(tz=UTC)
    fitter = User.objects.create(email="ed@volt.example", name="Ed Electric")
    AccessGrant.objects.create(
        user=fitter,
        host=hosts["sunset"],
        role="installer",
        reason="Repairs",
        granted_by=users["owner@example.com"],
        granted_at=now,
        ends_at=now + timedelta(days=7),
    )
    for unit, name, email, reference in _STAYS:
        place = Unit.objects.get(slug=unit)
        Stay.objects.create(
            property=place.property,
            unit=place,
            guest_name=name,
            guest_email=email,
            reference=reference,
            arrives_at=AT,
            departs_at=AT + timedelta(days=4),
        )
    return users


def _session(host: Host, number: int, charger: str, email: str, minor: int, last4: str, ref: str) -> None:
    at, where = AT + timedelta(hours=number), Charger.objects.get(charger_id=charger)
    session = Session.objects.create(
        id=session_id(number),
        secret=f"secret-{number}",
        host=host,
        property=where.property,
        charger=where,
        audience="guest",
        state=Session.State.SETTLED,
        opened_at=at,
        started_at=at,
        stopped_at=at,
        settled_at=at,
        guest_email=email,
    )
    rating = Rating.objects.create(
        session=session,
        kind="final",
        engine_version="1",
        inputs={},
        report={},
        currency="USD",
        total_minor=minor,
        net_minor=minor,
        tax_minor=0,
        energy_wh=10_000,
        created_at=at,
    )
    Receipt.objects.create(
        host=host, series="2026", number=41 + number, session=session, rating=rating, issued_at=at, document={}
    )
    Hold.objects.create(
        id=session.pk,
        session=session,
        processor="simulated",
        processor_ref=ref,
        last4=last4,
        amount_minor=minor,
        captured_minor=minor,
        currency="USD",
        state=Hold.State.CAPTURED,
        created_at=at,
        finished_at=at,
    )


def _money(host: Host) -> None:
    charger = Charger.objects.get(charger_id="CP-SUNSET-1")
    known = Books(host=host, place=charger.property, charger=charger)
    agreement, account = known.agree(), known.bank()
    for number, minor, state, ref, transfer, trace in _PAYOUTS:
        _payout(
            host, agreement, account, number=number, minor=minor, state=state, ref=ref, transfer=transfer, trace=trace
        )
    file = PaymentFile.objects.create(
        message_id="PAY-20260403-1",
        format="csv",
        currency="USD",
        execution_on=date(2026, 4, 3),
        total_minor=3858,
        count=1,
        sha256="x",
        content_encrypted="x",
        made_by="user:x",
        made_at=AT,
    )
    FilePayment.objects.create(
        file=file, payout=Payout.objects.get(number=2), end_to_end_id="P-000002-X1", amount_minor=3858
    )
    Statement.objects.create(
        host=host,
        currency="USD",
        kind="month",
        begins_on=date(2026, 3, 1),
        begins_at=AT.replace(day=1, hour=0),
        ends_at=datetime(2026, 4, 1, tzinfo=UTC),
        time_zone="UTC",
        series="A2026",
        number=1,
        opening_minor=0,
        credited_minor=0,
        debited_minor=0,
        closing_minor=0,
        lines=0,
        closed_at=datetime(2026, 4, 1, tzinfo=UTC),
    )


def _payout(
    host: Host, agreement: Any, account: BankAccount, *, number: int, minor: int, state: str, ref: str, transfer: str,
    trace: str,
) -> None:  # fmt: skip
    begins_at = datetime(2026, number, 1, tzinfo=UTC)
    at = begins_at + timedelta(days=35)
    failed = {"failed_at": at, "failure": "account_closed"} if state == "failed" else {}
    Payout.objects.create(
        id=payout_id(number),
        host=host,
        currency="USD",
        number=number,
        agreement=agreement,
        begins_at=begins_at,
        ends_at=begins_at + timedelta(days=28),
        time_zone="UTC",
        state=state,
        way="processor",
        amount_minor=minor,
        opening_minor=minor,
        bank_account=account,
        processor_ref=ref,
        transfer_ref=transfer,
        trace=trace,
        created_at=at,
        calculated_at=at,
        approved_at=at,
        submitted_at=at,
        paid_at=at if state == "paid" else None,
        expected_on=at.date(),
        **failed,
    )
