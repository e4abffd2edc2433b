"""Money of plans that goes back: once, by the key of its attempt; what is refused waits for an agent."""

from datetime import timedelta

import pytest

from billing.models import Invoice, LedgerEntry, PeriodRefund, ProcessorTransaction, SimulatedDispute, SimulatedPayment
from billing.payments.books.ledger import Code
from billing.payments.processors import simulated
from billing.payments.processors.protocol import OutcomeUnknownError
from billing.sessions.plans import driver_money, plan_refunds, subscriptions
from billing.sessions.processor_reports import reconciliation
from tests.kit.plan_changes import lose
from tests.kit.subscriptions import START, balance, only

pytestmark = pytest.mark.django_db
LATER = START + timedelta(days=9)  # 10 of 20 days are left
AGENT = "user:agent@example.com"


@pytest.fixture
def refused(site, subscribed) -> PeriodRefund:
    """10.00 of a payment that its cardholder contests."""
    simulated.dispute(SimulatedPayment.objects.get().ref)
    subscriptions.end_at_once(only(), now=LATER)
    return PeriodRefund.objects.get()


def test_what_the_processor_refuses_waits_and_is_not_tried_again_by_itself(site, refused, monkeypatch):
    keys = lose(monkeypatch, "refund", error=AssertionError("asked again"))

    for hour in range(3):
        subscriptions.keep_up(now=LATER + timedelta(hours=hour))

    assert keys == []
    assert (refused.state, refused.finished_at) == ("refused", LATER)
    assert "The payment is disputed" in refused.failure
    assert list(plan_refunds.list_refused()) == [refused]
    assert not Invoice.objects.filter(kind="credit_note").exists(), "the whole has not gone back"
    assert balance(site, Code.HOST_PAYABLE) == 0, "nothing is earned before that is decided"


def test_it_is_sent_again_with_a_new_key_and_goes_back_once(site, refused, monkeypatch):
    simulated.decide_dispute(SimulatedDispute.objects.get().ref, is_won=True)
    keys = lose(monkeypatch, "refund", error=OutcomeUnknownError("No answer."))

    plan_refunds.send_again(refused.pk)
    assert plan_refunds.send(refused.pk, now=LATER).state == "checking", "its answer was lost"
    for minute in range(3):
        subscriptions.keep_up(now=LATER + timedelta(minutes=minute))

    refused.refresh_from_db()
    assert (refused.state, refused.failure, refused.generation) == ("done", "", 2)
    assert keys == [f"period:{refused.period_id}:refund:1:2"] * 2
    assert SimulatedPayment.objects.get().refunded_minor == 1000
    assert Invoice.objects.get(kind="credit_note").document["total"] == 1000
    assert balance(site, Code.PROCESSOR_CLEARING) == 1000
    assert balance(site, Code.GUEST_RECEIVABLE) == 0
    assert balance(site, Code.HOST_PAYABLE) == -(1818 - 909)


def test_what_was_given_back_another_way_leaves_the_bank_and_brings_the_credit_note(site, refused):
    plan_refunds.give_otherwise(refused.pk, note=" By bank transfer. ", by=AGENT, now=LATER)
    subscriptions.keep_up(now=LATER)

    refused.refresh_from_db()
    assert (refused.state, refused.note, refused.answered_by, refused.finished_at) == (
        "otherwise",
        "By bank transfer.",
        AGENT,
        LATER,
    )
    assert SimulatedPayment.objects.get().refunded_minor == 0
    assert Invoice.objects.filter(kind="credit_note").count() == 1
    assert balance(site, Code.BANK) == -1000
    assert balance(site, Code.PROCESSOR_CLEARING) == 2000
    assert balance(site, Code.GUEST_RECEIVABLE) == 0
    assert balance(site, Code.HOST_PAYABLE) == -(1818 - 909)


def test_it_is_answered_once(site, refused):
    with pytest.raises(plan_refunds.AnsweredError, match="Say how"):
        plan_refunds.give_otherwise(refused.pk, note=" ", by=AGENT, now=LATER)
    plan_refunds.give_otherwise(refused.pk, note="In cash.", by=AGENT, now=LATER)

    with pytest.raises(plan_refunds.AnsweredError, match="given back another way"):
        plan_refunds.give_otherwise(refused.pk, note="Again.", by=AGENT, now=LATER)
    with pytest.raises(plan_refunds.AnsweredError, match="given back another way"):
        plan_refunds.send_again(refused.pk)
    plan_refunds.send(refused.pk, now=LATER)

    assert LedgerEntry.objects.filter(kind="otherwise:1").count() == 1
    assert SimulatedPayment.objects.get().refunded_minor == 0


def test_the_drivers_story_says_what_came_of_it(site, refused, kim):
    def told():
        return next(entry for entry in driver_money.entries(kim) if "back to the card" in entry.sentence)

    before = told()
    plan_refunds.give_otherwise(refused.pk, note="In cash.", by=AGENT, now=LATER)

    assert (before.kind, "refused by the processor" in before.sentence) == ("bad", True)
    assert "The payment is disputed" in before.reason
    assert (told().kind, "given back another way" in told().sentence) == ("ok", True)
    assert "In cash." in told().reason


def test_a_movement_that_somebody_else_made_is_not_explained_by_what_was_refused(site, refused):
    simulated.decide_dispute(SimulatedDispute.objects.get().ref, is_won=True)
    payment = SimulatedPayment.objects.get()
    simulated.SimulatedProcessor().refund(payment.ref, amount_minor=1000, key="by hand at the processor")

    reconciliation.pull(now=LATER)

    row = ProcessorTransaction.objects.get(kind="refund")
    assert (row.match, row.period_refund) == ("unknown", None)
