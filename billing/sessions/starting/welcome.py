"""What a guest of a booking reads first: their name, until when, and which chargers are theirs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from authorization.models import Stay
from authorization.visits import stays
from billing.sessions.stays import places
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

    def rank(stay: Stay) -> tuple[bool, bool, bool, float]:
        begins, ends = stays.access_span(stay)
        away = max((begins - now).total_seconds(), (now - ends).total_seconds(), 0.0)
        return not stays.covers(stay, charger), stay.cancelled_at is not None, away > 0, away

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
    first = stay.guest_name.split()[0] if stay.guest_name.strip() else ""
    greeting = _("Welcome, %(name)s.") % {"name": first} if first else _("Welcome.")
    begins, ends = (_moment(at, stay) for at in stays.access_span(stay))
    if stay.cancelled_at is not None:
        return greeting
    if now < stays.access_span(stay)[0]:
        return f"{greeting} {_('From %(begin)s until %(end)s') % {'begin': begins, 'end': ends}}"
    if now < stays.access_span(stay)[1]:
        return f"{greeting} {_('Until %(end)s') % {'end': ends}}"
    return f"{greeting} {_('Your time to charge ended %(end)s.') % {'end': ends}}"


def _moment(at: datetime, stay: Stay) -> str:
    """Day, month and time: 3 December, 13:00."""
    return date_format(at.astimezone(ZoneInfo(stay.property.time_zone)), _("j F, H:i"))
