"""Drivers and their cards, as they are named."""

from uuid import UUID

import pytest
from django.utils import translation

from authorization.models import User
from billing.models import Driver, PaymentCard

KEY = UUID("0192f0a1-0000-7000-8000-000000000001")


def test_a_driver_is_named_by_name_or_address_or_as_deleted():
    user = User(email="kim@example.com")

    assert str(Driver(id=KEY, name="Kim", user=user)) == "Kim"
    assert str(Driver(id=KEY, user=user)) == "kim@example.com"
    assert str(Driver(id=KEY)) == f"a deleted account ({KEY})"


@pytest.mark.parametrize(
    ("brand", "last4", "named"),
    [
        ("visa", "4242", "Visa ending 4242"),
        ("", "4242", "Card ending 4242"),
        ("mastercard", "", "Mastercard ending ????"),
        ("", "", "Card ending ????"),
    ],
)
def test_a_card_is_named_as_far_as_it_is_known(brand: str, last4: str, named: str):
    assert str(PaymentCard(brand=brand, last4=last4)) == named


def test_a_card_is_named_in_the_language_of_its_holder():
    with translation.override("de"):
        assert str(PaymentCard(brand="visa", last4="4242")) != "Visa ending 4242"
