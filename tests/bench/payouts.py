"""Closing a month of many sessions, and posting: each beside what the database needs for the least of it."""

import resource
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from django.db import connection

MARCH, APRIL = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
_MANY_SESSIONS: Final = """
INSERT INTO billing_session
SELECT (jsonb_populate_record(t, jsonb_build_object(
    'id', gen_random_uuid(), 'secret', md5(t.secret || n), 'transaction_id', NULL))).*
FROM billing_session t, generate_series(1, %(count)s) n WHERE t.id = %(session)s
"""
_THEIR_ENTRIES: Final = """
INSERT INTO billing_ledgerentry
SELECT (jsonb_populate_record(e, jsonb_build_object(
    'id', nextval(pg_get_serial_sequence('billing_ledgerentry', 'id')), 'source_id', s.id, 'session_id', s.id))).*
FROM billing_session s JOIN billing_ledgerentry e ON e.session_id = %(session)s
WHERE s.host_id = %(host)s AND s.id <> %(session)s
"""
_THEIR_POSTINGS: Final = """
INSERT INTO billing_posting
SELECT (jsonb_populate_record(p, jsonb_build_object(
    'id', nextval(pg_get_serial_sequence('billing_posting', 'id')), 'entry_id', n.id))).*
FROM billing_ledgerentry n
JOIN billing_ledgerentry e ON e.session_id = %(session)s AND (e.source_type, e.kind) = (n.source_type, n.kind)
JOIN billing_posting p ON p.entry_id = e.id
WHERE n.host_id = %(host)s AND n.session_id <> %(session)s
"""
_FLOOR: Final = """
SELECT p.account_id, p.side, count(*), sum(p.amount_minor)
FROM billing_posting p JOIN billing_ledgerentry e ON e.id = p.entry_id WHERE e.posted_at < %(until)s GROUP BY 1, 2
"""


def tell(*, full: bool) -> None:
    """Prints it."""
    _closing(hosts=100 if full else 20, sessions=10_000 if full else 1_000)
    _postings(entries=20_000 if full else 4_000)


def _closing(*, hosts: int, sessions: int) -> None:
    from billing.payouts import bridge, cycle, forecast

    books = [_month(number, sessions=sessions) for number in range(hosts)]
    _run("ANALYZE")
    floor = _seconds(lambda: _run(_FLOOR, until=APRIL))
    predicted = _seconds(lambda: forecast.of(books[0], now=APRIL))
    before = _peak_kb()
    payouts = []
    taken = _seconds(lambda: payouts.extend(cycle.close(scope, until=APRIL, now=APRIL) for scope in books))
    for payout in payouts:
        if payout is None or bridge.remainder(payout) or payout.moved_minor != 1000 * sessions:
            raise SystemExit(f"{payout} is not what was sold")
    print(f"\nClosing a month of {hosts * sessions:,} sessions of {hosts} hosts, each sold and paid")
    print(f"  {taken:.1f} s, {hosts * sessions / taken:,.0f} sessions/s; {taken / floor:.1f} of reading them once")
    print(f"  forecast of one host {predicted:.2f} s; memory {(_peak_kb() - before) / 1024:.0f} MB more", flush=True)


def _postings(*, entries: int) -> None:
    from billing.books import ledger
    from billing.books.ledger import Cause, Code, Movement
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

    few = entries // 10
    alone = few / _seconds(lambda: [ledger.post(movement(number), now=APRIL) for number in range(few)])
    batches = [[movement(few + start + number) for number in range(1000)] for start in range(0, entries, 1000)]
    together = entries / _seconds(lambda: [ledger.post_many(batch, now=APRIL) for batch in batches])
    print("\nBalanced entries of three postings")
    print(
        f"  one by one {alone:,.0f}/s, in batches of 1,000 {together:,.0f}/s: {together / alone:.1f} times", flush=True
    )


def _month(number: int, *, sessions: int) -> object:
    """A host whose month is one session, many times."""
    from tests.kit.payouts import books

    known = books(f"bench-{number}")
    known.agree()
    known.bank()
    sold = known.sale(1190, tax=190, at=datetime(2026, 3, 5, 12, tzinfo=UTC))
    values = {"session": sold.pk, "host": known.host.pk, "count": sessions - 1}
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # what is copied is balanced
        for statement in (_MANY_SESSIONS, _THEIR_ENTRIES, _THEIR_POSTINGS):
            cursor.execute(statement, values)
        cursor.execute("SET session_replication_role = DEFAULT")
    return known.scope


def _run(statement: str, **values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)


def _seconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def _peak_kb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
