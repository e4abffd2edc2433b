"""The processor's word on payouts: acted on also after the bank line was matched, and never taken for nothing."""

from datetime import timedelta

import pytest

from billing.models import Payout, ProcessorEvent, SimulatedDelivery
from billing.payments.books import ledger
from billing.payments.books.ledger import Code
from billing.payments.processors import simulated
from billing.payments.processors.protocol import OutcomeUnknownError
from billing.payments.processors.simulated import SimulatedProcessor
from billing.payouts.bank_lines import differences
from billing.payouts.sending import by_processor, outcomes
from billing.processor_events import processor_events
from tests.kit.payouts import books
from tests.kit.sent_payouts import APRIL, approved, filled, opened
from tests.kit.simulated import deliver

pytestmark = pytest.mark.django_db(transaction=True)
LATER = APRIL + timedelta(days=6)


@pytest.fixture
def matched():
    """A payout that is paid, and was found on its bank's statement."""
    known = books()
    opened(known)
    filled()
    payout = approved(known)
    by_processor.send(payout.pk, now=APRIL)
    simulated.advance_clock(timedelta(days=4))
    paid = by_processor.refresh(payout.pk, now=APRIL + timedelta(days=4))
    outcomes.mark_reconciled(paid, now=APRIL + timedelta(days=4))
    assert Payout.objects.get().state == "reconciled"
    return known


def tell(*, now=LATER):
    for delivery in SimulatedDelivery.objects.all():
        assert deliver(delivery.raw.encode()).status_code == 204
    return processor_events.handle_stored(now=now)


def test_a_payout_that_comes_back_after_its_bank_line_was_matched_is_owed_again(matched):
    simulated.fail_payout(Payout.objects.get().processor_ref, code="account_closed")

    by_processor.send_due(now=LATER)

    _is_owed_again(matched)


def test_the_event_of_it_is_acted_on_at_once(matched):
    simulated.fail_payout(Payout.objects.get().processor_ref, code="account_closed")

    tell()

    _is_owed_again(matched)
    assert not ProcessorEvent.objects.filter(handled_at=None).exists()


def _is_owed_again(known):
    payout = Payout.objects.get()
    assert (payout.state, payout.failure) == ("returned", "account_closed")
    assert ledger.balance(known.host, Code.HOST_PAYABLE, currency="USD") == -1000
    assert "at_processor" in {one.kind for one in differences.find(now=LATER + timedelta(days=10))}


def test_an_event_about_a_payout_that_nobody_knows_is_a_case_and_not_handled(matched):
    tell()
    ref = Payout.objects.get().processor_ref
    Payout.objects.update(processor_ref="po_other")
    simulated.fail_payout(ref, code="account_closed")

    tell()
    for hours in range(1, 30):
        processor_events.handle_stored(now=LATER + timedelta(hours=hours))

    event = ProcessorEvent.objects.get(kind="payout.failed")
    assert event.handled_at is None
    [found] = [one for one in differences.find(now=LATER + timedelta(hours=30)) if one.kind == "event_without_effect"]
    assert ref in found.sentence
    Payout.objects.update(processor_ref=ref)
    processor_events.handle_stored(now=LATER + timedelta(hours=40))
    _is_owed_again(matched)
    assert not [one for one in differences.find(now=LATER + timedelta(days=2)) if one.kind == "event_without_effect"]


def test_an_event_waits_while_the_processor_is_silent(matched, monkeypatch):
    simulated.fail_payout(Payout.objects.get().processor_ref, code="account_closed")

    def silent(*_, **__):
        raise OutcomeUnknownError("silence")

    with monkeypatch.context() as patch:
        patch.setattr(SimulatedProcessor, "look_up_payout", silent)
        tell()
        assert ProcessorEvent.objects.filter(kind="payout.failed", handled_at=None).exists()

    processor_events.handle_stored(now=LATER + timedelta(hours=1))
    _is_owed_again(matched)
