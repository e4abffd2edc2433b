"""A CSV file of new chargers: read into registrations, with every error at its cell.

Columns are found by name, in any order. `charger_id` and `property` are required; an empty `station_id` is the charger
id. The separator is a comma or a semicolon.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Final

from django.db.models.functions import Lower

from chargers.fleet import hardware_swaps, registration
from chargers.fleet.registration import Outlets, Registration
from chargers.models import Charger, Property, Unit
from chargers.pages.fields import PLUGS
from chargers.text import spreadsheets
from chargers.text.spreadsheets import FileError

COLUMNS: Final[Mapping[str, str]] = {
    "charger_id": "The name that the charger gives itself: the end of its address, and its user name. Required.",
    "property": "Where it stands, by name or short name. Required.",
    "station_id": "Printed on the label for guests. Empty: the charger id.",
    "unit": "The apartment, room or bay that it belongs to, by name.",
    "connectors": "How many, 1 to 20. Empty: 1.",
    "plug": "Type 2, Type 1, CCS 2, CCS 1, NACS or CHAdeMO. Empty: not known.",
    "power_kw": "What each connector can deliver, in kW, such as 11 or 22.08.",
    "ocpp_version": "1.6, 2.0.1 or 2.1. Empty: not known yet.",
    "security_profile": "1 (password) or 2 (password over TLS). Empty: 1.",
}
"""The columns, each with what its cells mean."""
MAX_ROWS: Final = 1000
MAX_CHARACTERS: Final = 1_000_000
_REQUIRED: Final = ("charger_id", "property")
_VERSIONS: Final = ("", "1.6", "2.0.1", "2.1")
_MAX_CONNECTORS: Final = 20
_MAX_KW: Final = 1000
_PLUGS: Final = {label.split(" (")[0].casefold(): code for code, label in PLUGS if code}


@dataclass(slots=True)
class Row:
    """One row of the file: its cells as typed, and either the registration or the errors by column.

    `number` counts as a spreadsheet does, with the header as row 1.
    """

    number: int
    cells: dict[str, str]
    details: Registration | None = None
    faults: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Existing:
    """What the rows are checked against: keys in lower case, units by property."""

    properties: Mapping[str, Property]
    units: Mapping[tuple[int, str], Unit]
    charger_ids: set[str]
    station_ids: set[str]


def read(text: str, *, properties: Sequence[Property]) -> list[Row]:
    """Returns the rows of a file, for chargers at these properties. Four queries. Raises FileError."""
    if len(text) > MAX_CHARACTERS or "\x00" in text:
        raise FileError("This is not a CSV file of chargers: it is too large, or has characters of other files.")
    rows = list(_rows(text))
    if not rows:
        raise FileError("The file names no charger: below the row with the columns there is nothing.")
    existing = _load_existing(rows, properties)
    row_numbers: dict[tuple[str, str], int] = {}
    for row in rows:
        _check(row, existing, row_numbers)
    return rows


def template() -> bytes:
    """Returns a file with the columns and one example, to be filled in."""
    example = ("EVB-0001", "Sunset 1", "SUN003", "", "2", "Type 2", "11", "1.6", "1")
    return spreadsheets.render_csv(list(COLUMNS), [example])


def _rows(text: str) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=spreadsheets.delimiter(text))
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        _require_columns(header)
        for number, cells in enumerate(reader, start=2):
            if number > MAX_ROWS + 1:
                raise FileError(f"The file has more than {MAX_ROWS:,} rows: split it.")
            if any(cell.strip() for cell in cells):
                plain = [spreadsheets.read_back(cell.strip()) for cell in cells]
                row = Row(number, dict(zip(header, plain, strict=False)))
                if any(plain[len(header) :]):
                    row.faults[""] = f"It has {len(cells)} cells, and the first row names {len(header)} columns."
                yield row
    except csv.Error as exc:
        raise FileError(f"Line {reader.line_num} is not CSV: {exc}.") from exc


def _require_columns(header: Sequence[str]) -> None:
    columns = ", ".join(COLUMNS)
    if missing := [name for name in _REQUIRED if name not in header]:
        raise FileError(f"The first row must name the columns, and “{missing[0]}” is missing. They may be: {columns}.")
    if unknown := [name for name in header if name not in COLUMNS]:
        raise FileError(f"There is no column “{unknown[0][:40]}”. They may be: {columns}.")
    if len(set(header)) < len(header):
        raise FileError("A column is named twice in the first row.")


def _load_existing(rows: Sequence[Row], properties: Sequence[Property]) -> _Existing:
    by_name = {property_.name.casefold(): property_ for property_ in properties}
    by_slug = {property_.slug: property_ for property_ in properties}
    units = Unit.objects.filter(property__in=[property_.pk for property_ in properties])
    charger_ids = {row.cells.get("charger_id", "").lower() for row in rows}
    station_ids = charger_ids | {row.cells.get("station_id", "").lower() for row in rows}
    chargers = Charger.objects.annotate(id_lower=Lower("charger_id"), station_lower=Lower("station_id"))
    return _Existing(
        properties=by_name | by_slug,
        units={(unit.property_id, unit.name.casefold()): unit for unit in units},
        charger_ids=set(chargers.filter(id_lower__in=charger_ids).values_list("id_lower", flat=True))
        | hardware_swaps.former_ids_among(charger_ids),
        station_ids=set(chargers.filter(station_lower__in=station_ids).values_list("station_lower", flat=True)),
    )


def _check(row: Row, existing: _Existing, row_numbers: dict[tuple[str, str], int]) -> None:
    """Fills in the row's registration, or its errors."""
    charger_id = row.cells.get("charger_id", "")
    station_id = row.cells.get("station_id", "") or charger_id
    faults = {
        "charger_id": registration.id_format_fault(charger_id)
        or (registration.describe_taken_id("id", charger_id) if charger_id.lower() in existing.charger_ids else "")
        or _describe_duplicate("charger_id", charger_id, row, row_numbers),
        "station_id": registration.station_id_format_fault(station_id)
        or (
            registration.describe_taken_id("Station ID", station_id)
            if station_id.lower() in existing.station_ids
            else ""
        )
        or _describe_duplicate("station_id", station_id, row, row_numbers),
    }
    property_ = existing.properties.get(row.cells.get("property", "").casefold())
    if property_ is None:
        faults["property"] = _no_property(row.cells.get("property", ""))
    unit = _unit(row, property_, existing, faults)
    connectors = _number(row, "connectors", at_most=_MAX_CONNECTORS, faults=faults, default=1)
    power_w = _watts(row, faults)
    plug = row.cells.get("plug", "").split(" (")[0].casefold()
    if plug and plug not in _PLUGS:
        faults["plug"] = f"“{row.cells['plug'][:40]}” is not one of: {', '.join(label for _, label in PLUGS[1:])}."
    version = row.cells.get("ocpp_version", "")
    if version not in _VERSIONS:
        faults["ocpp_version"] = f"“{version[:20]}” is not one of: 1.6, 2.0.1, 2.1."
    profile = row.cells.get("security_profile", "") or "1"
    if profile not in ("1", "2"):
        faults["security_profile"] = "Use 1 or 2: a charger gets its certificate for profile 3 over profile 2."
    row.faults |= {column: fault for column, fault in faults.items() if fault}
    if not row.faults:
        assert property_ is not None
        row.details = Registration(
            charger_id=charger_id,
            station_id=station_id,
            property=property_,
            unit=unit,
            version=version,
            security_profile=int(profile),
            outlets=Outlets(connectors, _PLUGS.get(plug, ""), power_w),
        )


