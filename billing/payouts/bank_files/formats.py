"""Which format a bank's file is in, by its first bytes, and the reader for it."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from billing.payouts.bank_files.incoming import camt, csv_file, csv_mapping, mt940
from billing.payouts.bank_files.incoming.csv_mapping import CsvMapping
from billing.payouts.bank_files.incoming.lines import FileError, Item

HEAD_BYTES: Final = 2**16
_CAMT: Final = {
    "BkToCstmrAcctRpt": "camt.052",
    "BkToCstmrStmt": "camt.053",
    "BkToCstmrDbtCdtNtfctn": "camt.054",
}
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
_MT: Final = re.compile(r"^:20:", re.M)
_OPENING: Final = re.compile(r"^:60[FM]:", re.M)


@dataclass(frozen=True, slots=True)
class Detected:
    """`kind` is camt.052, camt.053, camt.054, mt940 or csv; empty where it cannot be read, and `sentence` says why."""

    kind: str
    sentence: str


def detect(head: bytes) -> Detected:
    """What a file is, by its first bytes (HEAD_BYTES are plenty)."""
    if not head.strip(b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"):
        return Detected("", "The file is empty.")
    for signature, sentence in _BINARY.items():
        if head.startswith(signature):
            return Detected("", sentence)
    text = _text(head)
    if text is None:
        return Detected("", "This is not a text file: no statement of a bank can be made out in it.")
    begin = text.lstrip("\ufeff \t\r\n")
    if begin.startswith("<") and not re.match(r"<(?:!DOCTYPE )?html", begin, re.I):
        return _xml(begin)
    for pattern, sentence in _TEXTS:
        if pattern.match(begin):
            return Detected("", sentence)
    if _MT.search(text):
        return _mt(text)
    try:
        csv_mapping.guess(_whole_lines(head))
    except FileError:
        return Detected("", "This is neither CAMT nor MT940 nor CSV: no statement of a bank can be made out in it.")
    return Detected("csv", "This is a CSV file: each bank has its own columns, so it needs a mapping once.")


def read(stream: BinaryIO, *, mapping: CsvMapping | None = None) -> Iterator[Item]:
    """What the reader for its format yields. Raises FileError where there is none, or a CSV comes without mapping."""
    head = stream.read(HEAD_BYTES)
    detected = detect(head)
    whole = io.BufferedReader(_Rejoined(head, stream))
    match detected.kind:
        case "mt940":
            return mt940.read(whole)
        case "csv" if mapping is not None:
            return csv_file.read(whole, mapping)
        case "camt.052" | "camt.053" | "camt.054":
            return camt.read(whole)
        case _:
            raise FileError(detected.sentence)


class _Rejoined(io.RawIOBase):
    """A stream with the bytes that were read from it put back in front."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        super().__init__()
        self._head, self._rest = head, rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        taken = self._head[: len(buffer)] or self._rest.read(len(buffer)) or b""
        self._head = self._head[len(taken) :]
        buffer[: len(taken)] = taken
        return len(taken)


def _text(head: bytes) -> str | None:
    for encoding in ("utf-16",) if head.startswith((b"\xff\xfe", b"\xfe\xff")) else ():
        return head[: len(head) // 2 * 2].decode(encoding, errors="replace")
    if b"\x00" in head:
        little = head[1:2] == b"\x00"
        is_wide = head.count(0) >= len(head) // 3 and (little or head[:1] == b"\x00")
        return head[: len(head) // 2 * 2].decode("utf-16-le" if little else "utf-16-be", "replace") if is_wide else None
    return head.decode("utf-8-sig", errors="replace")


def _xml(text: str) -> Detected:
    for element, kind in _CAMT.items():
        if re.search(rf"<(?:\w+:)?{element}[\s/>]", text):
            return Detected(kind, f"This is a {kind.upper()} file.")
    for element, sentence in _XML:
        if element in text:
            return Detected("", sentence)
    return Detected("", "This is an XML file, but neither CAMT.052 nor CAMT.053 nor CAMT.054.")


def _mt(text: str) -> Detected:
    if _OPENING.search(text):
        return Detected("mt940", "This is an MT940 file.")
    if re.search(r"^:34F:", text, re.M):
        return Detected("", "This is an MT942 file: an interim report without balances, whose lines are not final.")
    return Detected("mt940", "This looks like MT940, but its first statement has no opening balance (:60F:).")


def _whole_lines(head: bytes) -> bytes:
    """Up to the last line end, so that no character is cut in half."""
    end = max(head.rfind(b"\n"), head.rfind(b"\r"))
    return head[: end + 1] if len(head) >= HEAD_BYTES and end > 0 and b"\x00" not in head else head
