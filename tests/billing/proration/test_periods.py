"""Where periods of subscriptions end, and what a part of one costs."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from billing.proration import periods

BERLIN = ZoneInfo("Europe/Berlin")
UTC_ZONE = ZoneInfo("UTC")


@pytest.mark.parametrize(
    "text", ["2026-13", "2026-00", "2026-1", "26-01", "2026/01", "1999-12", "2200-01", "", "2026-01-01"]
)
def test_what_is_no_month_is_none(text: str):
    assert periods.month(text) is None


def test_a_month_is_its_first_day():
    assert periods.month("2000-01") == date(2000, 1, 1)
    assert periods.month("2199-12") == date(2199, 12, 1)


@pytest.mark.parametrize(
    ("day", "anchor", "next_day"),
    [
        (date(2026, 1, 31), 31, date(2026, 2, 28)),
        (date(2026, 2, 28), 31, date(2026, 3, 31)),
        (date(2028, 1, 30), 30, date(2028, 2, 29)),
        (date(2026, 12, 15), 15, date(2027, 1, 15)),
        (date(2026, 3, 10), 1, date(2026, 4, 1)),
    ],
)
def test_a_period_ends_on_its_day_or_on_the_last_of_a_shorter_month(day: date, anchor: int, next_day: date):
    assert periods.next_anchor_date(day, anchor=anchor) == next_day


def test_a_first_period_by_days_costs_its_days_of_the_calendar_month():
    now = datetime(2026, 3, 10, 12, tzinfo=UTC)

    span, anchor = periods.first(now, zone=UTC_ZONE, by_days=True)

    assert (span.begins_at, span.ends_at, anchor) == (now, datetime(2026, 4, 1, tzinfo=UTC), 1)
    assert (span.days, span.whole_days, span.share) == (22, 31, Fraction(22, 31)), "today counts as used"


def test_a_first_period_of_a_whole_month_begins_today_and_costs_all_of_it():
    span, anchor = periods.first(datetime(2026, 1, 31, 12, tzinfo=UTC), zone=UTC_ZONE, by_days=False)

    assert (span.ends_at, anchor, span.share) == (datetime(2026, 2, 28, tzinfo=UTC), 31, 1)


def test_the_day_is_that_of_the_zone_of_the_subscription():
    late_in_berlin = datetime(2026, 3, 31, 22, 30, tzinfo=UTC)  # 00:30 on 1 April

    span, _ = periods.first(late_in_berlin, zone=BERLIN, by_days=True)

    assert (span.days, span.whole_days) == (30, 30)
    assert span.ends_at == datetime(2026, 4, 30, 22, tzinfo=UTC)


def test_the_period_after_is_whole_and_joins_the_one_before():
    begins_at = datetime(2026, 2, 28, tzinfo=UTC)

    span = periods.build_next(begins_at, zone=UTC_ZONE, anchor=31)

    assert (span.begins_at, span.ends_at) == (begins_at, datetime(2026, 3, 31, tzinfo=UTC))
    assert span.share == 1


def test_midnight_follows_summer_time():
    span = periods.build_next(datetime(2026, 3, 14, 23, tzinfo=UTC), zone=BERLIN, anchor=15)

    assert span.ends_at == datetime(2026, 4, 14, 22, tzinfo=UTC)
    assert span.days == 31


@pytest.mark.parametrize(
    ("now", "share"),
    [
        (datetime(2026, 3, 1, tzinfo=UTC), Fraction(30, 31)),
        (datetime(2026, 3, 30, 23, 59, tzinfo=UTC), Fraction(1, 31)),
        (datetime(2026, 3, 31, 0, 0, tzinfo=UTC), 0),
        (datetime(2026, 5, 1, tzinfo=UTC), 0),
    ],
)
def test_the_rest_is_what_comes_after_today(now: datetime, share: Fraction):
    begins_at, ends_at = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)

    assert periods.remaining_share(now, begins_at=begins_at, ends_at=ends_at, zone=UTC_ZONE) == share


def test_a_period_without_a_day_has_no_rest():
    at = datetime(2026, 3, 1, tzinfo=UTC)

    assert periods.remaining_share(at, begins_at=at, ends_at=at + timedelta(hours=1), zone=UTC_ZONE) == 0


@pytest.mark.parametrize(
    ("ends_at", "anchor", "days"),
    [
        (datetime(2026, 1, 15, tzinfo=UTC), 15, 31),
        (datetime(2026, 3, 1, tzinfo=UTC), 1, 28),
        (datetime(2026, 3, 31, tzinfo=UTC), 31, 31),
    ],
)
def test_the_whole_period_is_counted_back_from_its_end(ends_at: datetime, anchor: int, days: int):
    assert periods.whole_days(ends_at, zone=UTC_ZONE, anchor=anchor) == days


def test_days_between_are_days_of_the_zone():
    begins_at, ends_at = datetime(2026, 3, 9, 23, 30, tzinfo=UTC), datetime(2026, 3, 10, 23, 30, tzinfo=UTC)

    assert periods.days_between(begins_at, ends_at, zone=BERLIN) == 1
    assert periods.days_between(begins_at, begins_at + timedelta(minutes=20), zone=UTC_ZONE) == 0


@pytest.mark.parametrize(
    ("amount", "share", "part"),
    [(999, Fraction(1, 2), 500), (-999, Fraction(1, 2), -500), (1000, Fraction(1, 3), 333), (1000, Fraction(0), 0)],
)
def test_a_part_is_rounded_once_and_half_away_from_zero(amount: int, share: Fraction, part: int):
    assert periods.part(amount, share=share) == part


def test_the_tax_within_an_amount_and_its_net_add_up():
    assert periods.tax_of(11_900, pct=Decimal(19)) == 1900
    assert periods.tax_of(1000, pct=Decimal("8.25")) == 76
    assert periods.tax_of(1000, pct=Decimal(0)) == 0
