"""A CSV file of cards, read into rows and errors, and written. Pure.

Columns are found by name, in any order: uid, visual_number, owner, group, valid, blocked, blocked_reason, expires_at. A
missing column leaves its values unchanged; so does an empty cell of group, valid and blocked. Dates without a time last
through that day; times without an offset are in the given time zone.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from authorization.identifiers import uids
from chargers.lib import moments
from chargers.text import spreadsheets
from chargers.text.spreadsheets import FileError, escape_formula, read_back

COLUMNS: Final = ("uid", "visual_number", "owner", "group", "valid", "blocked", "blocked_reason", "expires_at")
MAX_ROWS: Final = 200_000
_LONGEST: Final = {"visual_number": 64, "owner": 200, "blocked_reason": 255}
_WORDS: Final = {"true": True, "yes": True, "1": True, "x": True, "false": False, "no": False, "0": False}
_GROUPS_BETWEEN: Final = "|"


@dataclass(frozen=True, slots=True)
class Wrong:
    """An error in one cell; `row` counts as a spreadsheet does, with the header as row 1."""

    row: int
    column: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRow:
    """One card of the file. None: not stated in the file; empty `groups` leave the card's groups unchanged.

    `expires_at` counts only with `says_expiry`; it may be None, for never.
    """

    number: int
    uid: str
    canonical_uid: str
    visual_number: str | None = None
    owner: str | None = None
    groups: tuple[int, ...] = ()
    valid: bool | None = None
    blocked: bool | None = None
    blocked_reason: str | None = None
    expires_at: datetime | None = None
    says_expiry: bool = False


def read(text: str, *, groups: Mapping[str, int], zone: str) -> Iterator[TokenRow | Wrong]:
    """Yields every row in order: as a card, or as its errors, one Wrong per cell.

    `groups` are the host's, by slug and by name in lower case. Raises FileError if the header is wrong.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=spreadsheets.delimiter(text), strict=False)
    try:
        header = _header(next(reader, []))
        row_numbers: dict[str, int] = {}
        for number, cells in enumerate(reader, start=2):
            if number > MAX_ROWS + 1:
                raise FileError(f"The file has more than {MAX_ROWS:,} rows: split it.")
            if any(cell.strip() for cell in cells):
                yield from _row(number, header, cells, groups=groups, zone=ZoneInfo(zone), row_numbers=row_numbers)
    except csv.Error as exc:
        raise FileError(f"Line {reader.line_num} is no CSV: {exc}.") from exc


def render_rows(rows: Iterable[Mapping[str, str]]) -> str:
    """Returns the file of these rows, in which no cell is a formula to a spreadsheet.

    Reading it gives the rows again.
    """
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([escape_formula(row.get(column, "")) for column in COLUMNS] for row in rows)
    return buffer.getvalue()


def _header(cells: list[str]) -> list[str]:
    names = [cell.strip().lower() for cell in cells]
    unknown = [name for name in names if name not in COLUMNS]
    columns = ", ".join(COLUMNS)
    if "uid" not in names:
        raise FileError(f"The first row must name the columns, and one of them must be uid. They may be: {columns}.")
    if unknown:
        raise FileError(f"There is no column “{unknown[0]}”. They may be: {columns}.")
    if len(set(names)) < len(names):
        raise FileError("A column is named twice in the first row.")
    return names


def _row(
    number: int,
    header: list[str],
    cells: list[str],
    *,
    groups: Mapping[str, int],
    zone: ZoneInfo,
    row_numbers: dict[str, int],
) -> Iterator[TokenRow | Wrong]:
    wrong: list[Wrong] = []
    if len(cells) > len(header) and any(cell.strip() for cell in cells[len(header) :]):
        wrong.append(Wrong(number, "", f"It has {len(cells)} cells, and the first row names {len(header)} columns."))
    cells_by_column = dict(zip(header, (_read_cell(cell) for cell in cells), strict=False))
    values: dict[str, object] = {}
    for column, text in cells_by_column.items():
        try:
            values |= _value(column, text, groups=groups, zone=zone)
        except ValueError as exc:
            wrong.append(Wrong(number, column, str(exc)))
    canonical = str(values.get("canonical_uid", ""))
    if canonical and (first := row_numbers.setdefault(canonical, number)) != number:
        wrong.append(Wrong(number, "uid", f"Row {first} has this card already."))
    if wrong:
        yield from wrong
    else:
        yield TokenRow(number=number, **values)  # type: ignore[arg-type]


def _read_cell(cell: str) -> str:
    return read_back(cell.strip())


def _value(column: str, text: str, *, groups: Mapping[str, int], zone: ZoneInfo) -> dict[str, object]:
    """Reads one cell into fields of TokenRow. Raises ValueError with a sentence."""
    match column:
        case "uid":
            canonical = uids.of_card(text)
            return {"canonical_uid": canonical, "uid": text if len(text) <= uids.MAX_LENGTH else canonical}
        case "group":
            return {
                "groups": tuple(_group(name.strip(), groups) for name in text.split(_GROUPS_BETWEEN) if name.strip())
            }
        case "valid" | "blocked":
            return {column: _flag(text)}
        case "expires_at":
            return {"expires_at": _moment(text, zone), "says_expiry": True}
        case _:
            if len(text) > _LONGEST[column]:
                raise ValueError(f"At most {_LONGEST[column]} characters; this has {len(text)}.")
            return {column: text}


def _group(name: str, groups: Mapping[str, int]) -> int:
    group = groups.get(name.lower())
    if group is None:
        raise ValueError(f"There is no local group “{name[:60]}”: add it first, or leave the cell empty.")
    return group


def _flag(text: str) -> bool | None:
    if not text:
        return None
    flag = _WORDS.get(text.lower())
    if flag is None:
        raise ValueError(f"“{text[:40]}” is neither true nor false.")
    return flag


def _moment(text: str, zone: ZoneInfo) -> datetime | None:
    if not text:
        return None
    try:
        if len(text) == len("2026-12-31"):
            day = date.fromisoformat(text) + timedelta(days=1)
            return moments.clamp_to_utc(datetime.combine(day, time(0), tzinfo=zone))
        at = datetime.fromisoformat(text)
        return moments.clamp_to_utc(at if at.tzinfo else at.replace(tzinfo=zone))
    except (ValueError, OverflowError) as exc:
        raise ValueError(f"“{text[:40]}” is no date such as 2026-12-31 or 2026-12-31T18:00.") from exc
