"""A month of very many sessions, written by SQL: each host's session is sold by the product's code and then copied."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from django.db import connection

from bench.copied import columns, without_triggers
from billing.payouts.payees.agreements import Scope

MARCH, APRIL = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
GROSS_MINOR, TAX_MINOR = 1190, 190
KEPT_OF_EACH: Final = Decimal(50) + Decimal("23.8") + 25
"""The fees on each session: 5 % platform fee of 10.00, and processing as agreed: 2 % of 11.90 and 0.25."""
_TERMS: Final = {
    "platform_fee_pct": Decimal(5),
    "processing": "agreed",
    "processing_pct": Decimal(2),
    "processing_fixed_minor": 25,
}
_AT: Final = "timestamptz '2026-03-02' + c.n * interval '2 seconds'"
_COPIES: Final = """
CREATE TEMPORARY TABLE copies AS
SELECT row_number() OVER () AS n, o.session_id AS of_session, gen_random_uuid() AS key,
    ('01960000-0000-7000-8000-' || lpad(to_hex(row_number() OVER ()), 12, '0'))::uuid AS session_id
FROM unnest(%(sessions)s::uuid[], %(counts)s::bigint[]) AS o(session_id, count), generate_series(1, o.count) g
"""
# For each table: what differs from the copied row, and how the row is found.
_TABLES: Final[tuple[tuple[str, str, Mapping[str, str]], ...]] = (
    ("billing_session", "t.id = c.of_session", {
        "id": "c.session_id", "secret": "md5(c.key::text)", "transaction_id": "NULL", "opened_at": _AT,
        "started_at": _AT, "stopped_at": _AT, "settled_at": _AT,
    }),
    ("billing_rating", "t.session_id = c.of_session", {"id": "2000000 + c.n", "session_id": "c.session_id"}),
    ("billing_receipt", "t.session_id = c.of_session", {
        "id": "2000000 + c.n", "session_id": "c.session_id", "rating_id": "2000000 + c.n", "number": "1 + c.n",
        "issued_at": _AT,
    }),
    ("billing_hold", "t.session_id = c.of_session", {
        "id": "c.session_id", "session_id": "c.session_id", "processor_ref": "'sim_' || c.n", "finished_at": _AT,
        "created_at": _AT,
    }),
    ("billing_processortransaction", "t.source_ref = c.of_session::text", {
        "id": "2000000 + c.n", "ref": "'txn_' || c.n", "payment_ref": "'sim_' || c.n", "source_ref": "''",
        "made_at": _AT, "available_at": f"least({_AT} + interval '2 days', '2026-03-31')",
    }),
    ("billing_ledgerentry", "t.session_id = c.of_session AND t.source_type = 'receipt'", {
        "id": "20000000 + 2 * c.n", "session_id": "c.session_id", "source_id": "(2000000 + c.n)::text",
        "occurred_at": _AT, "posted_at": _AT,
    }),
    ("billing_ledgerentry", "t.session_id = c.of_session AND t.source_type = 'hold'", {
        "id": "20000001 + 2 * c.n", "session_id": "c.session_id", "source_id": "c.session_id::text",
        "occurred_at": _AT, "posted_at": _AT,
    }),
)  # fmt: skip
_POSTINGS: Final = """
INSERT INTO billing_posting ({columns})
SELECT {values} FROM copies c
JOIN billing_ledgerentry e ON e.session_id = c.of_session AND e.id < 20000000
JOIN billing_posting t ON t.entry_id = e.id
ORDER BY c.n
"""
_COUNTED: Final = ("billing_rating", "billing_receipt", "billing_processortransaction", "billing_ledgerentry")


def make(sizes: list[int]) -> list[Scope]:
    """Creates a host for each size, with that many sessions: sold, paid by card, listed by the processor, booked."""
    scopes, sessions = zip(*(_host(number) for number in range(len(sizes))), strict=True)
    with connection.cursor() as cursor, without_triggers():
        cursor.execute(_COPIES, {"sessions": list(sessions), "counts": [size - 1 for size in sizes]})
        cursor.execute("CREATE INDEX ON copies (of_session); ANALYZE")
        for table, condition, changed in _TABLES:
            names, values = columns(table, changed)
            rows = f"SELECT {values} FROM copies c JOIN {table} t ON {condition} ORDER BY c.n"
            cursor.execute(f"INSERT INTO {table} ({names}) {rows}")
        entry = "CASE e.source_type WHEN 'receipt' THEN 20000000 ELSE 20000001 END + 2 * c.n"
        changed = {"id": "nextval(pg_get_serial_sequence('billing_posting', 'id'))", "entry_id": entry}
        names, values = columns("billing_posting", changed)
        cursor.execute(_POSTINGS.format(columns=names, values=values))
        for table in _COUNTED:
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
        cursor.execute("DROP TABLE copies")
        cursor.execute("VACUUM ANALYZE")
    return list(scopes)


def _host(number: int) -> tuple[Scope, Any]:
    """Creates a host with one session; its documents are rows, too."""
    from billing.models import Hold, ProcessorTransaction, Rating, Receipt
    from tests.kit.payouts import books

    known = books(f"bench-{number}")
    known.agree(**_TERMS)
    known.bank()
    at = MARCH.replace(hour=12)
    session = known.session(at=at)
    rating = Rating.objects.create(
        session=session,
        kind="final",
        engine_version="1",
        inputs={},
        report={},
        currency="USD",
        total_minor=GROSS_MINOR,
        net_minor=GROSS_MINOR - TAX_MINOR,
        tax_minor=TAX_MINOR,
        energy_wh=20_000,
        created_at=at,
    )
    receipt = Receipt.objects.create(
        host=known.host, series="2026", number=1, session=session, rating=rating, issued_at=at, document={}
    )
    Hold.objects.create(
        id=session.pk,
        session=session,
        processor="simulated",
        processor_ref=f"sim_first_{number}",
        last4="4242",
        amount_minor=4000,
        captured_minor=GROSS_MINOR,
        currency="USD",
        state=Hold.State.CAPTURED,
        created_at=at,
        finished_at=at,
    )
    ProcessorTransaction.objects.create(
        processor="simulated",
        ref=f"txn_first_{number}",
        kind="payment",
        amount_minor=GROSS_MINOR,
        fee_minor=0,
        net_minor=GROSS_MINOR,
        currency="USD",
        source_ref=str(session.pk),
        payment_ref=f"sim_first_{number}",
        made_at=at,
        available_at=at,
        seen_at=at,
        match="explained",
        host=known.host,
    )
    posted(known, session, receipt=str(receipt.pk), at=at)
    return known.scope, session.pk


def posted(known: Any, session: Any, *, receipt: str, at: datetime) -> None:
    from billing.payments.books import ledger
    from billing.payments.books.ledger import Cause, Code, Movement

    sold = {
        Code.GUEST_RECEIVABLE: GROSS_MINOR,
        Code.TAX_PAYABLE: -TAX_MINOR,
        Code.HOST_PAYABLE: TAX_MINOR - GROSS_MINOR,
    }
    paid = {Code.PROCESSOR_CLEARING: GROSS_MINOR, Code.GUEST_RECEIVABLE: -GROSS_MINOR}
    for cause, lines in (
        (Cause(type="receipt", id=receipt, kind="issued"), sold),
        (Cause(type="hold", id=str(session.pk), kind="captured"), paid),
    ):
        movement = Movement(
            host=known.host,
            currency="USD",
            cause=cause,
            lines=lines,
            memo="Receipt of a session",
            occurred_at=at,
            session_id=session.pk,
        )
        ledger.post(movement, now=at)
