"""Holds, debts and disputes, as people read them."""

import pytest

from billing.models import Dispute, Hold, HoldPolicy, Receivable
from chargers.models import Host, Property


@pytest.mark.parametrize(("ref", "is_on_page"), [("cs_test_1", True), ("pi_1", False), ("", False)])
def test_until_a_card_is_entered_a_hold_is_on_the_processors_page(ref: str, is_on_page: bool):
    assert Hold(processor_ref=ref).is_on_page is is_on_page


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        ("fraudulent", "the payment was not theirs"),
        ("bank_cannot_process", "bank cannot process"),
        ("", "nothing"),
    ],
)
def test_a_reason_that_we_do_not_know_is_shown_as_it_came(reason: str, text: str):
    assert Dispute(reason=reason).reason_text == text


def test_what_was_forgiven_of_a_debt_is_not_owed():
    debt = Receivable(amount_minor=1100, reduced_minor=300, currency="USD", state=Receivable.State.OPEN)

    assert debt.left_minor == 800
    assert str(debt).startswith("8.00 USD, ")


def test_a_policy_is_that_of_a_property_or_else_of_the_host():
    host = Host(name="Sunset Stays")

    assert str(HoldPolicy(host=host, property=Property(name="Sunset 1"))) == "Holds of Sunset 1"
    assert str(HoldPolicy(host=host)) == "Holds of Sunset Stays"
