"""What the simulation's cards do is in their number."""

import pytest

from billing.payments.processors import declines
from billing.payments.processors.protocol import Decline
from billing.payments.processors.simulated import card_numbers
from billing.sentences import catalogue


@pytest.mark.parametrize(
    ("number", "at_once", "saved"),
    [
        ("4242424242424242", False, False),
        ("4000002760003184", True, True),
        ("4000002500003155", True, False),
    ],
)
def test_a_cardholder_confirms_each_time_or_until_the_card_was_saved(number: str, at_once: bool, saved: bool):
    card = card_numbers.resolve_card(number)

    assert (card.needs_cardholder(is_saved=False), card.needs_cardholder(is_saved=True)) == (at_once, saved)


@pytest.mark.parametrize("number", ["", "1234", "4242 4242 4242 4242"])
def test_a_number_that_is_none_of_them_is_declined_and_told_so(number: str):
    assert not card_numbers.is_known(number)
    assert card_numbers.resolve_card(number).declines is Decline.WRONG_NUMBER
    assert "not a card number of the simulation" in catalogue.english(card_numbers.sentences(Decline.WRONG_NUMBER))


@pytest.mark.parametrize("decline", [Decline.REFUSED, Decline.NO_MONEY, None])
def test_other_declines_are_told_as_of_any_processor(decline: Decline | None):
    assert card_numbers.sentences(decline) == declines.sentences(decline)


def test_a_card_has_its_brand():
    assert (card_numbers.brand("5555555555554444"), card_numbers.brand("4242424242424242")) == ("mastercard", "visa")
