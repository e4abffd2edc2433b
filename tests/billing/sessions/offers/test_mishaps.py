"""Seeded mishaps, each settled against a reckoning beside the product: `MISHAPS=1000` plays more than the suite.

A mishap is settled without a ticket where the guest gets back what is theirs by one tap, or nothing was ever taken.
"""

import os
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from billing.models import RateVersion, Refund, RefundOffer, Session
from billing.sessions.offers import acts, offers, terms
from billing.sessions.offers.terms import WantedTerms
from billing.sessions.starting import ordering
from chargers.models import Property, StatusReport
from tests.kit import charging
from tests.kit.charging import YESTERDAY
from tests.kit.sampling import is_whole

pytestmark = pytest.mark.django_db
COUNT = int(os.environ.get("MISHAPS", "40" if is_whole() else "16"))
CONNECTION_MINOR, IDLE_PER_MINUTE_MINOR, GRACE = 100, 20, timedelta(minutes=10)
FIRST = YESTERDAY - timedelta(days=300)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@dataclass(frozen=True)
class Played:
    """A mishap's session, what is owed back for it, and whether the records can prove that."""

    session: Session
    owed_minor: int
    is_provable: bool = True


Mishap = Callable[..., Played]


def ended_by_driver(world, dice, at: datetime, email: str) -> Played:
    """No mishap at all: whoever stops after a minute has connected all the same."""
    return Played(_charged(world, at, email, wh=dice.randint(150, 250), minutes=dice.randint(2, 9), reason="Local"), 0)


def broke_off_soon(world, dice, at: datetime, email: str) -> Played:
    reason = dice.choice(["PowerLoss", "GroundFault", "Reboot", "OvercurrentFault"])
    minutes = dice.randint(1, 9)
    session = _charged(world, at, email, wh=dice.randint(110, 110 + 70 * minutes), minutes=minutes, reason=reason)
    return Played(session, CONNECTION_MINOR)


def broke_off_late(world, dice, at: datetime, email: str) -> Played:
    """The car is nearly full: connecting was worth it."""
    session = _charged(world, at, email, wh=dice.randint(5000, 9000), minutes=dice.randint(60, 90), reason="PowerLoss")
    return Played(session, 0)


def restarted(world, dice, at: datetime, email: str) -> Played:
    """A charger ends a session after a while: the engine takes connecting once, so that nothing has to go back."""
    _charged(world, at, email, wh=4000, minutes=40, reason="PowerLoss")
    again = at + timedelta(minutes=41 + dice.randint(2, 25))
    return Played(_charged(world, again, email, wh=5000, minutes=50, reason="Local"), 0)


def idle_at_fault(world, dice, at: datetime, email: str) -> Played:
    """The connector is faulted before the grace is over: the engine bills no idle time from there on."""
    session = charging.paid_for(world.charger, email=email, at=at)
    row = charging.start(world.charger, uid=session.id_token, at=at + MINUTE)
    full, late = row.started_at + HOUR, timedelta(minutes=dice.randint(20, 50))
    charging.read(row, 7_000, at=full)
    charging.report(world.charger, "SuspendedEV", at=full)
    fault_at = full + timedelta(minutes=dice.randint(11, 14))
    StatusReport.objects.create(
        charger=world.charger, evse_number=1, connector_number=1, status="Faulted", at=fault_at, received_at=fault_at
    )
    for number in range(int(late / timedelta(minutes=5)) + 1):
        charging.message(world.charger, at=full + number * timedelta(minutes=5))
    billed = (fault_at - full - GRACE) // MINUTE
    return Played(charging.finish(row, wh=6_000, at=full + late), billed * IDLE_PER_MINUTE_MINOR)


def pressed_emergency(world, dice, at: datetime, email: str) -> Played:
    """Somebody pressed the button: who it was, no record tells, and a person has to look."""
    session = _charged(world, at, email, wh=dice.randint(110, 400), minutes=3, reason="EmergencyStop")
    return Played(session, 0, is_provable=False)


def never_started(world, dice, at: datetime, email: str) -> Played:
    """Paid and not plugged in: the hold goes back as a whole."""
    session = charging.paid_for(world.charger, email=email, at=at)
    ordering.cancel(session, now=at + timedelta(minutes=dice.randint(1, 10)))
    session.refresh_from_db()
    return Played(session, 0)


MISHAPS: list[Mishap] = [
    ended_by_driver, broke_off_soon, broke_off_soon, broke_off_late, restarted, idle_at_fault, pressed_emergency,
    never_started,
]  # fmt: skip


def _charged(world, at: datetime, email: str, *, wh: int, minutes: int, reason: str) -> Session:
    session = charging.paid_for(world.charger, email=email, at=at)
    row = charging.start(world.charger, uid=session.id_token, at=at + MINUTE)
    return charging.finish(row, wh=wh, at=row.started_at + minutes * MINUTE, reason=reason)


def _lines(email: str, kind: str) -> list[int]:
    """The amounts of a guest's lines of that kind, in minor units, by the newest price of each session."""
    reports = [one.ratings.latest("id").report for one in Session.objects.filter(guest_email=email)]
    return [int(line["amount"]) for report in reports for line in report["lines"] if line["kind"] == kind]


@pytest.mark.long
def test_mishaps_give_back_what_is_owed_and_nothing_else(world):
    Property.objects.update(access="guest")
    charging.assign(charging.make_rate(world.host), world.site, "guest", "member")
    RateVersion.objects.update(created_at=FIRST - HOUR)
    limits = WantedTerms(currency="USD", most_minor=2000, month_minor=10**9)
    terms.set_terms(world.host, limits, now=FIRST)
    dice, kinds, wrong, settled = random.Random(7), Counter(), [], 0

    for number, mishap in enumerate([*dict.fromkeys(MISHAPS), *dice.choices(MISHAPS, k=COUNT)][:COUNT]):
        at = FIRST + number * timedelta(hours=6)
        email = f"guest{number}@example.com"
        played = mishap(world, dice, at, email)
        before = Refund.objects.count()
        if offers.open_of(played.session, now=at + 5 * HOUR) is not None:
            acts.accept(played.session, now=at + 5 * HOUR)
        if mishap is restarted:
            assert sum(_lines(email, "connection")) == CONNECTION_MINOR
        refunds = Refund.objects.filter(receipt__session=played.session)
        back = sum(refunds.values_list("total_minor", flat=True))
        kinds[mishap.__name__] += 1
        settled += played.is_provable and back == played.owed_minor
        if back != played.owed_minor or Refund.objects.count() - before != (1 if back else 0):
            wrong.append((number, mishap.__name__, back, played.owed_minor))

    assert wrong == []
    assert not RefundOffer.objects.filter(state="offered").exists()
    assert settled == COUNT - kinds["pressed_emergency"]
    assert len(kinds) == len(set(MISHAPS))
