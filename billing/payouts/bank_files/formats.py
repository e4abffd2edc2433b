"""Detects the format of a bank's file by its first bytes, and reads it with the matching module of `incoming`."""

import io
import re
from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from typing import BinaryIO, Final

from billing.payouts.bank_files import incoming
from billing.payouts.bank_files.incoming.csv_mapping import CsvMapping
from billing.payouts.bank_files.incoming.format import HEAD_BYTES, DetectedFormat, Head, KnownFormat, Sign
from billing.payouts.bank_files.incoming.lines import FileError, Item

_BINARY: Final = {
    b"%PDF": "This is a PDF, made for reading by people. Ask the bank for CAMT.053, MT940 or CSV of the same period.",
    b"PK\x03\x04": "This is a ZIP file or an Excel workbook: unpack it, or save the sheet as CSV.",
    b"\xd0\xcf\x11\xe0": "This is an old Excel workbook: save the sheet as CSV.",
    b"\x1f\x8b": "This is a compressed file (gzip): unpack it first.",
    b"7z\xbc\xaf": "This is a compressed file (7z): unpack it first.",
}
_XML: Final = (
    ("CstmrPmtStsRpt", "This is a payment status report (pain.002): it says how an order fared, and books nothing."),
    ("CstmrCdtTrfInitn", "This is a payment order (pain.001), which goes to the bank; a statement comes from it."),
    ("CstmrDrctDbtInitn", "This is an order of direct debits (pain.008), which goes to the bank."),
    ("<OFX", "This is an OFX file, which is not read here. Ask the bank for CAMT.053, MT940 or CSV."),
    ("<html", "This is a web page, perhaps of a login that ended. Download the statement again."),
)
_TEXTS: Final = (
    (re.compile(r"OFXHEADER|<OFX>", re.I), _XML[3][1]),
    (re.compile(r"!(?:Type|Account)", re.I), "This is a QIF file, which is not read here. Ask for CAMT.053 or CSV."),
    (re.compile(r"<(?:!DOCTYPE )?html", re.I), _XML[4][1]),
    (re.compile(r"01,[^,\n]*,[^,\n]*,\d{6},"), "This is a BAI2 file, which is not read here. Ask for CAMT.053 or CSV."),
    (re.compile(r"101 \d{9}"), "This is a NACHA file, which goes to the bank; a statement comes from it."),
    (re.compile(r"[\[{]\s*[\"{\[]"), "This is a JSON file, which is not read here. Ask for CAMT.053, MT940 or CSV."),
)  # fmt: skip


def collect() -> tuple[KnownFormat, ...]:
    """Collects the `FORMAT` of each module of `incoming` that declares one, the most reliable signs first."""
    modules = [import_module(f"{incoming.__name__}.{module.name}") for module in iter_modules(incoming.__path__)]
    declared: list[KnownFormat] = [module.FORMAT for module in modules if hasattr(module, "FORMAT")]
    return tuple(sorted(declared, key=lambda bank_format: (bank_format.sign, bank_format.name)))


ALL: tuple[KnownFormat, ...] = collect()


def labels() -> str:
    """Returns the names of all importable formats, for use in a sentence."""
    *first, last = (bank_format.label for bank_format in ALL)
    return f"{', '.join(first)} or {last}"


def detect(head: bytes) -> DetectedFormat:
    """Detects the format of a file by its first bytes (HEAD_BYTES are plenty)."""
    if not head.strip(b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"):
        return DetectedFormat("", "The file is empty.")
    text = _text(head)
    begin = Head(head, (text or "").lstrip("\ufeff \t\r\n"))
    return (
        _detect_by(begin, Sign.BEGINNING)
        or _foreign(head, text, begin.text)
        or _detect_by(begin, Sign.CONTENT)
        or _detect_by(begin, Sign.COLUMNS)
        or DetectedFormat("", f"This is neither {_names()}: no statement of a bank can be made out in it.")
    )


def needs_mapping(kind: str) -> bool:
    return _format_of(kind).needs_mapping


def read(stream: BinaryIO, *, mapping: CsvMapping | None = None) -> Iterator[Item]:
    """Yields the items of a file, read by the reader for its format.

    Raises FileError if there is no such reader, or if the reader needs a mapping and none is given.
    """
    head = stream.read(HEAD_BYTES)
    detected = detect(head)
    if not detected.kind:
        raise FileError(detected.sentence)
    bank_format = _format_of(detected.kind)
    if bank_format.needs_mapping and mapping is None:
        raise FileError(detected.sentence)
    return bank_format.read(io.BufferedReader(_RejoinedStream(head, stream)), mapping)


def _format_of(kind: str) -> KnownFormat:
    return next(bank_format for bank_format in ALL if kind in bank_format.kinds)


def _detect_by(head: Head, sign: Sign) -> DetectedFormat | None:
    return next(
        (detected for bank_format in ALL if bank_format.sign is sign and (detected := bank_format.detect(head))), None
    )


def _names() -> str:
    return " nor ".join(bank_format.name for bank_format in ALL)


def _foreign(head: bytes, text: str | None, begin: str) -> DetectedFormat | None:
    """Recognises files that users mistake for a statement and that are not supported."""
    for signature, sentence in _BINARY.items():
        if head.startswith(signature):
            return DetectedFormat("", sentence)
    if text is None:
        return DetectedFormat("", "This is not a text file: no statement of a bank can be made out in it.")
    if begin.startswith("<") and not re.match(r"<(?:!DOCTYPE )?html", begin, re.I):
        return _xml(begin)
    return next((DetectedFormat("", sentence) for pattern, sentence in _TEXTS if pattern.match(begin)), None)


class _RejoinedStream(io.RawIOBase):
    """A stream with the bytes already read put back at its start."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        super().__init__()
        self._head, self._rest = head, rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        chunk = self._head[: len(buffer)] or self._rest.read(len(buffer)) or b""
        self._head = self._head[len(chunk) :]
        buffer[: len(chunk)] = chunk
        return len(chunk)


def _text(head: bytes) -> str | None:
    for encoding in ("utf-16",) if head.startswith((b"\xff\xfe", b"\xfe\xff")) else ():
        return head[: len(head) // 2 * 2].decode(encoding, errors="replace")
    if b"\x00" in head:
        little = head[1:2] == b"\x00"
        is_wide = head.count(0) >= len(head) // 3 and (little or head[:1] == b"\x00")
        return head[: len(head) // 2 * 2].decode("utf-16-le" if little else "utf-16-be", "replace") if is_wide else None
    return head.decode("utf-8-sig", errors="replace")


def _xml(text: str) -> DetectedFormat:
    for element, sentence in _XML:
        if element in text:
            return DetectedFormat("", sentence)
    return DetectedFormat("", f"This is an XML file, but neither {_names()}.")
