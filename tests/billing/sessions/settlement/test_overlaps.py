"""Two sessions at one connector at one time: one of them would be billed for the other's energy."""

from datetime import timedelta

import pytest

from billing.models import Session
from billing.sessions.settlement import overlaps
from chargers.models import Transaction
from tests.billing.conftest import minutes


def session(site, *, begins: float, ends: float, state: str = "settled", start_wh: int | None = 1000, wh: int = 10_000):
    row = site.transaction(at=minutes(begins), meter_start_wh=start_wh)
    made = site.begin(row)
    Transaction.objects.filter(pk=row.pk).update(
        stopped_at=minutes(ends), meter_stop_wh=(start_wh or 0) + wh, register_wh=(start_wh or 0) + wh
    )
    Session.objects.filter(pk=made.pk).update(state=state, settled_at=minutes(ends) if state == "settled" else None)
    return Session.objects.select_related("transaction").get(pk=made.pk)


def overlap_s(row: Session) -> int | None:
    doubt = overlaps.find_doubt(row)
    return doubt.facts["overlap_s"] if doubt else None


@pytest.mark.parametrize(
    ("begins", "start_wh", "doubted_s"),
    [
        (60, 11_000, None),
        (58, 11_000, None),
        (57, 11_000, 180),
        (58, 10_950, None),
        (58, 10_949, 120),
        (30, 11_000, 1800),
    ],
)
def test_two_minutes_or_fifty_watt_hours_may_overlap_and_no_more(site, begins, start_wh, doubted_s):
    site.rate("member")
    session(site, begins=0, ends=60)
    later = session(site, begins=begins, ends=120, state="stopped", start_wh=start_wh)

    assert overlap_s(later) == doubted_s


def test_a_register_that_begins_anew_tells_nothing_of_two(site):
    site.rate("member")
    session(site, begins=0, ends=60, start_wh=0)
    later = session(site, begins=59, ends=120, state="stopped", start_wh=0)

    assert overlap_s(later) is None


def test_one_that_took_nothing_counts_nothing_twice(site):
    site.rate("member")
    session(site, begins=0, ends=60, wh=0)

    assert overlap_s(session(site, begins=10, ends=120, state="stopped")) is None


def test_of_two_that_are_not_settled_the_later_is_in_doubt(site):
    site.rate("member")
    first = session(site, begins=0, ends=60, state="stopped")
    second = session(site, begins=30, ends=90, state="stopped", start_wh=11_000)

    assert overlap_s(first) is None
    assert overlap_s(second) == timedelta(minutes=30).total_seconds()


def test_a_session_that_runs_or_names_no_outlet_is_not_in_doubt(site):
    site.rate("member")
    session(site, begins=0, ends=60)
    other = session(site, begins=30, ends=90, state="stopped")
    other.evse_number = None
    assert overlap_s(other) is None

    running = site.begin(site.transaction(at=minutes(30)))

    assert overlap_s(running) is None
