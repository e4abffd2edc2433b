"""A waterfall chart of a payout's bridge: each bar begins where the previous one ended; the last is the amount paid."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from billing.formatting.money import money

_WIDTH: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar, in thousandths of the width; `style` is up, down or total."""

    label: str
    amount: str
    style: str
    x: float
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Waterfall:
    """The drawing; `zero_x` is the position of zero."""

    bars: list[Bar]
    zero_x: float


def draw(
    rows: Iterable[Mapping[str, Any]], *, total_minor: int, currency: str, total: str = "Paid"
) -> Waterfall | None:
    """Returns the chart; None if there is nothing to draw.

    Rows have `label` and `amount_minor`; `total` labels the last bar.
    """
    steps, at = [], 0
    for row in rows:
        steps.append((row["label"], at, at + row["amount_minor"], row["amount_minor"]))
        at += row["amount_minor"]
    if not steps:
        return None
    steps.append((total, 0, total_minor, total_minor))
    low = min(min(begin, end) for _, begin, end, _ in steps)
    high = max(max(begin, end) for _, begin, end, _ in steps)
    scale = _WIDTH / max(high - low, 1)
    bars = [
        Bar(
            label=label,
            amount=money(minor, currency),
            style="total" if number == len(steps) - 1 else "up" if minor >= 0 else "down",
            x=round((min(begin, end) - low) * scale, 1),
            width=round(max(abs(end - begin) * scale, 2), 1),
        )
        for number, (label, begin, end, minor) in enumerate(steps)
    ]
    return Waterfall(bars=bars, zero_x=round(-low * scale, 1))
