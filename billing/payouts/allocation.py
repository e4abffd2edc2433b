"""Which postings a payout consists of: those of sessions whose money is there, and all that belong to no session.

Money of a session is there once nothing is owed for it, no bank contests it, and the card processor has made the
last of it available: the latest of these moments is when the session became available. Until then its postings wait,
all together, so that a refund is never deducted from a host that was not credited the sale.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Sum

from billing.books import ledger
from billing.books.ledger import Code
from billing.models import Payout, Posting
from billing.payees.agreements import Scope

WRITTEN_BY_PAYOUTS: Final = ("payout", "payout_month")
"""Sources of entries that payouts post themselves."""

_CHARGED: Final = (Code.PROCESSOR_FEES, Code.WRITTEN_OFF, Code.TAX_PAYABLE)
"""Accounts whose postings a payout takes beside what is owed to the host: their allocations are named after them."""

# Of each session that has a posting in no payout yet: what is owed and contested, and when the last money came. What
# cards paid is available when the processor says so, which its list of movements knows.
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
            FILTER (WHERE a.code IN ('guest_receivable', 'roaming_receivable', 'employer_receivable')) AS owed_minor,
        sum(CASE p.side WHEN 'D' THEN p.amount_minor ELSE -p.amount_minor END)
            FILTER (WHERE a.code = 'dispute_hold') AS contested_minor,
        bool_or(a.code = 'roaming_receivable') AS is_roaming,
        max(e.occurred_at) FILTER (WHERE p.side = 'C'
            AND a.code IN ('guest_receivable', 'roaming_receivable', 'employer_receivable')) AS collected_at
    FROM billing_ledgerentry e
    JOIN billing_posting p ON p.entry_id = e.id
    JOIN billing_ledgeraccount a ON a.id = p.account_id
    WHERE e.session_id IN (SELECT session_id FROM waiting)
    GROUP BY e.session_id
),
cleared AS (
    SELECT h.session_id, max(t.available_at) AS available_at
    FROM billing_hold h
    JOIN billing_processortransaction t ON t.processor = h.processor AND t.payment_ref = h.processor_ref
        AND t.kind = 'payment'
    WHERE h.session_id IN (SELECT session_id FROM waiting) AND h.state = 'captured'
    GROUP BY h.session_id
),
sessions AS (
    SELECT b.session_id, greatest(b.owed_minor, 0) AS owed_minor, coalesce(b.contested_minor, 0) AS contested_minor,
        b.is_roaming, greatest(b.collected_at, c.available_at) AS available_at
    FROM booked b LEFT JOIN cleared c ON c.session_id = b.session_id
)
"""
_IS_THERE = """
    (w.posted_at < %(until)s AND (w.session_id IS NULL
        OR s.owed_minor = 0 AND s.contested_minor = 0 AND coalesce(s.available_at, w.posted_at) < %(until)s))
"""
_ALLOCATE = f"""
WITH {_SESSIONS}
INSERT INTO billing_payoutallocation (payout_id, posting_id, kind, amount_minor)
SELECT %(payout)s, w.id,
    CASE WHEN w.code <> 'host_payable' THEN w.code
        WHEN w.source_type = 'receipt' THEN 'sessions'
        WHEN w.source_type IN ('refund', 'refund_part') THEN 'refunds'
        WHEN w.source_type = 'dispute' THEN 'disputes'
        WHEN w.source_type = 'period' THEN 'plans'
        ELSE 'adjustments' END,
    CASE WHEN w.code <> 'host_payable' THEN 0 WHEN w.side = 'C' THEN w.amount_minor ELSE -w.amount_minor END
FROM waiting w LEFT JOIN sessions s ON s.session_id = w.session_id
WHERE {_IS_THERE}
ON CONFLICT (posting_id) DO NOTHING
"""  # noqa: S608 - made of the constants above
_PENDING = f"""
WITH {_SESSIONS}
SELECT CASE WHEN {_IS_THERE} THEN 'available'
        WHEN s.contested_minor <> 0 THEN 'disputed'
        WHEN s.owed_minor > 0 AND s.is_roaming THEN 'roaming'
        WHEN s.owed_minor > 0 THEN 'unpaid'
        ELSE 'clearing' END AS why,
    count(DISTINCT w.session_id) AS sessions,
    sum(CASE w.side WHEN 'C' THEN w.amount_minor ELSE -w.amount_minor END)::bigint AS amount_minor,
    max(s.available_at) AS last_available_at
FROM waiting w LEFT JOIN sessions s ON s.session_id = w.session_id
WHERE w.code = 'host_payable'
GROUP BY 1 ORDER BY 1
"""  # noqa: S608 - made of the constants above


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """What is owed to a host and in no payout yet, for one reason.

    `why`: available, clearing (the processor has not made it available), unpaid, roaming, disputed.
    """

    why: str
    sessions: int
    amount_minor: int
    last_available_at: datetime | None


def allocate(payout: Payout, scope: Scope, *, own_places: set[int], codes: tuple[str, ...]) -> int:
    """Gives the payout every posting that is available before the end of its period; answers how many.

    Call it in the transaction that locked the scope. One statement; a posting that another payout has is left.
    """
    values = _values(scope, own_places=own_places, until=payout.ends_at, codes=codes)
    with connection.cursor() as cursor:
        cursor.execute(_ALLOCATE, {**values, "payout": payout.pk})
        allocated: int = cursor.rowcount
        return allocated


def has_any(payout: Payout) -> bool:
    """Whether the payout was given anything that is owed to the host, not only what is charged to it."""
    return payout.allocations.exclude(kind__in=_CHARGED).exists()


def pending(scope: Scope, *, own_places: set[int], until: datetime) -> list[Pending]:
    """What is in no payout yet, by reason, as it would be judged for a period that ends at `until`. One query."""
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
        "place": scope.place.pk if scope.place else None,
        "others": sorted(own_places),
        "codes": list(codes),
        "own": list(WRITTEN_BY_PAYOUTS),
        "until": until,
    }


def waiting_for(session_id: UUID) -> str | None:
    """Why a session is in no payout yet, as in `Pending.why`; None where the host is owed nothing of it. One query."""
    return waiting_for_each({session_id}).get(session_id)


def waiting_for_each(sessions: Collection[UUID]) -> dict[UUID, str]:
    """The same for many; without those of which the host is owed nothing. One query."""
    rows = Posting.objects.filter(entry__session__in=sessions).order_by("entry__session", "account__code")
    moved: dict[UUID, dict[str, int]] = {}
    for session_id, code, minor in rows.values_list("entry__session", "account__code").annotate(
        minor=Sum(ledger.DEBITED)
    ):
        moved.setdefault(session_id, {})[code] = minor
    return {pk: _why(codes) for pk, codes in moved.items() if codes.get(Code.HOST_PAYABLE)}


def _why(moved: Mapping[str, int]) -> str:
    if moved.get(Code.DISPUTE_HOLD):
        return "disputed"
    if moved.get(Code.ROAMING_RECEIVABLE, 0) > 0:
        return "roaming"
    return "unpaid" if moved.get(Code.GUEST_RECEIVABLE, 0) > 0 else "available"
