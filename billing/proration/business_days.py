"""Business days: Monday to Friday; bank holidays are ignored. Pure."""

from datetime import date, timedelta
from typing import Final

_SATURDAY: Final = 5


def shift_day(day: date, by: int) -> date:
    """Returns the day this many business days later, or earlier if negative; the day itself for 0."""
    step, remaining_days = timedelta(days=1 if by > 0 else -1), abs(by)
    while remaining_days:
        day += step
        remaining_days -= day.weekday() < _SATURDAY
    return day
