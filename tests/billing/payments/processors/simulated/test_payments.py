"""The simulated processor is as strict as a real one."""

import io
from datetime import timedelta

import pytest
from django.core.handlers.asgi import ASGIRequest
from django.test import Client

from billing.models import SimulatedPayment
from billing.payments.processors import processor, simulated
from billing.payments.processors.protocol import (
    NotPossibleError,
    OutcomeUnknownError,
    PaymentState,
)
from billing.processor_events.callbacks import webhook
from tests.kit.simulated import held

pytestmark = pytest.mark.django_db


def test_it_holds_captures_a_part_and_refunds_no_more_than_that():
    payment = held()
    assert (payment.state, payment.last4, payment.amount_minor) == (PaymentState.AUTHORISED, "4242", 4000)

    captured = processor().capture(payment.ref, amount_minor=1234, key="c")
    assert (captured.state, captured.captured_minor) == (PaymentState.CAPTURED, 1234)
    assert processor().refund(payment.ref, amount_minor=1000, key="r1").refunded_minor == 1000
    with pytest.raises(NotPossibleError, match="not within the 234"):
        processor().refund(payment.ref, amount_minor=235, key="r2")


def test_it_captures_no_more_than_is_held_and_only_once():
    payment = held()

    with pytest.raises(NotPossibleError):
        processor().capture(payment.ref, amount_minor=4001, key="c1")
    with pytest.raises(NotPossibleError):
        processor().capture(payment.ref, amount_minor=0, key="c2")
    processor().capture(payment.ref, amount_minor=4000, key="c3")
    with pytest.raises(NotPossibleError, match="Captured"):
        processor().capture(payment.ref, amount_minor=1, key="c4")
    with pytest.raises(NotPossibleError):
        processor().cancel(payment.ref, key="v")


@pytest.mark.parametrize(
    ("card", "sentence"),
    [
        ("4000 0000 0000 0002", "The card's bank declined the payment."),
        ("4000 0000 0000 9995", "The card has not enough money for this amount."),
        ("1234", "This is not a card number of the simulation, such as 4242 4242 4242 4242."),
    ],
)
def test_it_declines_with_a_sentence(card, sentence):
    payment = held(card=card)

    assert (payment.state, payment.sentence) == (PaymentState.DECLINED, sentence)


def test_it_lets_the_cardholder_confirm_or_refuse():
    waiting = held(card="4000 0027 6000 3184")
    assert waiting.state is PaymentState.NEEDS_AUTHENTICATION
    page = Client().get(waiting.authentication_url)
    assert "Confirm the payment" in page.content.decode()

    Client().post(waiting.authentication_url, {"answer": "confirm"})

    found = processor().look_up(ref=waiting.ref)
    assert found is not None
    assert found.state is PaymentState.AUTHORISED
    other = held(key="2", card="4000 0027 6000 3184")
    Client().post(other.authentication_url, {"answer": "refuse"})
    assert processor().look_up(ref=other.ref).state is PaymentState.DECLINED


def test_it_loses_an_answer_after_it_acted_and_can_be_asked_again():
    with pytest.raises(OutcomeUnknownError):
        held(card="4000 0000 0000 0119")

    assert processor().look_up(key="hold:1:authorize:1").state is PaymentState.AUTHORISED
    assert processor().look_up(key="hold:9:authorize:1") is None
    assert held(card="4000 0000 0000 0119").state is PaymentState.AUTHORISED
    assert SimulatedPayment.objects.count() == 1


def test_it_lets_holds_expire_by_its_own_clock():
    payment = held()

    simulated.advance_clock(timedelta(days=6, hours=23))
    assert processor().look_up(ref=payment.ref).state is PaymentState.AUTHORISED
    simulated.advance_clock(timedelta(hours=2))

    assert processor().look_up(ref=payment.ref).state is PaymentState.EXPIRED
    with pytest.raises(NotPossibleError):
        processor().capture(payment.ref, amount_minor=1, key="c")


def test_a_chunked_body_has_the_same_limit():
    """Only a Content-Length was looked at, which a chunked request has none of."""
    scope = {"type": "http", "method": "POST", "path": "/webhooks/simulated/", "headers": [], "query_string": b""}
    body = io.BytesIO(b"x" * 20_000_000)

    answer = webhook(ASGIRequest(scope, body), name="simulated")

    assert answer.status_code == 413
    assert body.tell() < 300_000
