"""Addresses of people as hosts see them."""

import pytest

from billing.formatting import contacts


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("kim@example.com", "k…@example.com"),
        ("k@example.com", "k…@example.com"),
        ("@example.com", "…@example.com"),
        ("kim", ""),
        ("kim@", ""),
        ("", ""),
    ],
)
def test_only_the_first_letter_is_shown_and_nothing_of_what_is_no_address(address: str, masked: str):
    assert contacts.mask_address(address) == masked
