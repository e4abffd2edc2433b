"""From what the dashboard showed to what the bank receives: rows of a fixed order that add up, each with its sentence.

The rows are made of the payout's own allocations when it is calculated, and stay: what is posted later is in a later
payout. Amounts are minor units, for the host if positive.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Count, QuerySet, Sum

from billing.books import ledger
from billing.models import LedgerAccount, Payout, Posting

Row = dict[str, Any]
"""`kind`, `amount_minor`, and the facts of its sentence: `sessions`, `days` and the like."""

LABELS: Final[Mapping[str, str]] = {
    "sessions": "Charged for sessions that ended in the period",
    "tax": "Tax that the platform remits",
    "timing_out": "Ended in the period, not available yet",
    "timing_in": "Ended earlier, available now",
    "refunds": "Refunds",
    "platform_fee": "Platform fee",
    "processing": "Card processing",
    "other": "Plans, disputes, subscription and corrections",
    "carried_in": "Carried from earlier payouts",
    "carried_out": "Carried to the next payout",
}
NOT_PAID: Final = (Payout.State.CARRIED, Payout.State.FAILED, Payout.State.RETURNED, Payout.State.REISSUED)
"""Whose last row carries everything on: their rows add up to nothing."""
_GROUPS: Final[Mapping[str, str]] = {
    "refunds": "refunds", "fee_returned": "platform_fee", "platform_fee": "platform_fee", "processing": "processing",
    "plans": "other", "disputes": "other", "dispute_fee": "other", "subscription": "other", "adjustments": "other",
    "written_off": "other", "tax_remitted": "tax",
}  # fmt: skip

# Sales as their receipts posted them: those of the period, which the dashboard shows, and those of this payout.
_SALES: Final = """
WITH sales AS (
    SELECT e.id, e.session_id,
        e.posted_at >= %(begins_at)s AND e.posted_at < %(ends_at)s AS is_of_period,
        coalesce(bool_or(l.payout_id = %(payout)s), false) AS is_here,
        sum(CASE WHEN a.code IN ('guest_receivable', 'roaming_receivable')
            THEN CASE p.side WHEN 'D' THEN p.amount_minor ELSE -p.amount_minor END ELSE 0 END) AS gross_minor,
        sum(CASE WHEN a.code = 'tax_payable'
            THEN CASE p.side WHEN 'C' THEN p.amount_minor ELSE -p.amount_minor END ELSE 0 END) AS tax_minor,
        sum(CASE WHEN a.code = 'platform_revenue'
            THEN CASE p.side WHEN 'C' THEN p.amount_minor ELSE -p.amount_minor END ELSE 0 END) AS kept_minor,
        sum(CASE WHEN a.code = 'host_payable'
            THEN CASE p.side WHEN 'C' THEN p.amount_minor ELSE -p.amount_minor END ELSE 0 END) AS net_minor
    FROM billing_ledgerentry e
    JOIN billing_session s ON s.id = e.session_id
    JOIN billing_posting p ON p.entry_id = e.id
    JOIN billing_ledgeraccount a ON a.id = p.account_id
    LEFT JOIN billing_payoutallocation l ON l.posting_id = p.id AND l.kind = 'sessions'
    WHERE e.host_id = %(host)s AND a.currency = %(currency)s AND e.source_type = 'receipt'
        AND CASE WHEN %(place)s::bigint IS NOT NULL THEN s.property_id = %(place)s::bigint
            ELSE NOT (s.property_id = ANY(%(others)s)) END
        AND (e.posted_at >= %(begins_at)s AND e.posted_at < %(ends_at)s OR e.id IN (
            SELECT q.entry_id FROM billing_payoutallocation m JOIN billing_posting q ON q.id = m.posting_id
            WHERE m.payout_id = %(payout)s AND m.kind = 'sessions'))
    GROUP BY e.id
    HAVING bool_or(a.code = 'host_payable')
)
SELECT is_of_period, is_here, count(DISTINCT session_id), sum(gross_minor)::bigint, sum(tax_minor)::bigint,
    sum(kept_minor)::bigint, sum(net_minor)::bigint
FROM sales GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sales:
    sessions: int = 0
    gross_minor: int = 0
    tax_minor: int = 0
    kept_minor: int = 0
    net_minor: int = 0

    def plus(self, other: "_Sales") -> "_Sales":
        return _Sales(**{one.name: getattr(self, one.name) + getattr(other, one.name) for one in fields(self)})


