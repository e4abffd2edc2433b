"""The periods that figures are reported for."""

from datetime import UTC, date, datetime

import pytest

from chargers.text import reporting_periods

NOW = datetime(2026, 3, 31, 10, 30, tzinfo=UTC)  # 12:30 in Amsterdam, where summer time has begun


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("code", "begins", "ends"),
    [
        ("30d", "2026-03-01T10:30", "2026-03-31T10:30"),
        ("month", "2026-02-28T23:00", "2026-03-31T10:30"),
        ("last_month", "2026-01-31T23:00", "2026-02-28T23:00"),
        ("year", "2025-12-31T23:00", "2026-03-31T10:30"),
        ("nonsense", "2026-03-01T10:30", "2026-03-31T10:30"),
    ],
)
def test_it_begins_at_midnight_of_the_zone(code, begins, ends):
    period = reporting_periods.period_of(code, zone="Europe/Amsterdam", now=NOW)

    if code not in ("30d", "nonsense"):
        assert period.begins_at == utc(begins)
    assert period.ends_at == utc(ends)
    assert period.title


@pytest.mark.parametrize(
    ("code", "begins", "ends"),
    [
        ("month", "2026-01-31T23:00", "2026-02-28T11:30"),  # February has no 31st; its clocks are at UTC+1
        ("last_month", "2025-12-31T23:00", "2026-01-31T23:00"),
        ("year", "2024-12-31T23:00", "2025-03-31T10:30"),
    ],
)
def test_it_is_compared_with_the_period_before_up_to_the_same_hour(code, begins, ends):
    before = reporting_periods.get_previous(reporting_periods.period_of(code, zone="Europe/Amsterdam", now=NOW))

    assert before.begins_at == utc(begins)
    assert before.ends_at == utc(ends)


def test_thirty_days_are_compared_with_the_thirty_before():
    period = reporting_periods.period_of("30d", zone="UTC", now=NOW)

    before = reporting_periods.get_previous(period)

    assert before.ends_at == period.begins_at
    assert (before.ends_at - before.begins_at).days == 30


def test_a_year_is_compared_with_the_last_of_february_where_there_is_no_29th():
    leap_day = datetime(2028, 2, 29, 9, tzinfo=UTC)

    before = reporting_periods.get_previous(reporting_periods.period_of("year", zone="UTC", now=leap_day))

    assert before.ends_at == datetime(2027, 2, 28, 9, tzinfo=UTC)


def test_it_lists_the_days_that_it_touches():
    days = reporting_periods.period_of("last_month", zone="Europe/Amsterdam", now=NOW).days

    assert days[0] == date(2026, 2, 1)
    assert days[-1] == date(2026, 2, 28)
    assert len(days) == 28
