"""Keys of the simulated processor act once, and get the answer of the first time."""

from datetime import timedelta

import pytest

from billing.models import SimulatedPayment
from billing.payments.processors import processor, simulated
from billing.payments.processors.protocol import KEYS_KEPT, IdempotencyConflictError
from billing.payments.processors.simulated import clock, requests
from tests.kit.simulated import authorization, held

pytestmark = pytest.mark.django_db


def test_it_answers_a_repeated_key_with_the_first_answer_and_one_effect():
    first = held()

    assert held() == first
    assert SimulatedPayment.objects.count() == 1
    captured = processor().capture(first.ref, amount_minor=500, key="c")
    assert processor().capture(first.ref, amount_minor=500, key="c") == captured


def test_it_refuses_a_key_with_other_parameters():
    held()

    with pytest.raises(IdempotencyConflictError):
        processor().authorize(authorization(amount_minor=1), key="hold:1:authorize:1")


def test_a_key_is_forgotten_after_a_day_and_acts_anew():
    first = held()

    simulated.advance_clock(timedelta(hours=23))
    assert held().ref == first.ref
    simulated.advance_clock(timedelta(hours=2))

    assert held().ref != first.ref
    assert SimulatedPayment.objects.count() == 2


def test_one_operation_does_not_take_the_key_of_another():
    payment = held(key="k")

    with pytest.raises(IdempotencyConflictError, match="other parameters"):
        processor().cancel(payment.ref, key="k")


def test_a_repeat_shows_the_answer_of_the_first_time_though_more_has_happened_since():
    payment = held()
    processor().capture(payment.ref, amount_minor=500, key="c")
    processor().refund(payment.ref, amount_minor=200, key="r")

    repeated = processor().capture(payment.ref, amount_minor=500, key="c")

    assert (repeated.captured_minor, repeated.refunded_minor) == (500, 0)


def test_a_repeat_that_may_come_after_keys_are_forgotten_is_found_by_when_it_was_first_asked():
    payment = held(key="k")
    asked_at = clock.now()

    assert requests.find_repeated_payment("k", None) is None
    assert requests.find_repeated_payment("k", asked_at) is None, "its key is still kept"
    simulated.advance_clock(KEYS_KEPT + timedelta(minutes=1))

    assert requests.find_repeated_payment("k", asked_at).ref == payment.ref
    assert requests.find_repeated_payment("another", asked_at) is None
