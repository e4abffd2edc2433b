"""The greeting for a guest of a booking: their name, until when they stay, and which chargers they may use."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from authorization.models import Stay
from authorization.visits import stays
from billing.sessions.stays import stay_chargers, wording
from chargers.models import Charger


@dataclass(frozen=True, slots=True)
class Welcome:
    """A stay as its guest sees it. `is_open`: it opens this page's charger now."""

    stay: Stay
    is_open: bool
    sentence: str
    chargers: list[Charger]
    """The chargers of its unit and property, if it does not open the page's own."""


def greet(guest_stays: Sequence[Stay], charger: Charger, *, now: datetime) -> Welcome | None:
    """Returns the greeting of the stay that opens the charger, else of the nearest one; None without a stay.

    One query at most.
    """
    if not guest_stays:
        return None

    def rank(stay: Stay) -> tuple[bool, bool, float]:
        return (
            not stays.includes_charger(stay, charger),
            stay.cancelled_at is not None,
            stays.seconds_away(stay, now=now),
        )

    stay = min(guest_stays, key=rank)
    is_covered = stays.includes_charger(stay, charger)
    return Welcome(
        stay=stay,
        is_open=is_covered and stays.is_open(stay, now=now),
        sentence=sentence(stay, now=now),
        chargers=[] if is_covered else stay_chargers.chargers_of(stay),
    )


def sentence(stay: Stay, *, now: datetime) -> str:
    """Returns “Welcome, Melanie. Until 3 December, 13:00”, in the property's time zone."""
    first = wording.first_name(stay)
    greeting = _("Welcome, %(name)s.") % {"name": first} if first else _("Welcome.")
    if stay.cancelled_at is not None:
        return greeting
    begins_at, ends_at = stays.access_span(stay)
    begins, ends = wording.moment(begins_at, stay), wording.moment(ends_at, stay)
    if now < begins_at:
        return f"{greeting} {_('From %(begin)s until %(end)s') % {'begin': begins, 'end': ends}}"
    if now < ends_at:
        return f"{greeting} {_('Until %(end)s') % {'end': ends}}"
    return f"{greeting} {_('Your time to charge ended %(end)s.') % {'end': ends}}"
