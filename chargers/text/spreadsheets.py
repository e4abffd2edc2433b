"""CSV for spreadsheets: UTF-8 with a byte order mark, CRLF (RFC 4180), and no cell that is read as a formula."""

import csv
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from itertools import islice
from typing import Final

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
_ROWS_AT_ONCE: Final = 500


def render_csv_chunks(
    header: Sequence[str], rows: Iterable[Sequence[object]], *, at_once: int = _ROWS_AT_ONCE
) -> Iterator[bytes]:
    """Yields the file in pieces of `at_once` rows. Pass typed texts through `inert` first."""
    yield "\N{BYTE ORDER MARK}".encode() + _lines([header])
    remaining_rows = iter(rows)
    while some := list(islice(remaining_rows, at_once)):
        yield _lines(some)


def render_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    return b"".join(render_csv_chunks(header, rows))


class FileError(ValueError):
    """An uploaded file cannot be read at all; the message is a sentence."""


def decode_file(content: bytes) -> str:
    """Decodes an uploaded file in UTF-8, with or without a byte order mark. Raises FileError."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise FileError(
            f"The file is not in UTF-8 (byte {exc.start + 1}): save it as “CSV UTF-8” and choose it again."
        ) from exc
    if "\x00" in text:
        raise FileError("This is not a CSV file: it has NUL characters in it. Save it as “CSV UTF-8”.")
    return text


def delimiter(text: str) -> str:
    """Returns what parts the cells of an uploaded file, by its first row: a comma or a semicolon."""
    line = text.partition("\n")[0]
    return ";" if line.count(";") > line.count(",") else ","


def escape_formula(cell: str) -> str:
    """Adds a leading apostrophe to a cell that a spreadsheet would read as a formula."""
    return f"'{cell}" if _is_formula(cell) else cell


def read_back(cell: str) -> str:
    """Reverses `inert`."""
    return cell[1:] if cell.startswith("'") and _is_formula(cell[1:]) else cell


def _is_formula(cell: str) -> bool:
    """Whether it is a formula, even after spaces or with a full-width sign (＝), which some programs accept."""
    if cell.startswith(_FORMULA):
        return True
    first = next((sign for sign in cell if sign.isprintable() and not sign.isspace()), "")
    return unicodedata.normalize("NFKC", first).startswith(_FORMULA)


def _lines(rows: Iterable[Sequence[object]]) -> bytes:
    buffer = StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerows(rows)
    return buffer.getvalue().encode()
