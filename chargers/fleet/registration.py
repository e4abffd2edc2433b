"""Registration of new chargers: valid ids, proposals for ids, their rows, and whether they are served."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import Q

from chargers.models import Charger, Connector, Evse, Licence, Property, Unit
from chargers.security import keys

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.*=+@-]{0,47}", re.ASCII)
_STATION_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,47}", re.ASCII)
_NUMBERED = re.compile(r"(.*?)(\d+)", re.ASCII)
_OUR_PAGES = frozenset(
    {"add", "bulk", "columns", "import", "jobs", "labels", "list.csv", "map", "pending", "settings", "tags", "views"}
)
_FIRST_LETTERS = 3
_ENDS = "The present connection ends, and the answer counts from the next one on."
MEANS: Final[Mapping[Charger.Registration, str]] = {
    Charger.Registration.ACCEPTED: f"Its BootNotification is answered Accepted, and it is served. {_ENDS}",
    Charger.Registration.PENDING: "Its BootNotification is answered Pending, with a retry after a minute; what else it "
    "sends is answered SecurityError, the end of a running session too. It can be set up: commands reach it, except "
    f"starts and stops. Nobody can charge there. {_ENDS}",
    Charger.Registration.REJECTED: "Its BootNotification is answered Rejected, with a retry after a minute; what else "
    "it sends is answered SecurityError, the end of a running session too. It gets no commands. Nobody can charge "
    f"there. {_ENDS}",
}
"""What each state means for the charger, for the portal and the API."""


class TakenError(Exception):
    """The id or Station ID was taken meanwhile."""


@dataclass(frozen=True, slots=True)
class Outlets:
    """A number of outlets of one kind, each with one connector."""

    count: int
    standard: str
    max_power_w: int | None


@dataclass(frozen=True, slots=True)
class Registration:
    """What is known about a charger before it connects. `version` is empty if unknown."""

    charger_id: str
    station_id: str
    property: Property
    unit: Unit | None
    version: str
    security_profile: int
    outlets: Outlets


def id_fault(charger_id: str, *, hardware_of: Charger | None = None) -> str:
    """Returns why this cannot be the id of a new charger, or of the new hardware at `hardware_of`; empty if it can.

    OCPP 2.0.1 allows 48 characters; HTTP Basic allows no colon, and an address allows neither blanks nor slashes. The
    former id of a charger whose hardware was replaced stays its own.
    """
    if fault := id_format_fault(charger_id):
        return fault
    # One query: a swap that commits between two would show the id in neither.
    is_or_was_its_id = Q(charger_id__iexact=charger_id) | Q(hardware_swaps__former_id__iexact=charger_id)
    holders = Charger.objects.filter(is_or_was_its_id).values_list("pk", flat=True)
    is_taken = any(pk != (hardware_of.pk if hardware_of else None) for pk in holders)
    return describe_taken_id("id", charger_id) if is_taken else ""


def id_format_fault(charger_id: str) -> str:
    """Returns why this text cannot be an id of any charger; empty if it can. No query."""
    if charger_id.lower() in _OUR_PAGES:
        return f"“{charger_id}” is the address of a page of ours: choose another id."
    if not _ID.fullmatch(charger_id):
        return (
            "Use 1 to 48 letters a to z, digits and - _ . * = + @ without blanks, and begin with a letter or digit: "
            "the id is part of an address and a user name."
        )
    return ""


def describe_taken_id(id_kind: str, text: str) -> str:
    """Returns the sentence about an id or Station ID that another charger has."""
    return f"The {id_kind} {text} is taken (capitals do not make a difference here): choose another."


def station_id_fault(station_id: str) -> str:
    """Returns why this cannot be a Station ID, as a sentence; empty if it can.

    It is printed, typed and part of an address.
    """
    if fault := station_id_format_fault(station_id):
        return fault
    if Charger.objects.filter(station_id__iexact=station_id).exists():
        return describe_taken_id("Station ID", station_id)
    return ""


def station_id_format_fault(station_id: str) -> str:
    """Returns why this text cannot be a Station ID of any charger; empty if it can. No query."""
    if not _STATION_ID.fullmatch(station_id):
        return "Use 1 to 48 letters a to z, digits and - _ . without blanks, and begin with a letter or digit."
    return ""


def proposal(property_: Property) -> str:
    """Proposes the next free id in the style of the property's chargers: SUN003 after SUN001 and SUN002.

    At a property without chargers it begins with the property's name: LAK001 at Lake House.
    """
    recent_ids = Charger.objects.filter(property=property_).order_by("-pk").values_list("station_id", flat=True)[:20]
    matched = next((match for station_id in recent_ids if (match := _NUMBERED.fullmatch(station_id))), None)
    name = unicodedata.normalize("NFKD", property_.name) or property_.slug
    letters = (re.sub(r"[^A-Za-z0-9]", "", name) or re.sub(r"[^a-z0-9]", "", property_.slug))[
        :_FIRST_LETTERS
    ].upper() or "CP"
    prefix, digits = (matched[1], len(matched[2])) if matched else (letters, 3)
    taken_names = {
        name.lower() for field in ("station_id", "charger_id") for name in _list_ids_with_prefix(prefix, field)
    }
    number = 1
    while f"{prefix}{number:0{digits}}".lower() in taken_names:
        number += 1
    return f"{prefix}{number:0{digits}}"


def register(details: Registration) -> tuple[Charger, str]:
    """Creates the charger with its outlets and licence. Returns it with its password, which is not stored in clear.

    Raises TakenError.
    """
    password = keys.generate()
    charger = Charger(
        charger_id=details.charger_id,
        station_id=details.station_id,
        property=details.property,
        unit=details.unit,
        ocpp_version=details.version,
        security_profile=details.security_profile,
    )
    keys.set_generated(charger, password)
    try:
        with transaction.atomic():
            charger.save()
    except IntegrityError as exc:
        raise TakenError(f"{details.charger_id} or {details.station_id} was taken a moment ago.") from exc
    Licence.objects.create(charger=charger)
    for number in range(1, details.outlets.count + 1):
        evse = Evse.objects.create(charger=charger, number=number)
        Connector.objects.create(
            evse=evse, number=1, standard=details.outlets.standard, max_power_w=details.outlets.max_power_w
        )
    return charger, password


def change(charger: Charger, *, after: Charger.Registration) -> bool:
    """Sets whether the charger is served; False if unchanged. The caller must end the present connection."""
    other = Charger.objects.filter(pk=charger.pk).exclude(registration=after)
    is_changed = bool(other.update(registration=after))
    charger.registration = after
    return is_changed


def _list_ids_with_prefix(prefix: str, field: str) -> list[str]:
    return list(Charger.objects.filter(**{f"{field}__istartswith": prefix}).values_list(field, flat=True))
