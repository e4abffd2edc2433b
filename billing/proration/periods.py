"""The calendar and the arithmetic of subscriptions: where periods end, and what a part of one costs. Pure.

Days begin at midnight in the zone of the subscription; the day on which something happens counts as used.
"""

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final
from zoneinfo import ZoneInfo

from billing.engine.values import money

MONTH: Final = r"^2[01]\d{2}-(0[1-9]|1[0-2])$"
"""The format of a month, as a regular expression of JSON Schema."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A half-open period, aware UTC; it has `days` of the `whole_days` of a whole one."""

    begins_at: datetime
    ends_at: datetime
    days: int
    whole_days: int

    @property
    def share(self) -> Fraction:
        return Fraction(self.days, self.whole_days)


def month(text: str) -> date | None:
    """Returns the first day of a month written as 2026-03; None if it is not a month of our time."""
    try:
        first_day = date.fromisoformat(f"{text}-01") if len(text) == 7 and text[4] == "-" else None
    except ValueError:
        return None
    return first_day if first_day is not None and 2000 <= first_day.year < 2200 else None


def first(now: datetime, *, zone: ZoneInfo, by_days: bool) -> tuple[Span, int]:
    """Returns the first period, from now, and the day of the month on which later ones begin.

    By days it ends with the calendar month and costs its days; otherwise it is a whole month from today.
    """
    today = now.astimezone(zone).date()
    if not by_days:
        end = next_anchor_date(today, anchor=today.day)
        full_days = (end - today).days
        return Span(begins_at=now, ends_at=_midnight(end, zone), days=full_days, whole_days=full_days), today.day
    full_days = calendar.monthrange(today.year, today.month)[1]
    end = next_anchor_date(today, anchor=1)
    return Span(begins_at=now, ends_at=_midnight(end, zone), days=(end - today).days, whole_days=full_days), 1


def build_next(begins_at: datetime, *, zone: ZoneInfo, anchor: int) -> Span:
    """Returns the whole period that begins where the previous one ended."""
    begin = begins_at.astimezone(zone).date()
    end = next_anchor_date(begin, anchor=anchor)
    days = (end - begin).days
    return Span(begins_at=begins_at, ends_at=_midnight(end, zone), days=days, whole_days=days)


def remaining_share(now: datetime, *, begins_at: datetime, ends_at: datetime, zone: ZoneInfo) -> Fraction:
    """Returns the share of a period's days after today."""
    begin, end = begins_at.astimezone(zone).date(), ends_at.astimezone(zone).date()
    remaining_days = (end - now.astimezone(zone).date() - timedelta(days=1)).days
    return max(Fraction(remaining_days, max((end - begin).days, 1)), Fraction(0))


def whole_days(ends_at: datetime, *, zone: ZoneInfo, anchor: int) -> int:
    """Returns the days of the whole period that ends then, even if it began as a short one."""
    end = ends_at.astimezone(zone).date()
    year, month = (end.year - 1, 12) if end.month == 1 else (end.year, end.month - 1)
    begin = date(year, month, min(anchor, calendar.monthrange(year, month)[1]))
    return (end - begin).days


def days_between(begins_at: datetime, ends_at: datetime, *, zone: ZoneInfo) -> int:
    """Returns the days from the first date to the second, exclusive."""
    return (ends_at.astimezone(zone).date() - begins_at.astimezone(zone).date()).days


def next_anchor_date(day: date, *, anchor: int) -> date:
    """Returns the next such day of a later month; the last of the month if it is shorter."""
    year, month = (day.year + 1, 1) if day.month == 12 else (day.year, day.month + 1)
    return date(year, month, min(anchor, calendar.monthrange(year, month)[1]))


def part(amount: int, *, share: Fraction) -> int:
    """Returns a part of the amount, rounded once, half away from zero."""
    return money.round_half_away(amount * share)


def tax_of(total_minor: int, *, pct: Decimal) -> int:
    """Returns the tax within an amount that includes it."""
    return total_minor - money.round_half_away(total_minor / (1 + Fraction(pct) / 100))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)
