"""Rate limits for wrong booking codes and digits, so that nobody finds one by trying.

There are 10,000 four-digit claims, and some systems number their bookings. Such a claim names a day of arrival, and 5
wrong ones are allowed from one source, and 20 plus one for each arrival from all sources together. Codes with letters
have billions of values and are counted by source only, since a hotel's guests share an address. A claim over the limit
is refused before any look-up, so that the refusal reveals nothing.
"""

from datetime import date
from typing import Final

from django.http import HttpRequest

from authorization.people import rate_limit
from authorization.visits import booking_proofs
from authorization.visits.booking_proofs import Claim
from billing.sessions.visitors import limits
from chargers.models import Charger

OF_SOURCE: Final = 5
OF_ALL_SOURCES: Final = 20
CODES_OF_SOURCE: Final = 30
_HOUR_S: Final = 3600
_DAY_S: Final = 24 * 3600
_CODES: Final = "booking-codes"


def wait_s(request: HttpRequest, claim: Claim, charger: Charger) -> int:
    """Returns the seconds until such a claim is checked again; 0: now. At most one query."""
    if claim.arrival is None:
        return limits.wait_s(request, _CODES, limit=CODES_OF_SOURCE, within_s=_HOUR_S)
    day_key = _day_key(charger, claim.arrival)
    waits = limits.wait_s(request, day_key, limit=OF_SOURCE, within_s=_HOUR_S)
    if waits or rate_limit.read_count(day_key, subject="all") < OF_ALL_SOURCES:
        return waits
    if rate_limit.read_count(day_key, subject="all") < OF_ALL_SOURCES + booking_proofs.arrivals(charger, claim.arrival):
        return 0
    return rate_limit.wait_s(day_key, subject="all", within_s=_DAY_S)


def count(request: HttpRequest, claim: Claim, charger: Charger) -> None:
    """Counts a wrong claim."""
    if claim.arrival is None:
        limits.too_often(request, _CODES, limit=CODES_OF_SOURCE, within_s=_HOUR_S)
        return
    day_key = _day_key(charger, claim.arrival)
    limits.too_often(request, day_key, limit=OF_SOURCE, within_s=_HOUR_S)
    rate_limit.count(day_key, subject="all", within_s=_DAY_S)


def _day_key(charger: Charger, day: date) -> str:
    return f"booking-{charger.property_id}-{day:%Y%m%d}"
