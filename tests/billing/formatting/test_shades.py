"""How dark prices are drawn beside each other."""

from decimal import Decimal

import pytest

from billing.formatting import shades


@pytest.mark.parametrize(
    ("prices", "expected"),
    [
        ([], {}),
        (["0.40"], {"0.40": 3}),
        (["0.30", "0.60"], {"0.30": 1, "0.60": 5}),
        (["0.60", "0.30", "0.45"], {"0.30": 1, "0.45": 3, "0.60": 5}),
        (["0.60", "0.60", "0"], {"0.60": 3}),
    ],
)
def test_the_dearest_is_the_darkest_and_what_is_free_has_no_shade(prices, expected):
    shade_of = shades.of_prices(Decimal(price) for price in prices)

    assert shade_of == {Decimal(0): 0} | {Decimal(price): shade for price, shade in expected.items()}