def _describe_duplicate(column: str, text: str, row: Row, row_numbers: dict[tuple[str, str], int]) -> str:
    first = row_numbers.setdefault((column, text.lower()), row.number)
    return "" if first == row.number else f"Row {first} has it already."


def _no_property(name: str) -> str:
    if not name:
        return "Say at which property it stands."
    return f"You manage no property “{name[:60]}”: add it first, or correct the name."


def _unit(row: Row, property_: Property | None, existing: _Existing, faults: dict[str, str]) -> Unit | None:
    name = row.cells.get("unit", "")
    if not name or property_ is None:
        return None
    unit = existing.units.get((property_.pk, name.casefold()))
    if unit is None:
        faults["unit"] = f"{property_.name} has no unit “{name[:60]}”: add it first, or leave the cell empty."
    return unit


def _number(row: Row, column: str, *, at_most: int, faults: dict[str, str], default: int) -> int:
    text = row.cells.get(column, "")
    if not text:
        return default
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= at_most):
        faults[column] = f"Use a whole number from 1 to {at_most}."
        return default
    return int(text)


def _watts(row: Row, faults: dict[str, str]) -> int | None:
    text = row.cells.get("power_kw", "").replace(",", ".")
    if not text:
        return None
    try:
        kilowatts = Decimal(text)
    except InvalidOperation:
        kilowatts = Decimal(0)
    if not kilowatts.is_finite() or not 1 <= kilowatts <= _MAX_KW:
        faults["power_kw"] = f"Use kW from 1 to {_MAX_KW:,}, such as 11 or 22.08."
        return None
    return int(kilowatts * 1000)
