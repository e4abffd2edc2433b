"""Due times of tickets by priority; business hours are Monday to Friday, 8 to 18 UTC. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

from support.topics.topic import Priority

_OPENS: Final = time(8)
_CLOSES: Final = time(18)
_WORKDAYS: Final = range(5)


@dataclass(frozen=True, slots=True)
class Level:
    """The time limits for the first answer and for the solution; `is_always`: nights and weekends count."""

    first_answer: timedelta
    solution: timedelta
    is_always: bool = False


@dataclass(frozen=True, slots=True)
class Due:
    """The two due times of a ticket."""

    first_answer_at: datetime
    solution_at: datetime


LEVELS: Final[Mapping[Priority, Level]] = {
    Priority.URGENT: Level(timedelta(hours=1), timedelta(hours=8), is_always=True),
    Priority.HIGH: Level(timedelta(hours=2), timedelta(hours=10)),
    Priority.NORMAL: Level(timedelta(hours=8), timedelta(hours=30)),
    Priority.LOW: Level(timedelta(hours=20), timedelta(hours=60)),
}
_ORDER: Final = (Priority.LOW, Priority.NORMAL, Priority.HIGH, Priority.URGENT)


def due(priority: Priority, *, since: datetime) -> Due:
    """Returns both due times of a ticket opened at that time (aware UTC)."""
    level = LEVELS[priority]
    if level.is_always:
        return Due(since + level.first_answer, since + level.solution)
    return Due(_add_business_hours(since, level.first_answer), _add_business_hours(since, level.solution))


def raise_priority(priority: Priority) -> Priority:
    """Returns the next higher priority; urgent stays urgent."""
    return _ORDER[min(_ORDER.index(priority) + 1, len(_ORDER) - 1)]


def _add_business_hours(since: datetime, work: timedelta) -> datetime:
    """Returns the time after so many business hours."""
    at, remaining_work = since, work
    while True:
        opens, closes = datetime.combine(at, _OPENS, at.tzinfo), datetime.combine(at, _CLOSES, at.tzinfo)
        at = max(at, opens)
        if at.weekday() in _WORKDAYS and at < closes:
            if remaining_work <= closes - at:
                return at + remaining_work
            remaining_work -= closes - at
        at = opens + timedelta(days=1)
