"""The processor's word on payments of plans: acted on at once, in any order, doubled, late, and after silence."""

import logging
from datetime import timedelta

import pytest

from billing.models import (
    Dispute,
    Invoice,
    LedgerEntry,
    ProcessorEvent,
    ProcessorTransaction,
    SimulatedPayment,
    SubscriptionPeriod,
)
from billing.payments.processors import processor, simulated
from billing.payments.processors.protocol import OutcomeUnknownError
from billing.processor_events import processor_events
from billing.sessions.plans import subscriptions
from billing.sessions.processor_reports import reconciliation
from tests.kit.plan_events import confirming, told
from tests.kit.subscriptions import START, only

__all__ = ["confirming"]
pytestmark = pytest.mark.django_db
EACH_TIME = "4000002760003184"


@pytest.mark.parametrize(("accepted", "period", "plan_"), [(True, "paid", "active"), (False, "failed", "ended")])
def test_a_plan_begins_or_not_as_soon_as_the_bank_was_answered(site, confirming, accepted, period, plan_):
    simulated.confirm(confirming.processor_ref, accepted=accepted)

    assert told() > 0
    assert told() == 0, "the same events again"

    confirming.refresh_from_db()
    assert (confirming.state, only().state) == (period, plan_)
    assert Invoice.objects.count() == LedgerEntry.objects.filter(source_id=str(confirming.pk)).count() == int(accepted)


def test_the_page_and_the_webhook_come_to_one_end(site, confirming):
    simulated.confirm(confirming.processor_ref, accepted=True)

    subscriptions.check(confirming.pk, now=START)
    told()
    subscriptions.check(confirming.pk, now=START)

    assert Invoice.objects.count() == 1
    assert SimulatedPayment.objects.filter(captured_minor=2000).count() == 1


def test_a_late_word_begins_nothing_that_was_given_up(site, confirming):
    subscriptions.keep_up(now=START + timedelta(minutes=31))
    assert only().state == "ended"

    told(now=START + timedelta(days=1))

    confirming.refresh_from_db()
    assert (confirming.state, only().state) == ("failed", "ended")
    assert not Invoice.objects.exists()


def test_it_is_asked_again_while_the_processor_is_silent(site, confirming, monkeypatch):
    simulated.confirm(confirming.processor_ref, accepted=True)

    def silent(*_args, **_kwargs):
        raise OutcomeUnknownError("No answer.")

    with monkeypatch.context() as patched:
        patched.setattr(type(processor()), "look_up", silent)
        told()
        confirming.refresh_from_db()
        assert confirming.state == "confirming"
        assert ProcessorEvent.objects.filter(handled_at=None, processor_ref=confirming.processor_ref).exists()

    processor_events.handle_stored(now=START + timedelta(seconds=10))

    confirming.refresh_from_db()
    assert confirming.state == "paid"
    assert not ProcessorEvent.objects.filter(handled_at=None).exists()


def test_a_dispute_of_a_plans_fee_is_said_once_and_waits_before_agents(site, subscribed, caplog):
    ref = simulated.dispute(SubscriptionPeriod.objects.get().processor_ref).ref
    simulated.decide_dispute(ref, is_won=False)

    with caplog.at_level(logging.WARNING, logger="billing"):
        told()
        told()
        for day in range(3):
            reconciliation.pull(now=START + timedelta(days=day))

    lines = [record.getMessage() for record in caplog.records]
    assert [line for line in lines if line.startswith(f"Dispute {ref}")] == lines[:1]
    assert len(lines) == 2, "and once of the movement"
    assert not [record for record in caplog.records if record.exc_info]
    assert not ProcessorEvent.objects.filter(handled_at=None).exists()
    assert not Dispute.objects.exists()
    row = ProcessorTransaction.objects.get(kind="dispute")
    assert (row.match, row.host) == ("unknown", site.host)
    assert "A dispute of a plan's fee" in row.finding
