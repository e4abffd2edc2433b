"""Selects the postings of a payout: those of sessions whose money is available, and those without a session.

A session's money is available once nothing is owed for it, no bank contests it, and the card processor has made all of
it available; the latest of these moments counts. Until then all its postings wait together, so that a refund is never
deducted from a host that was not yet credited the sale.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from fractions import Fraction
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Exists, F, OuterRef, Subquery, Sum

from billing.models import Hold, Payout, Posting, ProcessorTransaction
from billing.payments.books import ledger
from billing.payments.books.ledger import Code
from billing.payments.processors.protocol import Movement
from billing.payouts.payees.agreements import Scope

WRITTEN_BY_PAYOUTS: Final = ("payout", "payout_month")
"""Entry sources that only payouts write."""

_CHARGED: Final = (Code.PROCESSOR_FEES, Code.WRITTEN_OFF, Code.TAX_PAYABLE)
"""Accounts whose postings a payout includes besides what is owed to the host.

Their allocations are named after them.
"""

# For each session with a posting that is in no payout yet: what is owed and contested, and when the last money came.
# Card payments are available when the processor's list of movements says so; a payment missing from the list is not
# available. For the time before the list begins, only the capture counts.
_SESSIONS = """
waiting AS (
    SELECT p.id, p.account_id, p.side, p.amount_minor, e.session_id, e.source_type, e.kind, e.id AS entry_id,
        e.posted_at, a.code
    FROM billing_posting p
    JOIN billing_ledgerentry e ON e.id = p.entry_id
    JOIN billing_ledgeraccount a ON a.id = p.account_id
    LEFT JOIN billing_session s ON s.id = e.session_id
    WHERE a.host_id = %(host)s AND a.currency = %(currency)s AND a.code = ANY(%(codes)s)
        AND NOT (e.source_type = ANY(%(own)s))
        AND CASE WHEN %(place)s::bigint IS NOT NULL THEN s.property_id = %(place)s::bigint
            ELSE s.property_id IS NULL OR NOT (s.property_id = ANY(%(others)s)) END
        AND NOT EXISTS (SELECT FROM billing_payoutallocation l WHERE l.posting_id = p.id)
),
booked AS (
    SELECT e.session_id,
        sum(CASE p.side WHEN 'D' THEN p.amount_minor ELSE -p.amount_minor END)
            FILTER (WHERE a.code <> 'dispute_hold')::bigint AS owed_minor,
        sum(CASE p.side WHEN 'D' THEN p.amount_minor ELSE -p.amount_minor END)
            FILTER (WHERE a.code = 'dispute_hold')::bigint AS contested_minor,
        bool_or(a.code = 'roaming_receivable') AS is_roaming,
        max(e.occurred_at) FILTER (WHERE p.side = 'C' AND a.code <> 'dispute_hold') AS collected_at
    FROM billing_ledgerentry e
    JOIN billing_posting p ON p.entry_id = e.id
    JOIN billing_ledgeraccount a ON a.id = p.account_id
        AND a.code IN ('guest_receivable', 'roaming_receivable', 'employer_receivable', 'dispute_hold')
    WHERE e.session_id IN (SELECT session_id FROM waiting)
    GROUP BY e.session_id
),
cleared AS (
    SELECT h.session_id, max(t.available_at) AS available_at, bool_or(t.id IS NULL AND h.finished_at >= coalesce(
        (SELECT min(made_at) FROM billing_processortransaction WHERE processor = h.processor), '-infinity'
    )) AS is_unlisted
    FROM billing_hold h
    LEFT JOIN billing_processortransaction t ON t.processor = h.processor AND t.payment_ref = h.processor_ref
        AND t.kind = 'payment'
    WHERE h.session_id IN (SELECT session_id FROM waiting) AND h.state = 'captured' AND h.captured_minor > 0
    GROUP BY h.session_id
),
sessions AS (
    SELECT session_id, greatest(b.owed_minor, 0) AS owed_minor, coalesce(b.contested_minor, 0) AS contested_minor,
        coalesce(b.is_roaming, false) AS is_roaming, coalesce(c.is_unlisted, false) AS is_unlisted,
        CASE WHEN NOT coalesce(c.is_unlisted, false) THEN greatest(b.collected_at, c.available_at) END AS available_at
    FROM booked b FULL JOIN cleared c USING (session_id)
)
"""
_IS_THERE = """
    (w.posted_at < %(until)s AND (w.session_id IS NULL
        OR coalesce(s.owed_minor, 0) = 0 AND coalesce(s.contested_minor, 0) = 0
            AND NOT coalesce(s.is_unlisted, false) AND coalesce(s.available_at, w.posted_at) < %(until)s))
