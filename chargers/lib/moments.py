"""Times that the database can store and return: in UTC, from the year 1 to the year 9999."""

from datetime import UTC, datetime
from typing import Final

_FIRST: Final = datetime(1, 1, 1, tzinfo=UTC)
_LAST: Final = datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)


def clamp_to_utc(moment: datetime) -> datetime:
    """Converts to UTC; times outside these years become the first or last possible one."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return _FIRST if moment.year == 1 else _LAST
