"""Reporting periods for figures: the last 30 days, this month, last month, this year; pure."""

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

DAYS_30: Final = "30d"
MONTH: Final = "month"
LAST_MONTH: Final = "last_month"
YEAR: Final = "year"
TITLES: Final[Mapping[str, str]] = {
    DAYS_30: "Last 30 days",
    MONTH: "This month",
    LAST_MONTH: "Last month",
    YEAR: "This year",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportingPeriod:
    """A half-open period from `begins_at` to `ends_at`, both aware, in the zone in which its days begin."""

    code: str
    begins_at: datetime
    ends_at: datetime

    @property
    def title(self) -> str:
        return TITLES[self.code]

    @property
    def days(self) -> list[date]:
        """Returns its days in its zone, in order."""
        first, last = self.begins_at.date(), (self.ends_at - timedelta(microseconds=1)).date()
        return [first + timedelta(days=number) for number in range((last - first).days + 1)]

    @property
    def last_day(self) -> date:
        """Returns the last day of its month or year, even if that is not over; else its last day."""
        first = self.begins_at.date()
        if self.code == YEAR:
            return first.replace(month=12, day=31)
        if self.code in {MONTH, LAST_MONTH}:
            return first.replace(day=calendar.monthrange(first.year, first.month)[1])
        return self.days[-1]


def period_of(code: str, *, zone: str, now: datetime) -> ReportingPeriod:
    """Returns the period of that code; unknown codes mean the last 30 days.

    Months and years begin at midnight in `zone`.
    """
    local = now.astimezone(ZoneInfo(zone))
    month = local.date().replace(day=1)
    if code == MONTH:
        return ReportingPeriod(code=code, begins_at=_midnight(month, local), ends_at=local)
    if code == LAST_MONTH:
        begins_at = _midnight(_months_before(month, 1), local)
        return ReportingPeriod(code=code, begins_at=begins_at, ends_at=_midnight(month, local))
    if code == YEAR:
        return ReportingPeriod(code=code, begins_at=_midnight(month.replace(month=1), local), ends_at=local)
    return ReportingPeriod(code=DAYS_30, begins_at=local - timedelta(days=30), ends_at=local)


def day_bounds(
    first: date, last: date, *, zone: str, bounding_period: ReportingPeriod | None = None
) -> tuple[datetime, datetime]:
    """Returns when these days begin and end in the zone, in UTC; of a period only what lies within it."""
    tz = ZoneInfo(zone)
    begins_at = datetime.combine(first, time(0), tzinfo=tz).astimezone(UTC)
    ends_at = datetime.combine(last + timedelta(days=1), time(0), tzinfo=tz).astimezone(UTC)
    if bounding_period is None:
        return begins_at, ends_at
    return max(begins_at, bounding_period.begins_at.astimezone(UTC)), min(
        ends_at, bounding_period.ends_at.astimezone(UTC)
    )


def get_previous(period: ReportingPeriod) -> ReportingPeriod:
    """Returns the period to compare with: the previous 30 days, or the previous month or year up to the same day and
    hour.
    """
    if period.code == DAYS_30:
        return ReportingPeriod(
            code=period.code, begins_at=period.begins_at - timedelta(days=30), ends_at=period.begins_at
        )
    months = 12 if period.code == YEAR else 1
    first = _months_before(period.begins_at.date(), months)
    begins_at = _midnight(first, period.begins_at)
    if period.code == LAST_MONTH:
        return ReportingPeriod(code=period.code, begins_at=begins_at, ends_at=period.begins_at)
    day = _months_before(period.ends_at.date(), months)
    ends_at = datetime.combine(day, period.ends_at.time(), tzinfo=period.ends_at.tzinfo)
    return ReportingPeriod(code=period.code, begins_at=begins_at, ends_at=ends_at)


def _months_before(day: date, months: int) -> date:
    """Returns the same day some months earlier; the last day of a shorter month."""
    years, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(years, month + 1, min(day.day, calendar.monthrange(years, month + 1)[1]))


def _midnight(day: date, reference: datetime) -> datetime:
    return datetime.combine(day, time(0), tzinfo=reference.tzinfo)
