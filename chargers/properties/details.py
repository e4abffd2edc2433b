"""A property's details with their validation: opened, changed, closed, and its units."""

import hashlib
import json
import re
import zoneinfo
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Q
from django.utils.text import slugify

from chargers.models import Charger, Host, Property, Transaction, Unit
from chargers.properties import coordinates, countries, opening_hours
from chargers.properties.opening_hours import OpeningHoursError

MAX_UNITS: Final = 1000
_MAX_SLUG: Final = 50
_OUR_PAGES: Final = frozenset({"add"})
_CONTINENTS: Final = frozenset(
    ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
)
_PHONE: Final = re.compile(r"[+0-9 ()/.-]{5,40}")


class PropertyError(ValueError):
    """Errors in a property's details: a sentence by field name; an empty name means the whole."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__(" ".join(faults.values()))
        self.faults = dict(faults)


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyDetails:
    """The details of a property. Coordinates are degrees (WGS 84), both or neither; the country is ISO 3166-1."""

    name: str
    time_zone: str
    address: str = ""
    postal_code: str = ""
    city: str = ""
    country: str = ""
    latitude: Decimal | None = None
    longitude: Decimal | None = None
    contact_email: str = ""
    contact_phone: str = ""
    opening_hours: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in NAMES}


NAMES: Final = tuple(field.name for field in fields(PropertyDetails))


@cache
def time_zones() -> tuple[str, ...]:
    """Returns the IANA names of places, and UTC; without aliases such as `EST` or `US/Eastern`."""
    return (*sorted(zone for zone in zoneinfo.available_timezones() if zone.split("/")[0] in _CONTINENTS), "UTC")


def fingerprint(property_: Property) -> str:
    """Returns a fingerprint of the details, which shows whether they changed after a form was opened."""
    values = {name: str(getattr(property_, name)) for name in NAMES}
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]


def open_at(host: Host, details: PropertyDetails) -> Property:
    """Opens a property of the host. Raises PropertyError."""
    checked = _validate_details(details, host, property_=None)
    return Property.objects.create(host=host, slug=_free_slug(host, checked["name"]), **checked)


def change(property_: Property, details: PropertyDetails) -> dict[str, tuple[Any, Any]]:
    """Changes the details.

    Returns the changes by name, before and after. Raises PropertyError. Call it with the row locked.
    """
    checked = _validate_details(details, property_.host, property_=property_)
    changed = {
        name: (getattr(property_, name), value) for name, value in checked.items() if getattr(property_, name) != value
    }
    for name, (_, value) in changed.items():
        setattr(property_, name, value)
    property_.save(update_fields=list(changed))
    return changed


def close(property_: Property, *, now: datetime) -> bool:
    """Closes the property: it leaves the lists, but keeps its sessions and documents.

    False if it was closed. Raises PropertyError.
    """
    standing = Charger.objects.filter(property=property_, retired_at=None).values_list("station_id", flat=True)
    if names := list(standing.order_by("station_id")[:4]):
        name_list = ", ".join(names[:3]) + (" and more" if len(names) > 3 else "")
        raise PropertyError({"": f"Chargers are still in service here ({name_list}): retire or move them first."})
    return bool(Property.objects.filter(pk=property_.pk, closed_at=None).update(closed_at=now))


def reopen(property_: Property) -> bool:
    """Reopens the property; False if it was open."""
    return bool(Property.objects.filter(pk=property_.pk).exclude(closed_at=None).update(closed_at=None))


def add_unit(property_: Property, name: str) -> Unit:
    """Adds a unit. Raises PropertyError if the property has one of this name."""
    unit_name = _unit_name(property_, name, unit=None)
    if property_.units.count() >= MAX_UNITS:
        raise PropertyError({"name": f"A property has at most {MAX_UNITS} units."})
    taken_slugs = set(property_.units.values_list("slug", flat=True))
    return Unit.objects.create(
        property=property_,
        name=unit_name,
        slug=_free(slugify(unit_name)[: _MAX_SLUG - 6] or "unit", taken_slugs.__contains__),
    )


def rename_unit(unit: Unit, name: str) -> str:
    """Renames a unit and returns its old name. Raises PropertyError."""
    before, unit.name = unit.name, _unit_name(unit.property, name, unit=unit)
    unit.save(update_fields=["name"])
    return before


def _unit_name(property_: Property, name: str, *, unit: Unit | None) -> str:
    tidied = " ".join(name.split())
    if not tidied or len(tidied) > 100:
        raise PropertyError({"name": "A unit's name has 1 to 100 characters."})
    other_units = property_.units.filter(name__iexact=tidied)
    existing_name = (
        (other_units if unit is None else other_units.exclude(pk=unit.pk)).values_list("name", flat=True).first()
    )
    if existing_name:
        raise PropertyError({"name": f"{property_.name} has a unit {existing_name} already."})
    return tidied


def _validate_details(details: PropertyDetails, host: Host, *, property_: Property | None) -> dict[str, Any]:
    values = {name: _collapse_spaces(value) for name, value in details.as_dict().items()}
    faults = {name: fault for name, check in _CHECKS.items() if (fault := check(values[name]))} | _name_taken(
        values["name"], host, property_
    )
    if (values["latitude"] is None) != (values["longitude"] is None):
        faults["longitude" if values["longitude"] is None else "latitude"] = "Give both coordinates, or neither."
    has_place = values["latitude"] is not None and not faults.keys() & {"latitude", "longitude", "time_zone"}
    if has_place and (
        turned := coordinates.check_swap(values["latitude"], values["longitude"], time_zone=values["time_zone"])
    ):
        faults["latitude"] = turned
    try:
        values["opening_hours"] = opening_hours.validate(values["opening_hours"])
    except OpeningHoursError as exc:
        faults["opening_hours"] = f"{exc.day.title()}: {exc}" if exc.day else str(exc)
    if property_ is not None and values["time_zone"] != property_.time_zone and _has_charged(property_):
        faults["time_zone"] = (
            f"Sessions were charged here, and their days, prices and statements are in {property_.time_zone}. "
            "The zone cannot change any more: open a new property if the place is another."
        )
    if faults:
        raise PropertyError(faults)
    return values


def _collapse_spaces(value: Any) -> Any:
    return " ".join(value.split()) if isinstance(value, str) else value


def _name_taken(name: str, host: Host, property_: Property | None) -> dict[str, str]:
    same = Property.objects.filter(host=host, name__iexact=name)
    other_properties = same if property_ is None else same.exclude(pk=property_.pk)
    existing_name = other_properties.values_list("name", flat=True).first() if name else None
    return {"name": f"{host.name} has a property {existing_name} already."} if existing_name else {}


def _has_charged(property_: Property) -> bool:
    return Transaction.objects.filter(charger__property=property_).exists()


def _length(max_length: int, *, least: int = 0) -> Callable[[str], str]:
    words = f"{least} to {max_length}" if least else f"at most {max_length}"
    return lambda text: "" if least <= len(text) <= max_length else f"Write {words} characters."


def _degrees(max_degrees: int) -> Callable[[Decimal | None], str]:
    return lambda value: (
        "" if value is None or abs(value) <= max_degrees else f"Degrees lie between -{max_degrees} and {max_degrees}."
    )


def _country(code: str) -> str:
    is_known = not code or code in countries.NAMES
    return "" if is_known else "This is no country: use the two letters of ISO 3166-1, such as US or NL."


def _zone(name: str) -> str:
    is_known = name in zoneinfo.available_timezones()
    return "" if is_known else "This is no time zone: use an IANA name, such as America/New_York."


def _email(text: str) -> str:
    try:
        if text:
            validate_email(text)
    except ValidationError:
        return "This is no e-mail address."
    return ""


def _phone(text: str) -> str:
    return "" if not text or _PHONE.fullmatch(text) else "Write the number as +1 555 010 0200."


_CHECKS: Final[Mapping[str, Callable[[Any], str]]] = {
    "name": _length(200, least=1),
    "address": _length(200),
    "postal_code": _length(20),
    "city": _length(100),
    "country": _country,
    "latitude": _degrees(90),
    "longitude": _degrees(180),
    "time_zone": _zone,
    "contact_email": _email,
    "contact_phone": _phone,
}


def _free_slug(host: Host, name: str) -> str:
    """Derives a slug from the name, unique across all hosts."""
    base = slugify(name)[: _MAX_SLUG - 6] or host.slug[: _MAX_SLUG - 6]
    similar_rows = Property.objects.filter(Q(slug=base) | Q(slug__startswith=f"{base}-"))
    taken_slugs = set(similar_rows.values_list("slug", flat=True)) | _OUR_PAGES
    return _free(base, taken_slugs.__contains__)


def _free(base: str, is_taken: Callable[[str], bool]) -> str:
    number, slug = 1, base
    while is_taken(slug):
        number += 1
        slug = f"{base}-{number}"
    return slug
