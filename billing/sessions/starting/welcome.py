"""What a guest of a booking reads first: their name, until when, and which chargers are theirs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from authorization.models import Stay
from authorization.visits import stays
from billing.sessions.stays import places, wording
from chargers.models import Charger


@dataclass(frozen=True, slots=True)
class Welcome:
    """A stay as its guest sees it. `is_open`: it opens the charger of the page now."""

    stay: Stay
    is_open: bool
    sentence: str
    chargers: list[Charger]
    """Those of its unit and property, where the page's own is none of them."""


def greet(guest_stays: Sequence[Stay], charger: Charger, *, now: datetime) -> Welcome | None:
    """Of the stay that opens the charger, else of the nearest one; None where the phone has none. One query at most."""
    if not guest_stays:
        return None

    def rank(stay: Stay) -> tuple[bool, bool, float]:
        return not stays.covers(stay, charger), stay.cancelled_at is not None, stays.seconds_away(stay, now=now)

    stay = min(guest_stays, key=rank)
    is_covered = stays.covers(stay, charger)
    return Welcome(
        stay=stay,
        is_open=is_covered and stays.is_open(stay, now=now),
        sentence=sentence(stay, now=now),
        chargers=[] if is_covered else places.chargers_of(stay),
    )


def sentence(stay: Stay, *, now: datetime) -> str:
    """“Welcome, Melanie. Until 3 December, 13:00”, on the property's clock."""
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
