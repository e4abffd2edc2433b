"""Disputes at the simulated processor: opened by a card or by hand, decided by its clock."""

from datetime import timedelta

import pytest

from billing.models import ProcessorEvent, SimulatedDelivery
from billing.payments.processors import processor, simulated
from billing.payments.processors.protocol import DisputeState, Movement, NotPossibleError
from tests.kit.simulated import DISPUTED, deliver, movements, paid

pytestmark = pytest.mark.django_db


def test_it_takes_back_what_a_cardholder_contests_and_gives_it_back_if_won():
    payment = paid(card=DISPUTED)
    (event,) = [row for row in SimulatedDelivery.objects.order_by("id") if '"dispute.opened"' in row.raw][:1]
    deliver(event.raw.encode())
    ref = ProcessorEvent.objects.get().processor_ref
    dispute = processor().look_up_dispute(ref)
    assert dispute is not None
    assert (dispute.state, dispute.payment_ref, dispute.amount_minor) == (
        DisputeState.NEEDS_RESPONSE,
        payment.ref,
        10_000,
    )
    assert movements()[1] == (Movement.DISPUTE, -10_000, 1500, -11_500)
    with pytest.raises(NotPossibleError, match="disputed"):
        processor().refund(payment.ref, amount_minor=1, key="r")

    answered = processor().answer_dispute(ref, evidence="The meter counted 12 kWh.", key="e")

    assert answered.state is DisputeState.UNDER_REVIEW
    with pytest.raises(NotPossibleError, match="no evidence any more"):
        processor().answer_dispute(ref, evidence="And more.", key="e2")
    simulated.advance_clock(timedelta(days=3))
    assert processor().look_up_dispute(ref).state is DisputeState.WON
    assert movements()[2] == (Movement.DISPUTE_BACK, 10_000, 0, 10_000)
    assert processor().refund(payment.ref, amount_minor=1, key="r2").refunded_minor == 1


@pytest.mark.parametrize("evidence", ["", "losing_evidence"])
def test_it_loses_a_dispute_without_an_answer_in_time_or_with_a_bad_one(evidence):
    dispute = simulated.dispute(paid().ref, reason="product_not_received")
    assert dispute.reason == "product_not_received"
    if evidence:
        processor().answer_dispute(dispute.ref, evidence=evidence, key="e")

    simulated.advance_clock(timedelta(days=7))

    assert processor().look_up_dispute(dispute.ref).state is DisputeState.LOST
    assert simulated.decide_dispute(dispute.ref, is_won=True).state is DisputeState.LOST, "it was decided before"
    assert len(movements()) == 2
    assert processor().look_up_dispute("dp_none") is None


def test_it_disputes_only_what_is_there_and_once():
    payment = paid()
    processor().refund(payment.ref, amount_minor=10_000, key="r")
    with pytest.raises(NotPossibleError):
        simulated.dispute(payment.ref)

    other = paid(key="2")
    simulated.dispute(other.ref)

    with pytest.raises(NotPossibleError):
        simulated.dispute(other.ref)
