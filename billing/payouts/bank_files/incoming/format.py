"""What each reader of bank files declares of its format: how a file is recognised, and how it is read."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import BinaryIO, Final

from billing.payouts.bank_files.incoming.csv_mapping import CsvMapping
from billing.payouts.bank_files.incoming.lines import Item

HEAD_BYTES: Final = 2**16
"""Of a longer file the first bytes end anywhere."""


class Sign(IntEnum):
    """What a file is recognised by. Formats with the surer sign are asked first."""

    BEGINNING = 1
    CONTENT = 2
    COLUMNS = 3


@dataclass(frozen=True, slots=True)
class Head:
    """The first bytes of a file, and the text that they are, from its first letter on; empty where it is none."""

    content: bytes
    text: str


@dataclass(frozen=True, slots=True)
class Detected:
    """`kind` is camt.052, mt940, csv and so on; empty where it cannot be read, and `sentence` says why."""

    kind: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFormat:
    """`name` is for sentences, `label` for the list of what can be imported; `kinds` are stored: at most 10 letters."""

    name: str
    label: str
    kinds: tuple[str, ...]
    sign: Sign
    detect: Callable[[Head], Detected | None]
    """None: it is another format's."""
    read: Callable[[BinaryIO, CsvMapping | None], Iterator[Item]]
    """The mapping is of a format that needs one, and None for the others. Raises FileError."""
    needs_mapping: bool = False
    """Each bank has its own columns."""
