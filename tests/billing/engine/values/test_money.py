"""Rounding once, and shares that add up."""

from decimal import Decimal
from fractions import Fraction

import pytest

from billing.engine.values import money


@pytest.mark.parametrize(
    ("exact", "rounded"),
    [
        (Fraction("0.5"), 1),
        (Fraction("1.5"), 2),
        (Fraction("2.5"), 3),
        (Fraction("2.4999999999"), 2),
        (Fraction("-0.5"), -1),
        (Fraction("-2.4"), -2),
        (Fraction(0), 0),
    ],
)
def test_it_rounds_a_half_away_from_zero(exact: Fraction, rounded: int) -> None:
    assert money.round_half_away(exact) == rounded


def test_it_gives_the_unit_that_is_left_to_the_largest_remainder() -> None:
    exacts = [Fraction("11.09889"), Fraction("9.98667"), Fraction("15.16815")]
    assert money.apportion(exacts, total=36) == (11, 10, 15)


def test_it_gives_the_unit_that_is_left_to_the_earlier_of_equals() -> None:
    assert money.apportion([Fraction("0.5"), Fraction("0.5"), Fraction("0.5")], total=2) == (1, 1, 0)


def test_it_shares_nothing_among_nobody() -> None:
    assert money.apportion([], total=0) == ()


@pytest.mark.parametrize("total", [0, 4])
def test_it_refuses_a_total_that_is_no_rounding_of_the_sum(total: int) -> None:
    with pytest.raises(ValueError, match="not a rounding"):
        money.apportion([Fraction("1.2"), Fraction("0.2")], total=total)


@pytest.mark.parametrize(("currency", "minor"), [("USD", 150), ("JPY", Fraction("1.5")), ("BHD", 1500)])
def test_it_knows_the_minor_unit_of_each_currency(currency: str, minor: Fraction | int) -> None:
    assert money.exact_minor(Decimal("1.5"), currency=currency) == minor


@pytest.mark.parametrize(
    ("amount", "currency", "shown"), [(645, "USD", "6.45 USD"), (300, "JPY", "300 JPY"), (5, "KWD", "0.005 KWD")]
)
def test_it_writes_amounts_with_the_decimals_of_their_currency(amount: int, currency: str, shown: str) -> None:
    assert money.text(amount, currency=currency) == shown
