"""Bar charts from zero, labelled directly: sales by kind, payouts over time. The table below has the same figures."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from typing import Final
from zoneinfo import ZoneInfo

from django.db import connection

from billing.engine.values.money import round_half_away
from billing.formatting.money import money
from billing.models import Payout
from billing.payments.books import statements
from billing.payments.books.statements import Period

_WIDTH: Final = 1000
_NEWEST: Final = 12
_MAX_LINES: Final = 50_000
"""A larger period gets no chart, because its page would wait for all receipts to be read."""
_KINDS: Final = {
    "energy": "Energy", "connection": "Connection", "time": "Charging time", "idle": "Idle time",
    "processing": "Processing", "minimum": "To the minimum", "maximum": "Above the maximum", "discount": "Discounts",
}  # fmt: skip
_NOT_PAID: Final = (Payout.State.CARRIED, Payout.State.FAILED, Payout.State.RETURNED, Payout.State.REISSUED)
# The receipts in a statement's "Charged, with tax": posted in the period, and collected by the platform; each corrected
# one by the difference to the previous. Lines of a rate with tax on top are taken with their tax.
_REVENUE: Final = """
WITH sold AS (
    SELECT DISTINCT r.id, r.rating_id, r.replaces_id, width_bucket(e.posted_at, %(edges)s::timestamptz[]) AS part
    FROM billing_ledgerentry e
    JOIN billing_posting p ON p.entry_id = e.id
    JOIN billing_ledgeraccount a ON a.id = p.account_id
    JOIN billing_session s ON s.id = e.session_id
    JOIN billing_receipt r ON r.session_id = e.session_id AND r.id::text = e.source_id
    WHERE a.host_id = ANY(%(hosts)s) AND a.currency = %(currency)s
        AND a.code IN ('guest_receivable', 'roaming_receivable')
        AND e.source_type = 'receipt' AND e.posted_at >= %(begin)s AND e.posted_at < %(end)s
        AND (%(place)s::bigint IS NULL OR s.property_id = %(place)s::bigint)
        AND (%(charger)s::bigint IS NULL OR s.charger_id = %(charger)s::bigint)
), billed AS (
    SELECT rating_id, 1 AS sign, part FROM sold
    UNION ALL
    SELECT b.rating_id, -1, part FROM sold JOIN billing_receipt b ON b.id = sold.replaces_id
)
SELECT part, NULL AS kind, sum(billed.sign * g.total_minor) AS minor
FROM billed JOIN billing_rating g ON g.id = billed.rating_id
GROUP BY 1
UNION ALL
SELECT part, line ->> 'kind', sum(billed.sign * (line ->> 'amount')::numeric * CASE g.report ->> 'tax_mode'
    WHEN 'inclusive' THEN 1 ELSE 1 + coalesce((line ->> 'tax_pct')::numeric, 0) / 100 END)
FROM billed JOIN billing_rating g ON g.id = billed.rating_id
CROSS JOIN LATERAL jsonb_array_elements(g.report -> 'lines') AS line
GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar, in thousandths of the chart's width.

    `style` is ok, busy, warn, bad or unknown; `note` is the same as text, next to the amount.
    """

    label: str
    amount: str
    note: str
    style: str
    minor: int
    x: float
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """The drawing and its title. `total` is the sum of the bars, if it is meaningful."""

    title: str
    bars: list[Bar]
    zero_x: float
    total: str = ""
    currency: str = ""

    @property
    def code(self) -> str:
        """Returns the currency as it stands in addresses."""
        return self.currency.lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """The item that one bar shows."""

    label: str
    minor: int
    note: str = ""
    style: str = "busy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sales:
    """Receipts posted in a span of time, in one currency: of hosts, or of one of their properties or chargers,
    by key.
    """

    hosts: Sequence[int]
    currency: str
    begins_at: datetime
    ends_at: datetime
    property_id: int | None = None
    charger: int | None = None
    edges: Sequence[datetime] = ()
    """Boundaries of parts that are rounded separately, such as the months of a year."""


def draw(title: str, items: Iterable[Item], *, currency: str) -> Chart | None:
    """Returns the chart; None if there is nothing to draw."""
    rows = list(items)
    if not rows:
        return None
    low, high = min(0, *(row.minor for row in rows)), max(0, *(row.minor for row in rows))
    scale = _WIDTH / max(high - low, 1)
    zero_x = round(-low * scale, 1)
    bars = [
        Bar(
            label=row.label,
            amount=money(row.minor, currency) if row.minor or not row.note else row.note,
            note=row.note,
            style=row.style,
            minor=row.minor,
            x=round(zero_x + min(row.minor, 0) * scale, 1),
            width=round(max(abs(row.minor) * scale, 2), 1),
        )
        for row in rows
    ]
    return Chart(title=title, bars=bars, zero_x=zero_x, currency=currency)


def revenue(period: Period) -> Chart | None:
    """Returns the statement's amount charged, with tax, by kind of line. One query, over the receipts of the period."""
    if period.lines > _MAX_LINES:
        return None
    sales = Sales(
        hosts=[period.host.pk],
        currency=period.currency,
        begins_at=period.begins_at,
        ends_at=period.ends_at,
        property_id=period.property_.pk if period.property_ else None,
        edges=statements.month_starts(period) if period.kind == statements.Kind.YEAR else (),
    )
    return by_kind(sales)


