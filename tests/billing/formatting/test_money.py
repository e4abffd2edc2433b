"""Amounts on pages."""

import pytest

from billing.engine.values.money import _UNITS, EXPONENTS, everyday_minor
from billing.formatting import money


@pytest.mark.parametrize(
    ("amount_minor", "currency", "shown"),
    [
        (812, "USD", "$8.12"),
        (0, "EUR", "€0.00"),
        (300, "JPY", "¥300"),
        (123456789, "USD", "$1,234,567.89"),
        (-5, "GBP", "−£0.05"),
        (1234, "KWD", "KWD 1.234"),
        (1050, "CHF", "CHF 10.50"),
        (None, "USD", "–"),
        (1, "XXX", "–"),
    ],
)
def test_it_shows_minor_units_with_their_currency(amount_minor, currency, shown):
    assert money.money(amount_minor, currency) == shown


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        ("0.35", "USD", "$0.35"),
        ("0.355", "USD", "$0.355"),
        ("0.5", "EUR", "€0.50"),
        ("40", "JPY", "¥40"),
        ("", "USD", "–"),
    ],
)
def test_it_shows_every_decimal_of_a_unit_price(amount, currency, shown):
    assert money.price(amount, currency) == shown


def test_it_knows_an_everyday_amount_of_every_currency():
    without = {code for code in EXPONENTS if code not in _UNITS}

    assert without == {"UYI"}, "a unit of account, in which nobody pays"
    assert [everyday_minor(50, currency=code) for code in ("USD", "HUF", "JPY", "KWD")] == [
        5000,
        2_000_000,
        5000,
        20_000,
    ]
