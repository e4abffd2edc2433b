"""CSV as spreadsheets read it: UTF-8 with a mark, CRLF (RFC 4180), and no cell that would be calculated."""

import csv
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from itertools import islice
from typing import Final

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
_ROWS_AT_ONCE: Final = 500


def pieces(header: Sequence[str], rows: Iterable[Sequence[object]], *, at_once: int = _ROWS_AT_ONCE) -> Iterator[bytes]:
    """The file in pieces of so many rows. Texts that people wrote go through `inert` first."""
    yield "\N{BYTE ORDER MARK}".encode() + _lines([header])
    rest = iter(rows)
    while some := list(islice(rest, at_once)):
        yield _lines(some)


def whole(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    return b"".join(pieces(header, rows))


def inert(cell: str) -> str:
    """With a leading apostrophe where a spreadsheet would calculate it."""
    return f"'{cell}" if _is_formula(cell) else cell


def read_back(cell: str) -> str:
    """What `inert` was given."""
    return cell[1:] if cell.startswith("'") and _is_formula(cell[1:]) else cell


def _is_formula(cell: str) -> bool:
    """Also behind spaces of any kind, and written in full width (＝), which some programs read as the plain sign."""
    if cell.startswith(_FORMULA):
        return True
    first = next((sign for sign in cell if sign.isprintable() and not sign.isspace()), "")
    return unicodedata.normalize("NFKC", first).startswith(_FORMULA)


def _lines(rows: Iterable[Sequence[object]]) -> bytes:
    out = StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode()