def by_kind(sales: Sales) -> Chart | None:
    """Returns what was charged, with tax, by kind of line; None if nothing was. One query, over all its receipts."""
    values = {
        "hosts": list(sales.hosts),
        "currency": sales.currency,
        "place": sales.property_id,
        "charger": sales.charger,
        "begin": sales.begins_at,
        "end": sales.ends_at,
        "edges": list(sales.edges or [sales.begins_at]),
    }
    sums: dict[int, dict[str | None, Fraction]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(_REVENUE, values)
        for part, kind, minor in cursor.fetchall():
            sums[part][kind] = Fraction(minor)
    total = sum(int(part.get(None, 0)) for part in sums.values())
    items = [
        Item(label=_KINDS.get(kind, kind.replace("_", " ").capitalize()), minor=minor)
        for kind, minor in sorted(_sum_rounded_parts(sums.values()).items(), key=lambda pair: (-pair[1], pair[0]))
        if minor
    ]
    chart = draw("What was sold, with tax", items, currency=sales.currency)
    return replace(chart, total=money(total, sales.currency)) if chart else None


def _sum_rounded_parts(parts: Iterable[dict[str | None, Fraction]]) -> dict[str, int]:
    """Adds the parts as rounded separately: a year is the sum of its months as shown."""
    totals: dict[str, int] = defaultdict(int)
    for sums in parts:
        kinds = {kind: exact for kind, exact in sums.items() if kind is not None}
        for kind, minor in _round_sums(kinds, total=int(sums.get(None, 0))).items():
            totals[kind] += minor
    return totals


def _round_sums(sums: dict[str, Fraction], *, total: int) -> dict[str, int]:
    """Rounds the sums; the largest takes the difference to the total."""
    rounded = {kind: round_half_away(exact) for kind, exact in sums.items()}
    largest = max(rounded, key=lambda kind: abs(rounded[kind]), default=None)
    if largest is not None:
        rounded[largest] += total - sum(rounded.values())
    return rounded


def payouts(rows: Iterable[Payout], *, looks: dict[str, str]) -> list[Chart]:
    """Returns charts of the newest payouts, oldest first; one for each currency."""
    newest: dict[str, list[Payout]] = {}
    for row in rows:
        newest.setdefault(row.currency, []).append(row)
    charts = []
    for currency, ones in sorted(newest.items()):
        title = f"Payouts over time, {currency}" if len(newest) > 1 else "Payouts over time"
        items = (_payout_bar(payout, looks) for payout in reversed(ones[:_NEWEST]))
        if len(ones) > 1 and (chart := draw(title, items, currency=currency)):
            charts.append(chart)
    return charts


def _payout_bar(payout: Payout, looks: dict[str, str]) -> Item:
    """Returns the payout's bar.

    One that was carried over or failed has no amount. Its month is that of its period's beginning, in its zone.
    """
    minor = 0 if payout.state in _NOT_PAID else payout.amount_minor
    label = f"{payout.label}, {payout.begins_at.astimezone(ZoneInfo(payout.time_zone)):%b %Y}"
    return Item(label=label, minor=minor, note=payout.get_state_display(), style=looks.get(payout.state, "unknown"))
