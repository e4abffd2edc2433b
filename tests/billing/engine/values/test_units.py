"""Quantities as exact text."""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from billing.engine.values import units


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction("644.7"), "644.7"),
        (Fraction(50), "50"),
        (Decimal("0.30"), "0.3"),
        (Fraction(1, 8), "0.125"),
        (Fraction(1, 200), "0.005"),
        (Fraction(1, 3), "1/3"),
        (Fraction(-7, 4), "-1.75"),
        (1000, "1000"),
        (0, "0"),
    ],
)
def test_it_writes_exact_values_without_losing_a_digit(value: Fraction | Decimal | int, text: str) -> None:
    assert units.decimal_text(value) == text


@pytest.mark.parametrize(("seconds", "minutes"), [(59, 0), (60, 1), (119.999999, 1), (0, 0)])
def test_it_counts_only_completed_minutes(seconds: float, minutes: int) -> None:
    assert units.completed_minutes(timedelta(seconds=seconds)) == minutes


def test_it_says_durations_as_people_do() -> None:
    assert units.duration_text(timedelta(hours=1, minutes=5)) == "1 h 5 min"
    assert units.duration_text(timedelta(0)) == "0 s"
