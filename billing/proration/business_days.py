"""Business days: Monday to Friday; bank holidays are ignored. Pure."""

from datetime import date, timedelta
from typing import Final

_SATURDAY: Final = 5


def shift_day(day: date, by: int) -> date:
    """Returns the day this many business days later, or earlier if negative; the day itself for 0."""
    step, left = timedelta(days=1 if by > 0 else -1), abs(by)
    while left:
        day += step
        left -= day.weekday() < _SATURDAY
    return day
