"""Cards that the simulated processor keeps, and what it says when they are charged without their holder."""

import pytest
from django.test import Client

from billing.models import SimulatedCard, SimulatedPayment, SimulatedRequest
from billing.payments.processors import processor
from billing.payments.processors.protocol import (
    Authorization,
    CardState,
    CardToSave,
    Decline,
    IdempotencyConflictError,
    NotPossibleError,
    PaymentState,
)

pytestmark = pytest.mark.django_db
GOOD, ASKS_ONCE, ASKS_ALWAYS = "4242 4242 4242 4242", "4000002500003155", "4000002760003184"
POOR_LATER, EXPIRES_LATER = "4000008260003178", "4000000000000069"


def save(card=GOOD, *, customer="driver:7", key="card:1:save:1"):
    return processor().save_card(CardToSave(card=card, customer=customer, return_url="/cards/"), key=key)


def charge(card, *, key="fee:1:charge:1", amount_minor=990, **fields):
    values = {"customer_ref": card.customer_ref, "is_off_session": True} | fields
    wanted = Authorization(amount_minor=amount_minor, currency="EUR", card=card.ref, description="November", **values)
    return processor().charge(wanted, key=key)


def confirm(page, answer="confirm"):
    assert Client().post(page, {"answer": answer}).status_code in {200, 302}


def test_it_saves_a_card_and_tells_its_looks_but_not_its_number():
    card = save()

    assert (card.state, card.brand, card.last4, card.exp_month) == (CardState.READY, "visa", "4242", 12)
    assert card.ref.startswith("card_")
    assert save("5555555555554444", key="2").brand == "mastercard"
    assert save("5555555555554444", key="2").customer_ref == card.customer_ref
    assert save(customer="driver:8", key="3").customer_ref != card.customer_ref


def test_it_charges_a_saved_card_without_its_holder():
    payment = charge(save())

    assert (payment.state, payment.captured_minor, payment.last4) == (PaymentState.CAPTURED, 990, "4242")
    assert processor().look_up(ref=payment.ref) == payment
    with pytest.raises(NotPossibleError, match="Captured"):
        processor().capture(payment.ref, amount_minor=1, key="c")


def test_it_holds_on_a_saved_card_as_on_any():
    card = save()
    wanted = Authorization(
        amount_minor=4000,
        currency="EUR",
        card=card.ref,
        description="Session 1",
        customer_ref=card.customer_ref,
        is_off_session=True,
    )

    held = processor().authorize(wanted, key="a")

    assert held.state is PaymentState.AUTHORISED
    assert processor().capture(held.ref, amount_minor=1234, key="c").captured_minor == 1234


@pytest.mark.parametrize(
    ("number", "decline", "sentence"),
    [
        (POOR_LATER, Decline.NO_MONEY, "The card has not enough money for this amount."),
        (EXPIRES_LATER, Decline.EXPIRED, "The card has expired."),
    ],
)
def test_it_saves_cards_that_are_declined_once_they_are_charged(number, decline, sentence):
    card = save(number)
    assert card.state is CardState.READY

    payment = charge(card)

    assert (payment.state, payment.decline, payment.sentence) == (PaymentState.DECLINED, decline, sentence)
    assert payment.captured_minor == 0


def test_it_cannot_ask_a_cardholder_who_is_not_there():
    card = save(ASKS_ALWAYS)
    confirm(card.authentication_url)

    absent, present = charge(card), charge(card, key="2", is_off_session=False)

    assert (absent.state, absent.decline) == (PaymentState.DECLINED, Decline.NEEDS_CARDHOLDER)
    assert absent.sentence == "The card's bank wants you to confirm this payment yourself."
    assert present.state is PaymentState.NEEDS_AUTHENTICATION
    confirm(present.authentication_url)
    found = processor().look_up(ref=present.ref)
    assert found is not None
    assert (found.state, found.captured_minor) == (PaymentState.CAPTURED, 990)


def test_it_saves_with_the_holders_word_and_charges_without_it_afterwards():
    card = save(ASKS_ONCE)
    assert card.state is CardState.NEEDS_AUTHENTICATION
    assert "Confirm the payment" in Client().get(card.authentication_url).content.decode()
    with pytest.raises(NotPossibleError, match="must confirm"):
        charge(card)

    confirm(card.authentication_url)

    found = processor().look_up_card(ref=card.ref)
    assert found is not None
    assert found.state is CardState.READY
    assert charge(found, key="2").state is PaymentState.CAPTURED


def test_it_does_not_save_what_is_declined_or_refused():
    refused = save(ASKS_ONCE)
    confirm(refused.authentication_url, answer="refuse")

    assert processor().look_up_card(ref=refused.ref).state is CardState.DECLINED
    declined = save("4000000000000002", key="2")
    assert (declined.state, declined.decline) == (CardState.DECLINED, Decline.REFUSED)
    wrong = save("4111 1111 1111 1111", key="3")
    assert (wrong.state, wrong.decline) == (CardState.DECLINED, Decline.WRONG_NUMBER)
    assert SimulatedCard.objects.get(ref=wrong.ref).number == "", "what is no test card may be a real one"
    assert "41111111" not in str(list(SimulatedRequest.objects.values_list("parameters", flat=True)))


def test_it_charges_nobody_elses_card_and_none_that_was_removed():
    card = save()

    with pytest.raises(NotPossibleError, match="no such card"):
        charge(card, customer_ref=save(customer="driver:8", key="2").customer_ref)
    wanted = Authorization(amount_minor=1, currency="EUR", card=GOOD, description="", is_off_session=True)
    with pytest.raises(NotPossibleError, match="only a saved card"):
        processor().charge(wanted, key="3")
    assert processor().remove_card(card.ref, key="r").state is CardState.REMOVED
    assert processor().remove_card(card.ref, key="r2").state is CardState.REMOVED
    with pytest.raises(NotPossibleError, match="removed"):
        charge(card, key="4")
    with pytest.raises(NotPossibleError, match="no card"):
        processor().remove_card("card_none", key="r3")
    assert SimulatedPayment.objects.count() == 0


def test_it_answers_a_repeated_key_with_the_first_answer():
    card = save()
    assert save() == card
    assert SimulatedCard.objects.count() == 1
    with pytest.raises(IdempotencyConflictError):
        save(customer="driver:8")

    processor().remove_card(card.ref, key="r")

    assert save() == card, "as it was when the key was used"
    assert processor().look_up_card(key="card:1:save:1").state is CardState.REMOVED
    assert processor().look_up_card(key="card:9:save:1") is None
    first = charge(save(key="2"))
    assert charge(save(key="2")) == first
    with pytest.raises(IdempotencyConflictError):
        charge(save(key="2"), amount_minor=1)
