"""A statement as CSV: a row for each posting between the opening and the closing one, which is the last."""

import csv
from collections.abc import Iterable, Iterator
from datetime import datetime
from io import StringIO
from typing import Final
from zoneinfo import ZoneInfo

from authorization.tokens.csv_file import inert
from billing.books.statements import Period
from billing.rating.values import money
from billing.statements.rows import StatementRow

COLUMNS: Final = (
    "posted_at", "happened_at", "kind", "document", "text", "amount_minor", "amount", "balance_minor", "balance",
    "currency", "entry", "gross_minor", "gross", "tax_minor", "tax", "document_id", "session", "charger", "property",
    "rate", "in_payout", "payout", "why",
)  # fmt: skip
_AMOUNTS: Final = ("amount", "balance", "gross", "tax")
_TEXTS: Final = ("document", "text", "document_id", "charger", "property", "rate", "why")
_ROWS_AT_ONCE: Final = 500


class Writer:
    """Takes rows, gives the bytes of the file; UTF-8 with a mark, by which spreadsheets know it."""

    def __init__(self, period: Period) -> None:
        self._period = period
        self._out = StringIO()
        self._csv = csv.writer(self._out, lineterminator="\r\n")

    def head(self) -> None:
        self._out.write("\N{BYTE ORDER MARK}")
        self._csv.writerow(COLUMNS)
        text = f"Owed to {self._period.host.name} before the {self._period.kind}"
        self._edge("opening", self._period.opening_minor, at=self._period.begins_at, text=text)

    def row(self, row: StatementRow) -> None:
        self._write(
            posted_at=row.posted_at.isoformat(),
            happened_at=row.happened_at.isoformat(),
            kind=row.kind,
            document=row.number or row.document_id,
            text=row.text,
            amount_minor=row.amount_minor,
            balance_minor=row.balance_minor,
            entry=row.entry,
            gross_minor=row.gross_minor,
            tax_minor=row.tax_minor,
            document_id=row.document_id,
            session=row.session,
            charger=row.station,
            property=row.place,
            rate=row.rule,
            in_payout="yes" if row.is_paid_out else "no",
            payout=row.payout,
            why=row.why,
        )

    def foot(self, *, now: datetime) -> None:
        """The last row; of a period that is still open as of now."""
        period = self._period
        is_over = period.is_over(now)
        when = "at its end" if is_over else f"now, the {period.kind} is still open"
        at = min(period.ends_at, now)
        self._edge("closing", period.closing_minor, at=at, text=f"Owed to {period.host.name} {when}")

    def taken(self) -> bytes:
        """What was written since the last time."""
        found = self._out.getvalue().encode()
        self._out.seek(0)
        self._out.truncate()
        return found

    def _edge(self, kind: str, minor: int, *, at: datetime, text: str) -> None:
        stamp = at.astimezone(ZoneInfo(self._period.zone)).isoformat(timespec="seconds")
        self._write(posted_at=stamp, kind=kind, text=text, balance_minor=minor)

    def _write(self, **cells: object) -> None:
        currency = self._period.currency
        for name in _AMOUNTS:
            minor = cells.get(f"{name}_minor")
            cells[name] = money.major(minor, currency=currency) if isinstance(minor, int) else ""
        for name in _TEXTS:
            cells[name] = inert(str(cells.get(name, "")))
        found = {"currency": currency} | cells
        self._csv.writerow(["" if found.get(name) is None else found[name] for name in COLUMNS])


def streamed(period: Period, rows: Iterable[StatementRow], *, now: datetime) -> Iterator[bytes]:
    """The file in pieces of some hundred rows."""
    writer = Writer(period)
    writer.head()
    for count, row in enumerate(rows, start=1):
        writer.row(row)
        if count % _ROWS_AT_ONCE == 0:
            yield writer.taken()
    writer.foot(now=now)
    yield writer.taken()
