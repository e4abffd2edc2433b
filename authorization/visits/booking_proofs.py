"""Proving a booking at a charger: by its code, or by the last four digits of the phone with the day of arrival.

The input is compared with bookings of the charger's host only, and the answer does not reveal which part was wrong.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils.crypto import constant_time_compare

from authorization.models import Stay
from authorization.models.grants import SPELLED_CODE
from authorization.visits import phone_digits, stays
from chargers.models import Charger

_OVER_SINCE: Final = timedelta(days=7)
_BEGINS_WITHIN: Final = timedelta(days=400)
_WEAK_BELOW: Final = 6
_MAX_OF_A_DAY: Final = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The guest's input: a code, the digits, the day of arrival in the property's time zone."""

    code: str = ""
    last4: str = ""
    arrival: date | None = None

    @property
    def spelled(self) -> str:
        """Returns the code in its canonical spelling."""
        return self.code.replace("\x00", "").replace("-", "").replace(" ", "").upper()

    @property
    def is_guessable(self) -> bool:
        """Whether the code also needs the day of arrival, because some systems number their bookings consecutively."""
        return len(self.spelled) < _WEAK_BELOW or self.spelled.isdecimal()


def find(claim: Claim, charger: Charger, *, now: datetime) -> Stay | None:
    """Returns the one stay that the claim proves, nearest to this charger and moment; None if none, or more than one.

    Two queries at most.
    """
    if claim.spelled:
        return _find_nearest_stay(_list_stays_by_code(claim, charger, now=now), charger, now=now)
    if claim.last4 and claim.arrival is not None:
        return _find_unique_stay(_list_stays_by_digits(claim, charger, now=now), charger, now=now)
    return None


def arrivals(charger: Charger, day: date) -> int:
    """Returns the number of stays that begin on that day at the charger's property, in its time zone. One query."""
    return _arriving_stays(charger, day).count()


def _list_stays_by_code(claim: Claim, charger: Charger, *, now: datetime) -> list[Stay]:
    rows = _relevant(now).filter(property__host=charger.property.host_id)
    rows = rows.alias(spelled=SPELLED_CODE).filter(spelled=claim.spelled).exclude(reference="")
    matches: list[Stay] = [*rows[:_MAX_OF_A_DAY]]
    if not claim.is_guessable:
        return matches
    return [stay for stay in matches if _day_of(stay) == claim.arrival]


def _list_stays_by_digits(claim: Claim, charger: Charger, *, now: datetime) -> list[Stay]:
    assert claim.arrival is not None
    rows = _arriving_stays(charger, claim.arrival) & _relevant(now).exclude(phone_hash="")
    return [stay for stay in rows[:_MAX_OF_A_DAY] if _has_digits(stay, claim.last4)]


def _has_digits(stay: Stay, last4: str) -> bool:
    hashed = phone_digits.hash_for_booking(stay.connection_id, stay.external_key, last4)
    return constant_time_compare(stay.phone_hash, hashed)


def _relevant(now: datetime) -> QuerySet[Stay]:
    rows = Stay.objects.filter(departs_at__gt=now - _OVER_SINCE, arrives_at__lt=now + _BEGINS_WITHIN)
    return rows.select_related("property", "unit").order_by("pk")


def _arriving_stays(charger: Charger, day: date) -> QuerySet[Stay]:
    zone = ZoneInfo(charger.property.time_zone)
    begins = datetime.combine(day, datetime.min.time(), tzinfo=zone)
    ends = datetime.combine(day + timedelta(days=1), datetime.min.time(), tzinfo=zone)
    rows = Stay.objects.filter(property=charger.property_id, arrives_at__gte=begins, arrives_at__lt=ends)
    return rows.select_related("property", "unit").order_by("pk")


def _day_of(stay: Stay) -> date:
    return stay.arrives_at.astimezone(ZoneInfo(stay.property.time_zone)).date()


def _find_unique_stay(matches: Sequence[Stay], charger: Charger, *, now: datetime) -> Stay | None:
    """Returns the stay at this very charger, of guests with the same digits; None if that is not unique."""
    charger_stays = [stay for stay in matches if stays.includes_charger(stay, charger)] or list(matches)
    bookings = {(stay.connection_id, stay.external_key or stay.reference or str(stay.pk)) for stay in charger_stays}
    return _find_nearest_stay(charger_stays, charger, now=now) if len(bookings) == 1 else None


def _find_nearest_stay(matches: Sequence[Stay], charger: Charger, *, now: datetime) -> Stay | None:
    """Returns the best row of a booking.

    A manual one has a row per card: the one that opens this charger now is first.
    """

    def rank(stay: Stay) -> tuple[bool, bool, float]:
        return (
            stay.cancelled_at is not None,
            not stays.includes_charger(stay, charger),
            stays.seconds_away(stay, now=now),
        )

    return min(matches, key=rank, default=None)
