"""Reads a topic's details, and named stations, from the person's words."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from authorization.people import access
from billing.formatting import times
from chargers.lib.i18n import mark
from chargers.models import Charger
from support.assistant import mentions
from support.models import Conversation
from support.topics import catalogue
from support.topics.details import FIELDS, Detail
from support.topics.topic import Asker

_MAX_SHOWN: Final = 60
_TIME: Final = mark("Time")
_SHOWN: Final = mark("%(label)s: %(value)s")


def read_mentions(row: Conversation, text: str, *, now: datetime) -> mentions.Mentions:
    """Returns the details in the words that are not known yet. One query at most."""
    charger = row.charger or _find_charger(row, text)
    property_ = row.property or (charger.property if charger else None)
    local = now.astimezone(ZoneInfo(property_.time_zone if property_ else "UTC"))
    mentioned = mentions.read(text, language=row.language, now=local)
    if property_ is None:
        mentioned.details.pop(Detail.ATTEMPTED_AT, None)  # the time zone is unknown
    if row.charger is None and charger is not None:
        mentioned.details[Detail.CHARGER_ID] = charger.station_id
    return mentioned


def of_topic(mentioned: mentions.Mentions, number: int, *, row: Conversation) -> dict[Detail, str]:
    """Returns those that the topic needs and that are not known."""
    topic = catalogue.TOPICS.get(number)
    requested = {detail for requirement in topic.requirements for detail in requirement.any_of} if topic else set()
    every = {Detail.CHARGER_ID, Detail.ATTEMPTED_AT, Detail.LAST4, Detail.DOCUMENT}
    requested |= every if number in {1, 2, 3, 4, 5, 9, catalogue.RECEIPT} else set()
    answered = {*row.known, *row.given}
    return {
        code: value for code, value in mentioned.of_topic(number).items() if code in requested and code not in answered
    }


def render(details: Mapping[Detail, str], *, zone: str = "") -> str:
    """Returns the details as text for the person, in the active language.

    Moments are in the place's time zone, `zone`.
    """
    return "; ".join(
        _(_SHOWN) % {"label": _(_label(code)).rstrip(" ?¿\u202f\u00a0"), "value": _value(code, value, zone=zone)}
        for code, value in details.items()
    )


def _label(code: Detail) -> str:
    """Returns a detail's label; for a moment a noun instead of the question."""
    return _TIME if FIELDS[code].kind == "moment" else FIELDS[code].label


def _value(code: Detail, value: str, *, zone: str) -> str:
    match FIELDS[code].kind:
        case "moment" if len(value) == len("2026-03-10"):
            return date_format(date.fromisoformat(value), _("j M Y"))
        case "moment" if zone:
            return times.when_in(datetime.fromisoformat(value).replace(tzinfo=ZoneInfo(zone)), zone)
        case "moment":
            return date_format(datetime.fromisoformat(value), _("j M Y, H:i"))
        case "choice":
            return _(next(label for choice, label in FIELDS[code].choices if choice == value))
        case _:
            return value[:_MAX_SHOWN]


def _find_charger(row: Conversation, text: str) -> Charger | None:
    """Returns the one station in service that the words name, of those that the person may name.

    A host's people may also use the id with which it connects, which the portal shows.
    """
    words = mentions.stations(text)
    if not words:
        return None
    spellings = [*words, *(word.upper() for word in words)]
    rows, is_meant = Charger.objects.all(), Q(station_id__in=spellings)
    if row.asker == Asker.HOST and row.user:
        rows, is_meant = access.chargers(row.user), is_meant | Q(charger_id__in=spellings)
    candidates = rows.filter(is_meant, retired_at=None)
    chargers = list(candidates.exclude(station_id="").select_related("property")[:2])
    return chargers[0] if len(chargers) == 1 else None
