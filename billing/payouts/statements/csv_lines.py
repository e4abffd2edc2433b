"""A statement as CSV: a row for each posting between the opening and the closing row, which is the last."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from billing.engine.values import money
from billing.payments.books.statements import Period
from billing.payouts.statements.rows import StatementRow
from chargers.text import spreadsheets

COLUMNS: Final = (
    "posted_at", "happened_at", "kind", "document", "text", "amount_minor", "amount", "balance_minor", "balance",
    "currency", "entry", "gross_minor", "gross", "tax_minor", "tax", "document_id", "session", "charger", "property",
    "rate", "in_payout", "payout", "why",
)  # fmt: skip
_AMOUNTS: Final = ("amount", "balance", "gross", "tax")
_TEXTS: Final = ("document", "text", "document_id", "charger", "property", "rate", "why")


def stream_pieces(period: Period, rows: Iterable[StatementRow], *, now: datetime) -> Iterator[bytes]:
    """Yields the file in pieces of some hundred rows."""
    return spreadsheets.render_csv_chunks(COLUMNS, _lines(period, rows, now=now))


def _lines(period: Period, rows: Iterable[StatementRow], *, now: datetime) -> Iterator[list[object]]:
    account = period.account
    balance = f"Owed to {period.host.name}" if account.is_paid else f"Earned at {account}, before fees and payouts,"
    yield _build_balance_line(
        period, "opening", period.opening_minor, at=period.begins_at, text=f"{balance} before the {period.kind}"
    )
    for row in rows:
        yield _line(period, row)
    when = "at its end" if period.is_over(now) else f"now, the {period.kind} is still open"
    at = min(period.ends_at, now)
    yield _build_balance_line(period, "closing", period.closing_minor, at=at, text=f"{balance} {when}")


def _build_balance_line(period: Period, kind: str, minor: int, *, at: datetime, text: str) -> list[object]:
    stamp = at.astimezone(ZoneInfo(period.zone)).isoformat(timespec="seconds")
    return _cells(period, posted_at=stamp, kind=kind, text=text, balance_minor=minor)


def _line(period: Period, row: StatementRow) -> list[object]:
    return _cells(
        period,
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
        property=row.property_slug,
        rate=row.rule,
        in_payout=row.in_payout,
        payout=row.payout,
        why=row.why,
    )


def _cells(period: Period, **cells: object) -> list[object]:
    for name in _AMOUNTS:
        minor = cells.get(f"{name}_minor")
        cells[name] = money.major(minor, currency=period.currency) if isinstance(minor, int) else ""
    for name in _TEXTS:
        cells[name] = spreadsheets.escape_formula(str(cells.get(name, "")))
    filled = {"currency": period.currency} | cells
    return ["" if filled.get(name) is None else filled[name] for name in COLUMNS]