"""
_KIND = """
    CASE WHEN w.code <> 'host_payable' THEN w.code
        WHEN w.source_type = 'receipt' THEN 'sessions'
        WHEN w.source_type IN ('refund', 'refund_part') THEN 'refunds'
        WHEN w.source_type = 'dispute' THEN 'disputes'
        WHEN w.source_type = 'period' THEN 'plans'
        WHEN w.source_type = 'home_invoice' THEN 'home_fees'
        ELSE 'adjustments' END
"""
_ALLOCATE = f"""
WITH {_SESSIONS}
INSERT INTO billing_payoutallocation (payout_id, posting_id, kind, amount_minor)
SELECT %(payout)s, w.id,
    {_KIND},
    CASE WHEN w.code <> 'host_payable' THEN 0 WHEN w.side = 'C' THEN w.amount_minor ELSE -w.amount_minor END
FROM waiting w LEFT JOIN sessions s ON s.session_id = w.session_id
WHERE {_IS_THERE}
ON CONFLICT (posting_id) DO NOTHING
"""  # noqa: S608 - made of the constants above
# What `_ALLOCATE` would give a payout, without writing a row.
_WOULD_BE_HERE = f"""
WITH {_SESSIONS},
here AS MATERIALIZED (
    SELECT w.entry_id, w.session_id, w.source_type, w.amount_minor, {_KIND} AS allocated_as,
        CASE w.side WHEN 'C' THEN w.amount_minor ELSE -w.amount_minor END AS credited_minor
    FROM waiting w LEFT JOIN sessions s ON s.session_id = w.session_id
    WHERE {_IS_THERE}
)
"""  # noqa: S608 - made of the constants above
_IS_HERE = """
WITH here AS MATERIALIZED (
    SELECT p.entry_id, e.session_id, e.source_type, p.amount_minor, l.kind AS allocated_as,
        CASE p.side WHEN 'C' THEN p.amount_minor ELSE -p.amount_minor END AS credited_minor
    FROM billing_payoutallocation l
    JOIN billing_posting p ON p.id = l.posting_id
    JOIN billing_ledgerentry e ON e.id = p.entry_id
    WHERE l.payout_id = %(payout)s
)
"""
# First the sales as posted by their receipts: those of the period, which the dashboard shows, and those of this payout.
# Then all parts of the payout's amount, each row as JSON, so that the postings are read only once.
_PARTS = """
, sold AS MATERIALIZED (
    SELECT e.id AS entry_id, e.session_id, e.kind,
        e.posted_at >= %(begins_at)s AND e.posted_at < %(ends_at)s AS is_of_period,
        e.id IN (SELECT entry_id FROM here WHERE allocated_as = 'sessions') AS is_here
    FROM billing_ledgeraccount a
    JOIN billing_posting p ON p.account_id = a.id
    JOIN billing_ledgerentry e ON e.id = p.entry_id
    JOIN billing_session s ON s.id = e.session_id
    WHERE a.host_id = %(host)s AND a.currency = %(currency)s AND a.code = 'host_payable' AND e.source_type = 'receipt'
        AND (e.posted_at >= %(begins_at)s AND e.posted_at < %(ends_at)s
            OR e.id IN (SELECT entry_id FROM here WHERE allocated_as = 'sessions'))
        AND CASE WHEN %(place)s::bigint IS NOT NULL THEN s.property_id = %(place)s::bigint
            ELSE NOT (s.property_id = ANY(%(others)s)) END
)
SELECT 'sums', to_jsonb(q) FROM (
    SELECT allocated_as AS kind, count(*) AS count, sum(credited_minor)::bigint AS minor,
        coalesce(sum(credited_minor) FILTER (WHERE source_type = 'dispute'), 0)::bigint AS of_disputes_minor
    FROM here GROUP BY 1
) q
UNION ALL SELECT 'sessions', to_jsonb(q) FROM (
    SELECT is_of_period, is_here, count(*) AS sessions
    FROM (SELECT DISTINCT is_of_period, is_here, session_id FROM sold) each GROUP BY 1, 2
) q
UNION ALL SELECT 'moved', to_jsonb(q) FROM (
    SELECT s.is_of_period, s.is_here, a.code, count(*) FILTER (WHERE s.kind = 'issued') AS issued,
        sum(CASE p.side WHEN 'D' THEN p.amount_minor ELSE -p.amount_minor END)::bigint AS minor
    FROM sold s JOIN billing_posting p ON p.entry_id = s.entry_id
    JOIN billing_ledgeraccount a ON a.id = p.account_id AND a.currency = %(currency)s
    GROUP BY 1, 2, 3
) q
UNION ALL SELECT 'given_up', to_jsonb(q) FROM (
    SELECT h.amount_minor AS gross_minor, r.tax_minor, r.total_minor FROM here h LEFT JOIN LATERAL (
        SELECT tax_minor, total_minor FROM billing_rating
        WHERE session_id = h.session_id AND total_minor > 0 ORDER BY id DESC LIMIT 1
    ) r ON true
    WHERE h.allocated_as = 'written_off'
) q
"""
_OF_PENDING = f"""
SELECT why, count(session_id) AS sessions, sum(minor)::bigint AS amount_minor, max(available_at) AS last_available_at
FROM (
    SELECT CASE WHEN {_IS_THERE} THEN 'available'
            WHEN s.contested_minor <> 0 THEN 'disputed'
            WHEN s.owed_minor > 0 AND s.is_roaming THEN 'roaming'
            WHEN s.owed_minor > 0 THEN 'unpaid'
            ELSE 'clearing' END AS why,
        w.session_id, max(s.available_at) AS available_at,
        sum(CASE w.side WHEN 'C' THEN w.amount_minor ELSE -w.amount_minor END) AS minor
    FROM waiting w LEFT JOIN sessions s ON s.session_id = w.session_id
    WHERE w.code = 'host_payable'
    GROUP BY 1, 2
) each
GROUP BY 1 ORDER BY 1
"""  # noqa: S608 - made of the constants above
_PENDING = f"WITH {_SESSIONS} {_OF_PENDING}"
_AND_PENDING = f"UNION ALL SELECT 'pending', to_jsonb(q) FROM ({_OF_PENDING}) q"  # noqa: S608 - as above


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """Money owed to a host that is in no payout yet, for one reason.

    `why`: available, clearing (the processor has not made it available), unpaid, roaming, disputed; or the outcome of
    an earlier payout, with details in `sentence`.
    """

    why: str
    sessions: int
    amount_minor: int
    last_available_at: datetime | None
    sentence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenSum:
    """The postings of one kind: their number, and their credits less debits, in total and for disputes only."""

    count: int
    minor: int
    of_disputes_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sales:
    """Sales by receipt: gross with tax, the drivers' share of it, and how much of it is tax, kept, and the host's."""

    sessions: int = 0
    gross_minor: int = 0
    tax_minor: int = 0
    kept_minor: int = 0
    net_minor: int = 0
    by_drivers_minor: int = 0
    payments: int = 0

    def plus(self, other: "Sales") -> "Sales":
        return Sales(**{field.name: getattr(self, field.name) + getattr(other, field.name) for field in fields(self)})


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenPostings:
    """The sums of the postings that a payout has, or would have if it were closed.

    `sales` is keyed by whether they are of the period, and whether they are in the payout. `given_up` has the gross of
    each posting that was written off, with the tax share of its session's last receipt.
    """

    sums: Mapping[str, TakenSum]
    sales: Mapping[tuple[bool, bool], Sales]
    given_up: list[tuple[int, Fraction]]
    pending: list[Pending]
    """What is in no payout yet, by reason; only set for a payout that is not stored."""

    @property
    def owed(self) -> dict[str, TakenSum]:
        """Returns the sums owed to the host, by kind; the others are only charged to it."""
        return {kind: taken_sum for kind, taken_sum in self.sums.items() if kind not in _CHARGED}

    @property
    def mine(self) -> Sales:
        """Returns the sales in the payout."""
        return self.sales.get((True, True), Sales()).plus(self.sales.get((False, True), Sales()))

    def credited(self, kind: str) -> int:
        """Returns the credits less debits of one kind of posting."""
        return self.sums[kind].minor if kind in self.sums else 0

    def credited_of_disputes(self, kind: str) -> int:
        return self.sums[kind].of_disputes_minor if kind in self.sums else 0


def allocate(payout: Payout, scope: Scope, *, own_places: set[int], codes: tuple[str, ...]) -> int:
    """Allocates every posting that is available before the end of the payout's period. Returns their number.

    Call it in the transaction that locked the scope. One statement; postings of other payouts are left alone.
    """
    values = _values(scope, own_places=own_places, until=payout.ends_at, codes=codes)
    with connection.cursor() as cursor:
        cursor.execute(_ALLOCATE, {**values, "payout": payout.pk})
        allocated: int = cursor.rowcount
        return allocated


def sum_allocated(payout: Payout, scope: Scope, *, own_places: set[int]) -> TakenPostings:
    """Sums up what was allocated to the payout. One query."""
    return _load_taken(_IS_HERE + _PARTS, payout, _values(scope, own_places=own_places, until=payout.ends_at, codes=()))


def would_take(payout: Payout, scope: Scope, *, own_places: set[int], codes: tuple[str, ...]) -> TakenPostings:
    """Sums up what `allocate` would give an unsaved payout. One query; nothing is written."""
    return _load_taken(
        f"{_WOULD_BE_HERE} {_PARTS} {_AND_PENDING}",
        payout,
        _values(scope, own_places=own_places, until=payout.ends_at, codes=codes),
    )


def _load_taken(statement: str, payout: Payout, values: Mapping[str, Any]) -> TakenPostings:
    span: dict[str, Any] = {"payout": payout.pk, "begins_at": payout.begins_at, "ends_at": payout.ends_at}
    parts: dict[str, list[dict[str, Any]]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(statement, dict(values) | span)
        for part, row in cursor.fetchall():
            parts[part].append(json.loads(row) if isinstance(row, str) else row)
    return TakenPostings(
        sums={row.pop("kind"): TakenSum(**row) for row in parts["sums"]},
        sales=_sales(parts["sessions"], parts["moved"]),
        given_up=[
            (row["gross_minor"], Fraction(row["tax_minor"], row["total_minor"]) if row["total_minor"] else Fraction(0))
            for row in parts["given_up"]
        ],
        pending=[_pending(row) for row in parts["pending"]],
    )


def _sales(sessions: Sequence[dict[str, Any]], moved: Sequence[dict[str, Any]]) -> dict[tuple[bool, bool], Sales]:
    """Groups sales by whether they are of the period, and in the payout."""
    by_code: dict[tuple[bool, bool], dict[str, int]] = defaultdict(dict)
    payments: dict[tuple[bool, bool], int] = {}
    for row in moved:
        key = row["is_of_period"], row["is_here"]
        by_code[key][row["code"]] = row["minor"]
        if row["code"] == Code.GUEST_RECEIVABLE:
            payments[key] = row["issued"]
    sales = {}
    for row in sessions:
        key = row["is_of_period"], row["is_here"]
        codes = by_code[key]
        by_drivers = codes.get(Code.GUEST_RECEIVABLE, 0)
        sales[key] = Sales(
            sessions=row["sessions"],
            gross_minor=by_drivers + codes.get(Code.ROAMING_RECEIVABLE, 0),
            tax_minor=-codes.get(Code.TAX_PAYABLE, 0),
            kept_minor=-codes.get(Code.PLATFORM_REVENUE, 0),
            net_minor=-codes.get(Code.HOST_PAYABLE, 0),
            by_drivers_minor=by_drivers,
            payments=payments.get(key, 0),
        )
    return sales


def _pending(row: dict[str, Any]) -> Pending:
    at = row.pop("last_available_at")
    return Pending(**row, last_available_at=datetime.fromisoformat(at) if at else None)


def pending(scope: Scope, *, own_places: set[int], until: datetime) -> list[Pending]:
    """Returns what is in no payout yet, by reason, judged for a period that ends at `until`. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_PENDING, _values(scope, own_places=own_places, until=until, codes=("host_payable",)))
        return [
            Pending(why=why, sessions=sessions, amount_minor=minor, last_available_at=at)
            for why, sessions, minor, at in cursor.fetchall()
        ]


