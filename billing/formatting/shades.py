"""How dark prices are drawn beside each other. Pure."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

_DARKEST: Final = 5
_ONLY: Final = 3
"""The shade of a price that is the only one."""


def of_prices(prices: Iterable[Decimal]) -> dict[Decimal, int]:
    """By rank from the cheapest, 1, to the dearest, 5; what is free has none, 0."""
    paid = sorted({price for price in prices if price})
    most = len(paid) - 1
    ranked = {price: round(1 + rank * (_DARKEST - 1) / most) if most else _ONLY for rank, price in enumerate(paid)}
    return {Decimal(0): 0} | ranked
