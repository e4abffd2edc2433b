"""Ten thousand bookings with doubled, late and lost rows: all guests in within the window, none outside of it."""

import ipaddress
import random
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from authorization.decide import engine
from authorization.decide.facts import Access, ChargerFacts, DecisionFacts, Kind, LicenceFacts, PropertyFacts, Request
from authorization.models import Stay
from authorization.pms import sync
from authorization.visits import stay_keys
from tests.kit import sampling
from tests.kit import site as sites
from tests.kit.connected_systems import connect
from tests.kit.property_systems import standing

COUNT = 10_000
ZONE = ZoneInfo("America/New_York")
MINUTE = timedelta(minutes=1)

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Booked:
    key: str
    arrives: date
    departs: date
    is_cancelled: bool
    version: int

    @property
    def row(self) -> dict[str, object]:
        return {
            "_id": self.key, "confirmationCode": f"GY{self.key}",
            "status": "canceled" if self.is_cancelled else "confirmed",
            "listingId": "L1", "guest": {"fullName": "Guest", "phone": f"+1 555 {self.key[-4:]}"},
            "checkInDateLocalized": f"{self.arrives}", "checkOutDateLocalized": f"{self.departs}",
            "lastUpdatedAt": f"2026-03-0{self.version}T00:00:00Z",
        }  # fmt: skip

    @property
    def window(self) -> tuple[datetime, datetime]:
        """From two hours before 15:00 until an hour after 11:00, on the property's clock."""
        begins = datetime.combine(self.arrives, time(15), tzinfo=ZONE).astimezone(UTC) - timedelta(hours=2)
        return begins, datetime.combine(self.departs, time(11), tzinfo=ZONE).astimezone(UTC) + timedelta(hours=1)


def drawn(dice: random.Random) -> list[Booked]:
    """Around the change to summer time on 8 March."""
    bookings = []
    for number in range(COUNT):
        arrives = date(2026, 3, 4) + timedelta(days=dice.randrange(120))
        departs = arrives + timedelta(days=dice.randrange(1, 15))
        bookings.append(Booked(f"{number:06}", arrives, departs, is_cancelled=False, version=1))
    return [booked for booked in bookings if booked.departs >= date(2026, 3, 10)]


def changed(booked: Booked, dice: random.Random) -> Booked:
    match dice.randrange(10):
        case 0:
            return replace(booked, is_cancelled=True, version=2)
        case 1:
            return replace(booked, departs=booked.departs + timedelta(days=2), version=2)
        case 2:
            days = timedelta(days=dice.randrange(1, 5))
            return replace(booked, arrives=booked.arrives + days, departs=booked.departs + days, version=2)
        case _:
            return booked


def test_nobody_is_locked_out_within_the_window_and_nobody_let_in_outside_of_it(settings):
    settings.OUTBOUND_ALLOWED_NETWORKS = [ipaddress.ip_network("127.0.0.0/8")]
    dice = random.Random(sampling.seed())
    site = sites.build()
    first = drawn(dice)
    last = [changed(booked, dice) for booked in first]
    doubled = [booked.row for booked in first for _ in range(1 + (dice.random() < 0.1))]
    lost = [booked.row for booked in last if dice.random() < 0.7]
    late = [booked.row for booked in first if dice.random() < 0.3]  # older than what is stored by then
    with standing() as systems:
        connection = connect(site, "guesty", systems.url, mapped="L1")
        for at, rows in enumerate((doubled, lost, late, [booked.row for booked in last])):
            dice.shuffle(rows)
            systems.reservations = rows
            outcome = sync.run(connection.pk, now=sites.NOON + at * MINUTE)
            assert outcome is not None
            assert outcome.failure is None

    stored = {stay.external_key: stay for stay in Stay.objects.select_related("property", "unit")}
    assert len(stored) == len(first)
    wrong = [booked.key for booked in last if not is_right(booked, stored[booked.key])]
    assert wrong == []


def is_right(booked: Booked, stay: Stay) -> bool:
    begins, ends = booked.window
    expected = {begins - MINUTE: False, begins + MINUTE: True, ends - MINUTE: True, ends + MINUTE: False}
    return all(is_let_in(stay, at) is (opens and not booked.is_cancelled) for at, opens in expected.items())


def is_let_in(stay: Stay, at: datetime) -> bool:
    """By the chain itself, at a private charger of the unit."""
    place = PropertyFacts(
        slug=stay.property.slug, name="Sunset 1", host_name="Sunset", time_zone=stay.property.time_zone,
        access=Access.PRIVATE,
    )  # fmt: skip
    facts = DecisionFacts(
        charger=ChargerFacts(charger_id="CP1", unit_slug="2b"), property=place, licence=LicenceFacts(active=True),
        stays=(stay_keys.facts(stay),),
    )  # fmt: skip
    verdict = engine.decide(request=Request(kind=Kind.GUEST, at=at), facts=facts)
    return isinstance(verdict, engine.Accepted) and verdict.granted_by == "stay"
