"""Receipts: what a receipt must print, field by field."""

import pytest

from billing import receipts


@pytest.mark.parametrize(
    ("standard", "current"),
    [("IEC_62196_T2", "AC"), ("IEC_62196_T1", "AC"), ("IEC_62196_T2_COMBO", "DC"), ("CHADEMO", "DC"), ("", "")],
)
def test_it_says_whether_the_current_is_alternating_or_direct(standard, current):
    assert receipts._current(standard) == current
