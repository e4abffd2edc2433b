"""Wrong codes and digits of bookings, counted so that nobody finds one by trying.

Four digits are one of 10,000, and some systems count their bookings: such a claim names a day of arrival, and 5 wrong
ones are let through from one source, 20 and one for each arrival from all of them together. A code with letters is one
of billions and is counted by source alone, since a hotel's guests share an address. What is refused here is refused
before anything is looked up, so that it tells nothing.
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
    """Seconds until such a claim is looked at again; 0: now. At most one query."""
    if claim.arrival is None:
        return limits.wait_s(request, _CODES, most=CODES_OF_SOURCE, within_s=_HOUR_S)
    what = _of_day(charger, claim.arrival)
    waits = limits.wait_s(request, what, most=OF_SOURCE, within_s=_HOUR_S)
    if waits or rate_limit.counted(what, who="all") < OF_ALL_SOURCES:
        return waits
    if rate_limit.counted(what, who="all") < OF_ALL_SOURCES + booking_proofs.arrivals(charger, claim.arrival):
        return 0
    return rate_limit.wait_s(what, who="all", within_s=_DAY_S)


def count(request: HttpRequest, claim: Claim, charger: Charger) -> None:
    """Counts a wrong claim."""
    if claim.arrival is None:
        limits.too_often(request, _CODES, most=CODES_OF_SOURCE, within_s=_HOUR_S)
        return
    what = _of_day(charger, claim.arrival)
    limits.too_often(request, what, most=OF_SOURCE, within_s=_HOUR_S)
    rate_limit.count(what, who="all", within_s=_DAY_S)


def _of_day(charger: Charger, day: date) -> str:
    return f"booking-{charger.property_id}-{day:%Y%m%d}"
