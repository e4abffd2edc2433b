"""Check-in and check-out hours of properties, and moments on their clock."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from authorization.models import StayHours
from authorization.models.pms import CHECK_IN, CHECK_OUT
from chargers.models import Property

EARLY: Final = timedelta(hours=2)
LATE: Final = timedelta(hours=1)
"""A guest of a booking may charge from so long before the check-in until so long after the check-out."""


@dataclass(frozen=True, slots=True)
class Hours:
    check_in: time = CHECK_IN
    check_out: time = CHECK_OUT


def of(place: Property) -> Hours:
    """15:00 and 11:00 where the host chose none. One query."""
    hours = StayHours.objects.filter(property=place).first()
    return Hours(hours.check_in, hours.check_out) if hours else Hours()


def save(place: Property, hours: Hours) -> bool:
    """False: they were so already."""
    if of(place) == hours:
        return False
    StayHours.objects.update_or_create(
        property=place, defaults={"check_in": hours.check_in, "check_out": hours.check_out}
    )
    return True


def known(exact: datetime | None, day: date, hour: time | None, *, zone: str) -> list[datetime]:
    """The moments that a booking names: an exact one, and a day with a local hour; none of them may be there."""
    local = at(day, hour, zone=zone) if hour is not None else None
    return [one for one in (exact, local) if one is not None]


def at(day: date, hour: time, *, zone: str) -> datetime:
    """The moment in UTC; where the clock is put forward over that hour, the one just after."""
    return datetime.combine(day, hour, tzinfo=ZoneInfo(zone)).astimezone(UTC)