def rows(payout: Payout, *, own_places: set[int]) -> list[Row]:
    """Call it in the transaction that calculates the payout, with its carries stored. Rows of nothing are left out."""
    sales = _sales(payout, own_places=own_places)
    late, early = sales.get((True, False), _Sales()), sales.get((False, True), _Sales())
    shown = sales.get((True, True), _Sales()).plus(late)
    found: dict[str, Row] = {kind: {"kind": kind, "amount_minor": 0} for kind in LABELS}
    found["sessions"] |= {"amount_minor": shown.gross_minor, "sessions": shown.sessions}
    found["tax"] |= {"amount_minor": -shown.tax_minor}
    found["processing"] |= {"amount_minor": -shown.kept_minor}
    found["timing_out"] |= {"amount_minor": -late.net_minor, "sessions": late.sessions}
    found["timing_in"] |= {"amount_minor": early.net_minor, "sessions": early.sessions}
    for kind, count, minor in _allocated(payout):
        row = found[_GROUPS[kind]]
        row["amount_minor"] += minor
        if minor:
            row["parts"] = [*row.get("parts", ()), {"kind": kind, "count": count, "amount_minor": minor}]
    found["carried_in"] |= {"amount_minor": payout.opening_minor, "payouts": _taken(payout)}
    found["carried_out"] |= {"amount_minor": -payout.carried_minor, "parts": _left(payout)}
    return [row for row in found.values() if row["amount_minor"] or row.get("sessions")]


def paid_minor(payout: Payout) -> int:
    """What the rows come to: the amount, or nothing where it was carried on or failed."""
    return 0 if payout.state in NOT_PAID else payout.amount_minor


def remainder(payout: Payout) -> int:
    """What the rows do not explain: 0."""
    explained: int = sum(row["amount_minor"] for row in payout.bridge)
    return paid_minor(payout) - explained


def _sales(payout: Payout, *, own_places: set[int]) -> dict[tuple[bool, bool], _Sales]:
    """By whether they are of the period, and in this payout."""
    values: dict[str, Any] = {
        "payout": payout.pk,
        "host": payout.host_id,
        "currency": payout.currency,
        "place": payout.property_id,
        "others": sorted(own_places),
        "begins_at": payout.begins_at,
        "ends_at": payout.ends_at,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SALES, values)
        return {
            (of_period, here): _Sales(
                sessions=sessions, gross_minor=gross, tax_minor=tax, kept_minor=kept, net_minor=net
            )
            for of_period, here, sessions, gross, tax, kept, net in cursor.fetchall()
        }


def _allocated(payout: Payout) -> Iterator[tuple[str, int, int]]:
    sums = payout.allocations.filter(kind__in=_GROUPS).values_list("kind").order_by("kind")
    yield from sums.annotate(count=Count("id"), minor=Sum("amount_minor"))


def _taken(payout: Payout) -> list[str]:
    return sorted({one.payout.label for one in payout.openings.select_related("payout")})


def _left(payout: Payout) -> list[dict[str, Any]]:
    return [{"kind": one.kind, "amount_minor": -one.amount_minor} for one in payout.carries.order_by("id")]


def postings(payout: Payout, kind: str, *, own_places: set[int]) -> QuerySet[Posting]:
    """The postings behind a row, the oldest first, each with its entry and `minor`, for the host if positive.

    Empty for what was carried: those rows lead to other payouts.
    """
    rows = Posting.objects.select_related("entry").annotate(minor=ledger.CREDITED).order_by("entry_id")
    mine = rows.filter(allocation__payout=payout)
    if kind == "timing_in":
        return mine.filter(allocation__kind="sessions", entry__posted_at__lt=payout.begins_at)
    if kind in ("sessions", "timing_out"):
        shown = _of_period(rows, payout, own_places=own_places)
        return shown if kind == "sessions" else shown.exclude(allocation__payout=payout)
    kinds = [name for name, group in _GROUPS.items() if group == kind]
    return mine.filter(allocation__kind__in=kinds).exclude(allocation__amount_minor=0)


def payout_of(session_id: UUID) -> Payout | None:
    """The newest payout that has something of a session."""
    taken = Payout.objects.filter(allocations__posting__entry__session=session_id, allocations__kind="sessions")
    return taken.select_related("host").order_by("-ends_at").first()


def _of_period(rows: QuerySet[Posting], payout: Payout, *, own_places: set[int]) -> QuerySet[Posting]:
    found = rows.filter(
        account__host=payout.host_id,
        account__currency=payout.currency,
        account__code=LedgerAccount.Code.HOST_PAYABLE,
        entry__source_type="receipt",
        entry__session__isnull=False,
        entry__posted_at__gte=payout.begins_at,
        entry__posted_at__lt=payout.ends_at,
    )
    if payout.property_id:
        return found.filter(entry__session__property=payout.property_id)
    return found.exclude(entry__session__property__in=own_places)
