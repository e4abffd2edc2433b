"""Bars from zero, labelled directly: what sold how much, what was paid when. The table behind has the same figures."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

from billing.books.statements import Period
from billing.formatting.money import money
from billing.models import Payout

_WIDTH: Final = 640
_LABEL_WIDTH: Final = 210
_AMOUNT_WIDTH: Final = 120
_ROW_HEIGHT: Final = 28
_BAR_HEIGHT: Final = 16
_TOP: Final = 6
_NEWEST: Final = 12
_MOST_LINES: Final = 50_000
"""Of a larger period no chart is drawn: its page would wait for all receipts to be read."""
_KINDS: Final = {
    "energy": "Energy", "connection": "Connection", "time": "Charging time", "idle": "Idle time",
    "processing": "Processing", "minimum": "To the minimum", "maximum": "Above the maximum", "discount": "Discounts",
}  # fmt: skip
_NOT_PAID: Final = (Payout.State.CARRIED, Payout.State.FAILED, Payout.State.RETURNED, Payout.State.REISSUED)
# The receipts that were issued in a period, each corrected one by the difference to the one before.
_REVENUE: Final = """
SELECT line ->> 'kind' AS kind, sum(billed.sign * (line ->> 'amount')::bigint)::bigint AS minor
FROM (
    SELECT r.rating_id, r.session_id, 1 AS sign FROM billing_receipt r
        WHERE r.host_id = %(host)s AND r.kind IN ('receipt', 'correction') AND r.issued_at >= %(begin)s
            AND r.issued_at < %(end)s
    UNION ALL
    SELECT b.rating_id, b.session_id, -1 FROM billing_receipt r JOIN billing_receipt b ON b.id = r.replaces_id
        WHERE r.host_id = %(host)s AND r.kind = 'correction' AND r.issued_at >= %(begin)s AND r.issued_at < %(end)s
) billed
JOIN billing_rating g ON g.id = billed.rating_id
JOIN billing_session s ON s.id = billed.session_id
CROSS JOIN LATERAL jsonb_array_elements(g.report -> 'lines') AS line
WHERE g.currency = %(currency)s AND (%(place)s::bigint IS NULL OR s.property_id = %(place)s::bigint)
GROUP BY 1 HAVING sum(billed.sign * (line ->> 'amount')::bigint) <> 0
ORDER BY 2 DESC, 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """Pixels; `look` is ok, busy, warn, bad or unknown, said by `note`, too, which stands in place of no amount."""

    label: str
    amount: str
    note: str
    look: str
    x: float
    width: float
    y: int

    @property
    def text_y(self) -> int:
        return self.y + _BAR_HEIGHT - 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """The drawing, and what it is of."""

    title: str
    bars: list[Bar]
    zero_x: float
    width: int = _WIDTH

    @property
    def height(self) -> int:
        return _TOP + len(self.bars) * _ROW_HEIGHT


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What one bar stands for."""

    label: str
    minor: int
    note: str = ""
    look: str = "busy"


def drawn(title: str, items: Iterable[Item], *, currency: str) -> Chart | None:
    """None where there is nothing to draw."""
    rows = list(items)
    if not rows:
        return None
    low, high = min(0, *(row.minor for row in rows)), max(0, *(row.minor for row in rows))
    scale = (_WIDTH - _LABEL_WIDTH - _AMOUNT_WIDTH) / max(high - low, 1)
    zero_x = round(_LABEL_WIDTH - low * scale, 1)
    bars = [
        Bar(
            label=row.label,
            amount=money(row.minor, currency) if row.minor or not row.note else row.note,
            note=row.note,
            look=row.look,
            x=round(zero_x + min(row.minor, 0) * scale, 1),
            width=round(max(abs(row.minor) * scale, 1), 1),
            y=_TOP + number * _ROW_HEIGHT,
        )
        for number, row in enumerate(rows)
    ]
    return Chart(title=title, bars=bars, zero_x=zero_x)


def revenue(period: Period) -> Chart | None:
    """What receipts of the period charged, by the kind of line. One query, over the receipts of the period."""
    if period.lines > _MOST_LINES:
        return None
    values: dict[str, Any] = {
        "host": period.host.pk,
        "currency": period.currency,
        "place": period.place.pk if period.place else None,
        "begin": period.begins_at,
        "end": period.ends_at,
    }
    with connection.cursor() as cursor:
        cursor.execute(_REVENUE, values)
        rows = cursor.fetchall()
    items = (
        Item(label=_KINDS.get(kind, str(kind).replace("_", " ").capitalize()), minor=minor) for kind, minor in rows
    )
    return drawn("What was sold", items, currency=period.currency)


def payouts(rows: Iterable[Payout], *, looks: dict[str, str]) -> list[Chart]:
    """The newest payouts, the oldest of them first; a chart for each currency."""
    newest: dict[str, list[Payout]] = {}
    for row in rows:
        newest.setdefault(row.currency, []).append(row)
    found = []
    for currency, ones in sorted(newest.items()):
        title = f"Payouts over time, {currency}" if len(newest) > 1 else "Payouts over time"
        items = (_of_payout(one, looks) for one in reversed(ones[:_NEWEST]))
        if len(ones) > 1 and (chart := drawn(title, items, currency=currency)):
            found.append(chart)
    return found


def _of_payout(payout: Payout, looks: dict[str, str]) -> Item:
    """One that was carried or failed brought nothing."""
    minor = 0 if payout.state in _NOT_PAID else payout.amount_minor
    label = f"{payout.label}, {payout.last_moment:%b %Y}"
    return Item(label=label, minor=minor, note=payout.get_state_display(), look=looks.get(payout.state, "unknown"))