def _values(scope: Scope, *, own_places: set[int], until: datetime, codes: tuple[str, ...]) -> Mapping[str, Any]:
    return {
        "host": scope.host.pk,
        "currency": scope.currency,
        "place": scope.property_.pk if scope.property_ else None,
        "others": sorted(own_places),
        "codes": list(codes),
        "own": list(WRITTEN_BY_PAYOUTS),
        "until": until,
    }


def waiting_for(session_id: UUID) -> str | None:
    """Returns why a session is in no payout yet, as in `Pending.why`; None if nothing is owed to the host.

    Two queries.
    """
    return waiting_for_each({session_id}).get(session_id)


def waiting_for_each(sessions: Collection[UUID]) -> dict[UUID, str]:
    """Returns why sessions are in no payout yet, without those for which the host is owed nothing. Two queries."""
    rows = Posting.objects.filter(entry__session__in=sessions).order_by("entry__session", "account__code")
    moved: dict[UUID, dict[str, int]] = {}
    for session_id, code, minor in rows.values_list("entry__session", "account__code").annotate(
        minor=Sum(ledger.DEBITED)
    ):
        moved.setdefault(session_id, {})[code] = minor
    unlisted = _find_unlisted_sessions(moved)
    return {
        pk: "clearing" if why == "available" and pk in unlisted else why
        for pk, codes in moved.items()
        if codes.get(Code.HOST_PAYABLE) and (why := _pending_reason(codes))
    }


def _find_unlisted_sessions(sessions: Collection[UUID]) -> set[UUID]:
    """Returns the sessions with a payment missing from the processor's list, judged as in `_SESSIONS`."""
    payments = ProcessorTransaction.objects.filter(processor=OuterRef("processor"))
    own_payments = payments.filter(payment_ref=OuterRef("processor_ref"), kind=Movement.PAYMENT)
    begins = payments.order_by("made_at").values("made_at")[:1]
    holds = Hold.objects.filter(
        ~Exists(own_payments), session__in=sessions, state=Hold.State.CAPTURED, captured_minor__gt=0
    )
    unlisted = holds.annotate(begins=Subquery(begins)).exclude(finished_at__lt=F("begins"))
    return set(unlisted.values_list("session_id", flat=True))


def _pending_reason(moved: Mapping[str, int]) -> str:
    if moved.get(Code.DISPUTE_HOLD):
        return "disputed"
    if moved.get(Code.ROAMING_RECEIVABLE, 0) > 0:
        return "roaming"
    return "unpaid" if moved.get(Code.GUEST_RECEIVABLE, 0) > 0 else "available"
