"""Moments that the database can hold and give back: in UTC, from the year 1 to the year 9999."""

from datetime import UTC, datetime
from typing import Final

_FIRST: Final = datetime(1, 1, 1, tzinfo=UTC)
_LAST: Final = datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)


def clamped(moment: datetime) -> datetime:
    """In UTC; what lies before or after all years that there are is their first or last moment."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return _FIRST if moment.year == 1 else _LAST
