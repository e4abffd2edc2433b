"""CSV as a stream: its text line by line, and booked lines spooled to disk until all are read."""

import codecs
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from datetime import date
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, Final

from billing.payouts.bank_files.incoming.lines import BankLine, FileError

MAX_BYTES: Final = 256 * 2**20
_MAX_OF_A_LINE: Final = 2**20
_HEAD: Final = 4096
_IN_MEMORY: Final = 2**18
"""Bytes of one account's lines that stay in memory before they go to a file."""
_FIELDS: Final = tuple(column.name for column in fields(BankLine))


@dataclass(slots=True)
class Text:
    """The lines of a file with their line ends, in the encoding of `csv_mapping.decoded`; read once.

    Raises FileError if the file is too large, has no such encoding, or has a line that is not CSV.
    """

    stream: BinaryIO
    _size: int = 0
    _narrow: int = 0
    _has_wide: bool = False
    _is_garbled: bool = False

    def __iter__(self) -> Iterator[str]:
        head = self.stream.read(_HEAD)
        chunks = self._chunks(head)
        if (encoding := _wide_encoding(head)) is not None:
            yield from self._read_wide_lines(chunks, encoding)
            return
        for number, raw in enumerate(_raw_lines(chunks), start=1):
            text = self._line(raw.removeprefix(codecs.BOM_UTF8) if number == 1 else raw, number)
            yield from io.StringIO(_refuse_nul_characters(text), newline="")

    @property
    def odd(self) -> str:
        """Describes any oddity of the encoding after the whole file is read; usually empty."""
        if not (self._narrow and self._has_wide):
            return ""
        return f"The file mixes encodings: line {self._narrow} is in Windows-1252, others are in UTF-8."

    def _chunks(self, head: bytes) -> Iterator[bytes]:
        chunk = head
        while chunk:
            self._size += len(chunk)
            if self._size > MAX_BYTES:
                raise FileError(f"The file is larger than {MAX_BYTES // 2**20} MB: split it.")
            yield chunk
            chunk = self.stream.read(2**16)

    def _read_wide_lines(self, chunks: Iterator[bytes], encoding: str) -> Iterator[str]:
        decoder, partial_line = codecs.getincrementaldecoder(encoding)(), ""
        for chunk in chunks:
            partial_line += _refuse_nul_characters(_decode_chunk(decoder, chunk, at=self._size))
            complete, newline, partial_line = partial_line.rpartition("\n")
            _check_length(len(partial_line))
            yield from io.StringIO(complete.lstrip("\ufeff") + newline, newline="")
        partial_line += _decode_chunk(decoder, b"", at=self._size, is_last=True)
        yield from io.StringIO(partial_line.lstrip("\ufeff"), newline="")

    def _line(self, raw: bytes, number: int) -> str:
        """Decodes a line as UTF-8, else as Windows-1252."""
        try:
            text = raw.decode("utf-8")
            self._has_wide = self._has_wide or not raw.isascii()
        except UnicodeDecodeError:
            self._narrow = self._narrow or number
            text = raw.decode("cp1252", errors="replace")
        self._is_garbled = self._is_garbled or "\ufffd" in text
        if self._narrow and self._is_garbled:
            raise FileError("The file is neither in UTF-8 nor in Windows-1252 nor in UTF-16: save it as “CSV UTF-8”.")
        return text


def _raw_lines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    partial_line = b""
    for chunk in chunks:
        *complete, partial_line = (partial_line + chunk).split(b"\n")
        _check_length(len(partial_line))
        yield from (line + b"\n" for line in complete)
    if partial_line:
        yield partial_line


def _check_length(length: int) -> None:
    if length > _MAX_OF_A_LINE:
        raise FileError("This is not a CSV file: a line of it is larger than 1 MB.")


def _wide_encoding(head: bytes) -> str | None:
    """Returns the UTF-16 variant, with or without a byte order mark, or None."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    little = head[1:2] == b"\x00"
    is_wide = head.count(0) >= max(len(head) // 3, 1) and (little or head[:1] == b"\x00")
    return ("utf-16-le" if little else "utf-16-be") if is_wide else None


def _decode_chunk(decoder: codecs.IncrementalDecoder, chunk: bytes, *, at: int, is_last: bool = False) -> str:
    """Decodes a chunk.

    `at` is the number of bytes read so far, including it; the decoder may hold some from the previous chunk.
    """
    try:
        return decoder.decode(chunk, final=is_last)
    except UnicodeDecodeError as exc:
        byte = at - len(exc.object) + exc.start + 1
        raise FileError(f"The file begins as UTF-16, but byte {byte} is not: it may be cut off.") from exc


def _refuse_nul_characters(text: str) -> str:
    if "\x00" in text:
        raise FileError("This is not a CSV file: it has NUL characters in it. Save it as “CSV UTF-8”.")
    return text


@dataclass(slots=True)
class Spool:
    """The lines of one account in order: a few in memory, many in a temporary file."""

    first: date
    last: date
    location: str
    _file: Any = field(default_factory=lambda: SpooledTemporaryFile(_IN_MEMORY, mode="w+", encoding="utf-8"))  # noqa: SIM115

    @classmethod
    def begin(cls, line: BankLine) -> "Spool":
        """Starts an empty spool for an account with this first line."""
        return cls(first=line.booked_on, last=line.booked_on, location=line.location)

    def add(self, line: BankLine) -> None:
        self.first, self.last = min(self.first, line.booked_on), max(self.last, line.booked_on)
        row = json.dumps({name: getattr(line, name) for name in _FIELDS}, default=date.isoformat)
        self._file.write(f"{row}\n")  # in one piece: `json.dump` writes each token by itself, ten times as slowly

    def lines(self) -> Iterator[BankLine]:
        """Yields the lines in the order in which they were added."""
        self._file.seek(0)
        yield from map(_parse_spooled_line, self._file)

    def close(self) -> None:
        self._file.close()


def _parse_spooled_line(row: str) -> BankLine:
    values = json.loads(row)
    for name in ("booked_on", "value_on"):
        values[name] = date.fromisoformat(values[name]) if values[name] else None
    return BankLine(**values)
