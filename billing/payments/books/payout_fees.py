"""What payouts kept, by the time of the sales that it was kept of: a fee belongs to the month of its sessions.

A payout posts each of its fees as one sum when it is closed, days after its period. Here each sum is spread over the
underlying sales by cumulated shares, rounded half away from zero, so that the parts of any spans add up to it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection
from django.db.models import QuerySet

from billing.models import LedgerAccount

KINDS: Final = (
    "platform_fee", "fee_returned", "processing", "dispute_fee", "written_off", "subscription", "tax_remitted",
)  # fmt: skip
"""Kinds of entries that a payout posts when it is closed, except those about its transfer to the bank."""

# `kept` are the sums of the payouts that overlap the span. For those wholly within it nothing more is read; for the
# others, the postings that each sum was kept of (`weighed`), by kind as `billing.payouts.cycle.deductions` computes it.
_WITHIN: Final = """
kept AS (
    SELECT y.id AS payout_id, l.kind, a.currency, -l.amount_minor AS minor, g.processing = 'actual' AS is_actual,
        coalesce(y.counts_from >= %(since)s, false) AND y.ends_at <= %(until)s AND l.kind <> 'subscription' AS is_whole,
        CASE WHEN l.kind = 'subscription'
            THEN (to_date(right(e.source_id, 7), 'YYYY-MM') + interval '1 month')::timestamp AT TIME ZONE y.time_zone
            ELSE y.ends_at END - interval '1 microsecond' AS at
    FROM billing_payout y
    JOIN billing_payoutagreement g ON g.id = y.agreement_id
    JOIN billing_payoutallocation l ON l.payout_id = y.id AND l.kind = ANY(%(kinds)s)
    JOIN billing_posting p ON p.id = l.posting_id
    JOIN billing_ledgerentry e ON e.id = p.entry_id AND e.source_type IN ('payout', 'payout_month')
    JOIN billing_ledgeraccount a ON a.id = p.account_id
    WHERE p.account_id IN (SELECT pk FROM mine) AND y.ends_at > %(since)s
        AND (y.counts_from IS NULL OR least(y.counts_from, y.begins_at) < %(until)s)
),
weighed AS (
    SELECT k.payout_id, k.kind, sum(w.minor) AS total,
        coalesce(sum(w.minor) FILTER (WHERE w.posted_at < %(since)s), 0) AS before,
        coalesce(sum(w.minor) FILTER (WHERE w.posted_at < %(until)s), 0) AS through
    FROM kept k
    CROSS JOIN LATERAL (
        SELECT CASE WHEN o.amount_minor <> 0 THEN o.amount_minor WHEN p.side = 'D' THEN p.amount_minor
            ELSE -p.amount_minor END AS minor, e.posted_at
        FROM billing_payoutallocation o
        JOIN billing_posting p ON p.id = o.posting_id
        JOIN billing_ledgerentry e ON e.id = p.entry_id AND e.source_type NOT IN ('payout', 'payout_month')
        WHERE o.payout_id = k.payout_id AND CASE k.kind
            WHEN 'platform_fee' THEN o.kind IN ('sessions', 'plans')
            WHEN 'fee_returned' THEN o.kind = 'refunds'
            WHEN 'dispute_fee' THEN o.kind = 'processor_fees' AND e.source_type = 'dispute'
            WHEN 'written_off' THEN o.kind = 'written_off'
            WHEN 'tax_remitted' THEN o.kind = 'tax_payable'
            WHEN 'processing' THEN CASE WHEN k.is_actual
                THEN o.kind = 'processor_fees' AND e.source_type <> 'dispute' ELSE o.kind = 'sessions' END
            ELSE false END
    ) w
    WHERE NOT k.is_whole
    GROUP BY 1, 2
)
SELECT k.currency, k.kind = 'tax_remitted' AS is_tax, sum(CASE
    WHEN k.is_whole THEN k.minor
    WHEN coalesce(w.total, 0) = 0 THEN CASE WHEN k.at >= %(since)s AND k.at < %(until)s THEN k.minor ELSE 0 END
    ELSE round(k.minor * w.through / w.total) - round(k.minor * w.before / w.total) END)::bigint
FROM kept k LEFT JOIN weighed w USING (payout_id, kind)
GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class KeptFees:
    """What payouts kept of the sales of a span, in minor units; negative for tax, which was passed on to the host."""

    currency: str
    is_tax: bool
    minor: int


def sum_kept(accounts: QuerySet[LedgerAccount], *, since: datetime, until: datetime) -> Iterator[KeptFees]:
    """Yields by currency what was kept from `since` until before `until`, of accounts of what is owed to hosts.

    One query.
    """
    mine, of_mine = (
        accounts.filter(code=LedgerAccount.Code.HOST_PAYABLE).order_by().values("pk").query.sql_with_params()
    )
    sql_params = {f"mine{number}": value for number, value in enumerate(of_mine)}
    values: dict[str, Any] = {"since": since, "until": until, "kinds": list(KINDS)} | sql_params
    with connection.cursor() as cursor:
        cursor.execute(f"WITH mine (pk) AS ({mine % tuple(f'%({name})s' for name in sql_params)}), {_WITHIN}", values)
        for currency, is_tax, minor in cursor.fetchall():
            yield KeptFees(currency, is_tax, minor)
