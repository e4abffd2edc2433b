"""Payouts at size: a month closed, statements written, the books reconciled; each next to a floor of the same run.

Each part prints how long it takes and the process's peak memory.
"""

import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import IO, Any, Final

from django.db import connection

from bench import big_month
from bench.big_month import APRIL, MARCH
from bench.measured import Taken, measured
from billing.payouts.payees.agreements import Scope

_MAY: Final = datetime(2026, 5, 1, tzinfo=UTC)
_FLOOR_OF_CLOSING: Final = """
SELECT p.account_id, p.side, count(*), sum(p.amount_minor)
FROM billing_posting p JOIN billing_ledgerentry e ON e.id = p.entry_id WHERE e.posted_at < %(until)s GROUP BY 1, 2
"""
_FLOOR_OF_STATEMENT: Final = """
COPY (SELECT e.id, e.posted_at, e.occurred_at, e.memo, p.amount_minor, s.id, l.payout_id
FROM billing_posting p JOIN billing_ledgerentry e ON e.id = p.entry_id
JOIN billing_ledgeraccount a ON a.id = p.account_id AND a.code = 'host_payable'
LEFT JOIN billing_session s ON s.id = e.session_id LEFT JOIN billing_payoutallocation l ON l.posting_id = p.id
WHERE a.host_id = {host:d} ORDER BY e.id) TO STDOUT
"""
_FLOOR_OF_RECONCILIATION: Final = """
SELECT count(*), sum(h.captured_minor - p.amount_minor), sum(t.amount_minor), count(r.id)
FROM billing_hold h
JOIN billing_ledgerentry e ON e.source_type = 'hold' AND e.source_id = h.id::text AND e.kind = 'captured'
JOIN billing_posting p ON p.entry_id = e.id AND p.side = 'D'
JOIN billing_processortransaction t ON t.payment_ref = h.processor_ref
JOIN billing_receipt r ON r.session_id = h.session_id
"""


def report(*, full: bool) -> None:
    """Prints the results. With FULL=1 1,000,000 sessions of 100 hosts, a tenth of them of one host."""
    hosts, sessions = (100, 1_000_000) if full else (20, 20_000)
    largest = sessions // 10
    others = (sessions - largest) // (hosts - 1)
    sizes = [largest, *([others] * (hosts - 2)), sessions - largest - others * (hosts - 2)]
    made: list[Scope] = []
    print(f"\nA month of {sessions:,} sessions of {hosts} hosts, sold and paid by card, {largest:,} of them of one")
    _shown("its rows written by SQL", measured(lambda: made.extend(big_month.make(sizes))))
    _closing(made, sizes)
    _statements(made[0])
    _reconciliation(sessions)
    _bank_lines(100_000 if full else 10_000)
    _postings(entries=2_000 if full else 400)


def _closing(books: list[Scope], sizes: list[int]) -> None:
    from billing.payouts.cycle import bridge, cycle, forecast

    floor = measured(lambda: _run(_FLOOR_OF_CLOSING, until=APRIL))
    _shown("floor: every posting read once", floor)
    _shown("forecast of the largest host", measured(lambda: forecast.calculate(books[0], now=APRIL)))
    payouts: list[Any] = []
    taken = measured(lambda: payouts.extend(cycle.close(scope, until=APRIL, now=APRIL) for scope in books))
    for payout, size in zip(payouts, sizes, strict=True):
        net = big_month.GROSS_MINOR - big_month.TAX_MINOR
        if (
            payout is None
            or bridge.remainder(payout)
            or abs(payout.moved_minor - size * (net - big_month.KEPT_OF_EACH)) > 1
        ):
            raise SystemExit(f"{payout} is not what was sold")
    _shown(f"payouts closed, {sum(sizes) / taken.seconds:,.0f} sessions/s", taken, floor)


