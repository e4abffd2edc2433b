"""Check-in and check-out hours of properties, and times in their time zones."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import F

from authorization.models import Stay, StayHours
from authorization.models.pms import CHECK_IN, CHECK_OUT, EARLY_MIN, LATE_MIN, MAX_PHONES
from chargers.models import Property


@dataclass(frozen=True, slots=True)
class Hours:
    """Check-in and check-out, and the margins within which a booking's guest may charge around them."""

    check_in: time = CHECK_IN
    check_out: time = CHECK_OUT
    early: timedelta = timedelta(minutes=EARLY_MIN)
    late: timedelta = timedelta(minutes=LATE_MIN)
    most_phones: int = MAX_PHONES


def of_property(property_: Property) -> Hours:
    """Returns the host's hours, or the defaults: 15:00 and 11:00, margins of two hours and one, a party's phones.

    One query.
    """
    row = StayHours.objects.filter(property=property_).first()
    if row is None:
        return Hours()
    early, late = timedelta(minutes=row.early_min), timedelta(minutes=row.late_min)
    return Hours(row.check_in, row.check_out, early, late, row.most_phones)


def save(property_: Property, hours: Hours, *, now: datetime) -> bool:
    """Stores the hours, and moves the windows of bookings that are not over. Returns False if nothing changed.

    Call it in a transaction, so that stays are never seen half updated.
    """
    before = of_property(property_)
    if before == hours:
        return False
    StayHours.objects.update_or_create(
        property=property_,
        defaults={
            "check_in": hours.check_in,
            "check_out": hours.check_out,
            "early_min": hours.early // timedelta(minutes=1),
            "late_min": hours.late // timedelta(minutes=1),
            "most_phones": hours.most_phones,
        },
    )
    if (before.early, before.late) != (hours.early, hours.late):
        bookings = Stay.objects.filter(property=property_, access_from__isnull=False, access_to__gt=now)
        bookings.update(access_from=F("arrives_at") - hours.early, access_to=F("departs_at") + hours.late)
    return True


def moments(exact: datetime | None, day: date, hour: time | None, *, zone: str) -> list[datetime]:
    """Returns the moments that a booking names, if any: an exact one, and a day with a local hour."""
    local = convert_to_utc(day, hour, zone=zone) if hour is not None else None
    return [moment for moment in (exact, local) if moment is not None]


def convert_to_utc(day: date, hour: time, *, zone: str) -> datetime:
    """Returns the moment in UTC; an hour skipped by daylight saving becomes the moment just after."""
    return datetime.combine(day, hour, tzinfo=ZoneInfo(zone)).astimezone(UTC)
