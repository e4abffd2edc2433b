"""Shades of prices that are drawn next to each other. Pure."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

_DARKEST: Final = 5
_ONLY: Final = 3
"""The shade of a single price."""


def of_prices(prices: Iterable[Decimal]) -> dict[Decimal, int]:
    """Returns shades by rank, from 1 (cheapest) to 5 (dearest); 0 for free."""
    paid = sorted({price for price in prices if price})
    max_rank = len(paid) - 1
    ranked = {
        price: round(1 + rank * (_DARKEST - 1) / max_rank) if max_rank else _ONLY for rank, price in enumerate(paid)
    }
    return {Decimal(0): 0} | ranked
