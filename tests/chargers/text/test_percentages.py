"""Shares in percent: rounded, and honest at both ends."""

from decimal import Decimal

import pytest

from chargers.text import percentages


@pytest.mark.parametrize(
    ("part", "whole", "digits", "pct"),
    [
        (2, 3, 2, "66.67"), (1, 3, 2, "33.33"), (1, 8, 1, "12.5"), (5, 2000, 1, "0.3"),
        (999_999, 1_000_000, 2, "99.99"),        (1, 1_000_000, 2, "0.01"), (0, 5, 1, "0.0"), (5, 5, 1, "100.0"),
    ],
)  # fmt: skip
def test_it_rounds_and_says_100_only_of_all_and_0_only_of_none(part, whole, digits, pct):
    assert percentages.round_share(part, whole, digits=digits) == Decimal(pct)


def test_nothing_has_no_share():
    assert percentages.round_share(0, 0, digits=1) is None