def _statements(largest: Scope) -> None:
    from billing.models import Statement
    from billing.payouts.statements import closing, csv_lines, files, paper, rows

    closed = measured(lambda: closing.close_due(now=_MAY - timedelta(days=1)))
    _shown(f"{Statement.objects.count()} statements closed", closed)
    document = Statement.objects.get(host=largest.host, kind="month", begins_on=MARCH.date())
    period = files.period_of(document)
    floor = measured(lambda: _copied(_FLOOR_OF_STATEMENT.format(host=largest.host.pk)))
    print(f"\nA statement of {document.lines:,} rows")
    _shown("floor: its rows by COPY", floor)
    _shown("CSV", measured(lambda: _drained(csv_lines.stream_pieces(period, rows.read(period), now=APRIL))), floor)
    _shown("PDF", measured(lambda: paper.render(period, rows.read(period), number="A1", now=APRIL)), floor)
    _shown("both, stored with their hashes", measured(lambda: files.write(document.pk, now=APRIL)), floor)
    document.refresh_from_db()
    sizes = f"CSV {document.csv_bytes / 2**20:,.0f} MB, PDF {document.pdf_bytes / 2**20:,.0f} MB"
    _shown(
        f"both read again ({sizes})", measured(lambda: [_drained(files.read(document, one)) for one in files.Format])
    )


def _reconciliation(sessions: int) -> None:
    from billing.payouts.bank_lines import differences

    found: list[Any] = []
    floor = measured(lambda: _run(_FLOOR_OF_RECONCILIATION))
    print(f"\nReconciliation of {sessions:,} payments with their receipts, the processor's list and the books")
    _shown("floor: all four joined once", floor)
    taken = measured(lambda: found.extend(differences.find(now=APRIL + timedelta(days=2))))
    wrong = {one.kind for one in found} & {"receipt_not_posted", "capture_not_posted", "capture_differs"}
    if wrong:
        raise SystemExit(f"differences where there are none: {wrong}")
    _shown(f"every difference sought, {len(found):,} found", taken, floor)


def _bank_lines(count: int) -> None:
    """Measures lines of our own account, none of them a payout: each is compared with every payout on its way."""
    from billing.models import BankLine
    from billing.payouts.bank_lines import imports, matching

    print(f"\nA bank's CSV of {count:,} lines")
    with tempfile.TemporaryFile() as file:
        _write_bank_file(file, count)
        file.seek(0)
        values = {"name": "bench.csv", "host": None, "by": "bench", "now": _MAY}
        _shown("imported", measured(lambda: imports.bring_in(file, **values)))
    _shown("matched", measured(lambda: matching.run(None, now=_MAY)))
    if BankLine.objects.filter(match=BankLine.Match.WAITING).exists():
        raise SystemExit("lines were left out")


def _write_bank_file(file: IO[bytes], count: int) -> None:
    file.write(b"Date,Amount,Currency,Account,Counterparty,Counterparty IBAN,Reference,Text\r\n")
    for n in range(count):
        day, amount = f"2026-04-{1 + n % 28:02d}", f"-{20 + n % 400}.{n * 37 % 100:02d}"
        cells = (day, amount, "USD", "NL91ABNA0417164300", f"Supplier {n % 900}", "", f"INV{n:08d}", f"Invoice {n}")
        file.write(f"{','.join(cells)}\r\n".encode())


def _postings(*, entries: int) -> None:
    from billing.payments.books import ledger
    from billing.payments.books.ledger import Cause, Code, Movement
    from chargers.models import Host

    host = Host.objects.create(slug="bench-postings", name="Postings", currency="USD", country="US")

    def movement(number: int) -> Movement:
        return Movement(
            host=host,
            currency="USD",
            cause=Cause(type="bench", id=str(number), kind="posted"),
            lines={Code.GUEST_RECEIVABLE: 1190, Code.TAX_PAYABLE: -190, Code.HOST_PAYABLE: -1000},
            memo="Measured",
            occurred_at=MARCH,
        )

    alone = entries / _seconds(lambda: [ledger.post(movement(number), now=APRIL) for number in range(entries)])
    print(f"\nBalanced entries of three postings: {alone:,.0f}/s", flush=True)


def _shown(what: str, taken: Taken, floor: Taken | None = None) -> None:
    times = f", {taken.seconds / floor.seconds:,.1f} times the floor" if floor else ""
    print(f"  {what + ':':<62} {taken}{times}", flush=True)


def _run(statement: str, **values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)


def _copied(statement: str) -> None:
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        _drained(copy)


def _drained(pieces: Any) -> None:
    for _ in pieces:
        pass


def _seconds(work: Callable[[], object]) -> float:
    return measured(work).seconds
