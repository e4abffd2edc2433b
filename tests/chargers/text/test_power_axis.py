"""The scale of a drawing of power."""

import pytest

from chargers.text import power_axis


@pytest.mark.parametrize(
    ("most_w", "expected"),
    [(0, 1_000), (1_000, 1_000), (1_001, 2_000), (11_040, 12_000), (1_000_000, 1_000_000), (2_300_000, 2_300_000)],
)
def test_its_top_is_a_round_power_that_is_reached(most_w: int, expected: int):
    assert power_axis.top_w(most_w) == expected
