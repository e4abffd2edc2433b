"""The files of closed statements: written once, in pieces, with their hashes; read piece by piece.

What they tell about payouts is as of the time of writing.
"""

import hashlib
import zlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from django.db import transaction

from billing.models import Statement, StatementPiece
from billing.payments.books import statements
from billing.payments.books.statements import Account, Period
from billing.payments.webhooks import deliveries
from billing.payouts.statements import csv_lines, readers, rows
from billing.payouts.statements.paper import Paper
from chargers.lib import batch

Format = StatementPiece.Format
_PIECE_BYTES: Final = 1 << 20


def write_due(*, now: datetime) -> int:
    """Writes the files of closed statements."""
    waiting = Statement.objects.filter(made_at=None)
    return batch.run_for_rows(waiting, lambda pk: write(pk, now=now), failure="could not be written")


def write(statement_id: int, *, now: datetime) -> bool:
    """Writes a statement's files; False if they exist, or another worker is writing them."""
    with transaction.atomic():
        free = Statement.objects.select_for_update(of=("self",), skip_locked=True).filter(pk=statement_id, made_at=None)
        row = free.select_related("host", "property").first()
        if row is None:
            return False
        period = period_of(row)
        csv, pdf = _Pieces(row, Format.CSV), _Pieces(row, Format.PDF)
        _write(period, csv, pdf, number=row.label, now=now)
        Statement.objects.filter(pk=row.pk).update(
            csv_sha256=csv.sha256(), csv_bytes=csv.size, pdf_sha256=pdf.sha256(), pdf_bytes=pdf.size, made_at=now
        )
        row.refresh_from_db()
        deliveries.publish(deliveries.Kind.STATEMENT_MADE, row, now=now)
        readers.send(row, now=now)
    return True


def period_of(row: Statement) -> Period:
    """Returns a document's period."""
    return statements.closed_period(row, Account(host=row.host, currency=row.currency, property_=row.property))


def read(statement: Statement, file_format: Format) -> Iterator[bytes]:
    """Yields the file in pieces."""
    pieces = StatementPiece.objects.filter(statement=statement, format=file_format).order_by("number")
    for number in range(pieces.count()):
        yield zlib.decompress(bytes(pieces.values_list("content", flat=True)[number]))


class DivergedError(Exception):
    """The rows do not add up to the document: a fault of ours, and no file was written."""


class _Pieces:
    """A buffer that stores the bytes of a file in pieces."""

    def __init__(self, statement: Statement, file_format: Format) -> None:
        self._statement, self._format = statement, file_format
        self._hash = hashlib.sha256()
        self._held = bytearray()
        self._number = 0
        self.size = 0

    def add(self, content: bytes) -> None:
        self._hash.update(content)
        self.size += len(content)
        self._held += content
        while len(self._held) >= _PIECE_BYTES:
            self._store(_PIECE_BYTES)

    def sha256(self) -> str:
        """Stores the remaining bytes and returns the hash."""
        if self._held:
            self._store(len(self._held))
        return self._hash.hexdigest()

    def _store(self, size: int) -> None:
        content = zlib.compress(bytes(self._held[:size]))
        StatementPiece.objects.create(
            statement=self._statement, format=self._format, number=self._number, content=content
        )
        self._number += 1
        del self._held[:size]


def _write(period: Period, csv: _Pieces, pdf: _Pieces, *, number: str, now: datetime) -> None:
    """Writes both files from one reading of the rows."""
    from_books = rows.read(period)
    sheet = Paper(period, number=number, now=now)
    sheet.on_summary()
    for piece in csv_lines.stream_pieces(period, _draw_rows(from_books, sheet, period), now=now):
        csv.add(piece)
    pdf.add(sheet.finished())


def _draw_rows(from_books: Iterable[rows.StatementRow], sheet: Paper, period: Period) -> Iterator[rows.StatementRow]:
    """Draws each row while passing it on, and compares the total with the closed document."""
    balance, lines = period.opening_minor, 0
    for row in from_books:
        sheet.row(row)
        balance, lines = row.balance_minor, lines + 1
        yield row
    if (balance, lines) != (period.closing_minor, period.lines):
        raise DivergedError(f"{lines} rows come to {balance}, and {period.lines} to {period.closing_minor}.")
