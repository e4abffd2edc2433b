"""Disputes: learned from webhooks or the list of movements, answered once, and in the books to the end."""

from datetime import UTC, datetime, timedelta

import pytest

from billing import tasks
from billing.models import Dispute, Hold, LedgerEntry, ProcessorEvent, SimulatedDelivery
from billing.payments.books import ledger
from billing.payments.processors import processor, simulated
from billing.payments.processors.protocol import Authorization, OutcomeUnknownError
from billing.processor_events import processor_events
from billing.sessions.processor_reports import disputes
from tests.billing.conftest import minutes
from tests.kit.disputes import tell_all
from tests.kit.simulated import deliver

pytestmark = pytest.mark.django_db
Code = ledger.Code


def sums(site):
    return {
        code.value: amount
        for code in (Code.DISPUTE_HOLD, Code.PROCESSOR_CLEARING, Code.PROCESSOR_FEES, Code.HOST_PAYABLE)
        if (amount := ledger.balance(site.host, code, currency="USD"))
    }


def test_it_learns_of_a_dispute_in_any_order_and_keeps_the_money_aside(site, taken):
    assert tell_all() == ProcessorEvent.objects.count() > 1
    tell_all()

    dispute = Dispute.objects.get()
    assert (dispute.state, dispute.amount_minor, dispute.fee_minor) == ("needs_response", 300, 1500)
    assert (dispute.hold, dispute.host) == (Hold.objects.get(), site.host)
    assert dispute.respond_before is not None
    assert sums(site) == {
        "dispute_hold": 300,
        "processor_fees": 39 + 1500,
        "processor_clearing": 300 - 39 - 1800,
        "host_payable": -300,
    }


@pytest.mark.parametrize(
    ("is_won", "expected"),
    [
        (True, {"processor_fees": 1539, "processor_clearing": 300 - 1539, "host_payable": -300}),
        (False, {"processor_fees": 1539, "processor_clearing": -1539}),
    ],
)
def test_the_books_know_how_it_ended(site, taken, is_won, expected):
    tell_all()
    dispute = Dispute.objects.get()
    simulated.decide_dispute(dispute.processor_ref, is_won=is_won)

    for _ in range(2):
        disputes.sync_from_processor(dispute.processor_ref, processor="simulated", now=minutes(90))

    dispute.refresh_from_db()
    assert (dispute.state, dispute.closed_at) == ("won" if is_won else "lost", minutes(90))
    assert sums(site) == expected
    assert LedgerEntry.objects.filter(source_type="dispute").count() == 2


def test_what_speaks_for_us_is_made_of_the_session(site, taken):
    tell_all()
    dispute = Dispute.objects.select_related("hold__session__property", "hold__session__charger").get()

    text = disputes.evidence(dispute)

    assert "station SUN001, Sunset 1." in text
    assert "The meter read 1000 Wh at the start and 6000 Wh at the end.\n5.000 kWh were delivered." in text
    assert "Receipt 2026-000001 over 3.00 USD was issued on 2026-03-10." in text


def test_it_is_answered_once(site, taken):
    tell_all()
    dispute = Dispute.objects.get()

    answered = disputes.answer(dispute.pk, text="5 kWh were delivered.", by="user:agent@example.com", now=minutes(70))

    assert answered.state == "under_review"
    dispute.refresh_from_db()
    assert (dispute.evidence, dispute.answered_by) == ("5 kWh were delivered.", "user:agent@example.com")
    with pytest.raises(disputes.AnsweredError, match="reads our evidence"):
        disputes.answer(dispute.pk, text="More.", by="x", now=minutes(71))
    simulated.advance_clock(timedelta(days=3))
    assert disputes.learn_open(now=minutes(100)) == 1
    dispute.refresh_from_db()
    assert dispute.state == "won"
    assert disputes.learn_open(now=minutes(101)) == 0


def test_it_ignores_what_is_about_no_payment_of_ours(site):
    foreign = Authorization(amount_minor=500, currency="USD", card="4242424242424242", description="Elsewhere")
    held = processor().charge(foreign, key="elsewhere")
    ref = simulated.dispute(held.ref).ref

    assert disputes.sync_from_processor(ref, processor="simulated", now=minutes(1)) is None
    assert disputes.sync_from_processor("dp_none", processor="simulated", now=minutes(1)) is None
    assert not Dispute.objects.exists()


def test_an_event_waits_while_the_processor_does_not_answer_and_holds_up_no_other(site, taken, monkeypatch):
    for delivery in SimulatedDelivery.objects.all():
        deliver(delivery.raw.encode())
    total = ProcessorEvent.objects.count()

    def silent(*_args, **_kwargs):
        raise OutcomeUnknownError("No answer.")

    with monkeypatch.context() as patched:
        patched.setattr(type(processor()), "look_up_dispute", silent)
        assert processor_events.handle_stored(now=minutes(62)) == total - 1
    assert processor_events.handle_stored(now=minutes(63)) == 1
    assert Dispute.objects.count() == 1


def test_a_lost_webhook_is_made_good_by_the_list_of_movements(site, taken):
    assert tasks.reconcile_processor() == 2

    assert Dispute.objects.get().state == "needs_response"
    assert datetime.now(tz=UTC) > Dispute.objects.get().opened_at
