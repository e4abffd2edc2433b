"""What each reader of bank files declares about its format: how a file is recognised and read."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import BinaryIO, Final

from billing.payouts.bank_files.incoming.csv_mapping import CsvMapping
from billing.payouts.bank_files.incoming.lines import Item

HEAD_BYTES: Final = 2**16
"""The bytes read for detection; a longer file is cut anywhere."""


class Sign(IntEnum):
    """What a file is recognised by. Formats with a more reliable sign are tried first."""

    BEGINNING = 1
    CONTENT = 2
    COLUMNS = 3


@dataclass(frozen=True, slots=True)
class Head:
    """The first bytes of a file, and their text without leading blanks; empty if they are not text."""

    content: bytes
    text: str


@dataclass(frozen=True, slots=True)
class DetectedFormat:
    """A detected format: camt.052, mt940, csv and so on.

    `kind` is empty if the file cannot be read; `sentence` says why.
    """

    kind: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFormat:
    """`name` is for sentences, `label` for lists of formats; `kinds` are stored (at most 10 characters)."""

    name: str
    label: str
    kinds: tuple[str, ...]
    sign: Sign
    detect: Callable[[Head], DetectedFormat | None]
    """Returns None for a file of another format."""
    read: Callable[[BinaryIO, CsvMapping | None], Iterator[Item]]
    """The mapping is None unless the format needs one. Raises FileError."""
    needs_mapping: bool = False
    """True for a format in which each bank has its own columns."""
