"""The simulated processor's balances: fees, what is pending, disputes, transfers and payouts that come back."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from billing import tasks
from billing.models import ProcessorEvent, SimulatedBalanceTransaction, SimulatedDelivery
from billing.payments.processors import processor, simulated
from billing.payments.processors.protocol import (
    Authorization,
    Balance,
    DisputeState,
    Movement,
    NotPossibleError,
    PayoutState,
    WebhookEvent,
)
from tests.kit.simulated import deliver

pytestmark = pytest.mark.django_db
GOOD, DISPUTED, AVAILABLE = "4242424242424242", "4000000000000259", "4000000000000077"


def paid(amount_minor=10_000, *, card=GOOD, key="1"):
    wanted = Authorization(amount_minor=amount_minor, currency="USD", card=card, description="Session 1")
    return processor().charge(wanted, key=f"charge:{key}")


def movements(**kwargs):
    return [
        (one.kind, one.amount_minor, one.fee_minor, one.net_minor)
        for one in processor().list_balance_transactions(**kwargs)
    ]


def balance(account_ref=""):
    found = processor().balance("USD", account_ref=account_ref)
    return found.available_minor, found.pending_minor


def pay_out(amount_minor, *, account_ref="", key="1"):
    return processor().pay_out(account_ref, amount_minor=amount_minor, currency="USD", key=f"payout:{key}")


def transfer(account_ref, amount_minor, *, key="1"):
    return processor().transfer(account_ref, amount_minor=amount_minor, currency="USD", key=f"transfer:{key}")


def test_it_keeps_a_fee_and_lets_the_rest_wait():
    payment = paid()

    assert payment.fee_minor == 320  # 2.9 % and 0.30
    assert movements() == [(Movement.PAYMENT, 10_000, 320, 9680)]
    assert processor().balance("USD") == Balance(currency="USD", available_minor=0, pending_minor=9680)
    assert processor().balance("EUR").pending_minor == 0
    simulated.advance_clock(timedelta(days=2))
    assert balance() == (9680, 0)


def test_it_takes_the_fee_that_was_set_and_never_more_than_the_payment():
    simulated.set_fee(percent=Decimal("1.5"), fixed_minor=25)

    assert paid(1010).fee_minor == 40  # 15.15 is 15, and 25
    assert paid(20, key="2").fee_minor == 20


def test_it_knows_no_fee_before_the_capture():
    wanted = Authorization(amount_minor=4000, currency="USD", card=GOOD, description="Session 1")
    held = processor().authorize(wanted, key="a")
    assert held.fee_minor is None
    assert movements() == []

    captured = processor().capture(held.ref, amount_minor=1000, key="c")

    assert captured.fee_minor == 59
    assert movements() == [(Movement.PAYMENT, 1000, 59, 941)]


def test_it_refunds_from_the_balance_and_keeps_the_fee():
    payment = paid(card=AVAILABLE)

    processor().refund(payment.ref, amount_minor=4000, key="r")

    assert balance() == (5680, 0)
    assert movements()[1] == (Movement.REFUND, -4000, 0, -4000)


def test_it_lists_what_came_since_a_moment():
    paid()
    simulated.advance_clock(timedelta(hours=1))
    since = next(iter(processor().list_balance_transactions())).created_at + timedelta(minutes=1)
    paid(500, key="2")

    assert movements(since=since) == [(Movement.PAYMENT, 500, 45, 455)]


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


def test_it_transfers_no_more_than_is_available_and_takes_back_no_more_than_is_left():
    host = simulated.open_account()
    paid()
    with pytest.raises(NotPossibleError, match="more than the 0"):
        transfer(host, 5000)
    simulated.advance_clock(timedelta(days=2))

    made = transfer(host, 5000, key="2")

    assert transfer(host, 5000, key="2") == made
    assert (balance(), balance(host)) == ((4680, 0), (5000, 0))
    pay_out(4000, account_ref=host)
    with pytest.raises(NotPossibleError, match=r"more than the 10\.00 USD"):
        processor().reverse_transfer(made.ref, amount_minor=1001, key="b")
    assert processor().reverse_transfer(made.ref, amount_minor=600, key="b2").reversed_minor == 600
    assert (balance(), balance(host)) == ((5280, 0), (400, 0))
    with pytest.raises(NotPossibleError, match="no account"):
        transfer("acct_none", 1, key="3")
    with pytest.raises(NotPossibleError):
        transfer("", 1, key="4")
    with pytest.raises(NotPossibleError, match="no amount"):
        transfer(host, 0, key="5")


def test_it_pays_out_in_its_own_time():
    paid(card=AVAILABLE)
    with pytest.raises(NotPossibleError):
        pay_out(9681)

    payout = pay_out(9680, key="2")

    assert (payout.state, balance()) == (PayoutState.PENDING, (0, 0))
    seen = []
    for step in (timedelta(hours=1), timedelta(days=2), timedelta(days=30)):
        simulated.advance_clock(step)
        seen.append(processor().look_up_payout(payout.ref).state)
    assert seen == [PayoutState.IN_TRANSIT, PayoutState.PAID, PayoutState.PAID]
    assert movements(payout=payout.ref) == [(Movement.PAYMENT, 10_000, 320, 9680)]
    assert processor().look_up_payout("po_none") is None


def test_it_returns_a_payout_that_was_paid():
    host = simulated.open_account(bank="returns")
    paid(card=AVAILABLE)
    transfer(host, 9000)
    payout = pay_out(9000, account_ref=host)
    simulated.advance_clock(timedelta(days=2))
    assert processor().look_up_payout(payout.ref, account_ref=host).state is PayoutState.PAID
    assert processor().look_up_payout(payout.ref) is None, "it is another account's"

    simulated.advance_clock(timedelta(days=3))

    failed = processor().look_up_payout(payout.ref, account_ref=host)
    assert failed is not None
    assert (failed.state, failed.failure, failed.sentence) == (
        PayoutState.FAILED,
        "account_closed",
        "The bank account has been closed.",
    )
    assert balance(host) == (9000, 0)
    assert movements(account_ref=host)[-1] == (Movement.PAYOUT_BACK, 9000, 0, 9000)
    assert pay_out(9000, account_ref=host, key="again").state is PayoutState.PENDING


def test_it_fails_a_payout_by_hand_once():
    paid(card=AVAILABLE)
    payout = pay_out(9680)

    simulated.fail_payout(payout.ref, code="no_account")
    simulated.fail_payout(payout.ref, code="declined")

    assert processor().look_up_payout(payout.ref).failure == "no_account"
    assert balance() == (9680, 0)


def test_it_debits_the_bank_for_what_is_owed():
    payment = paid(card=AVAILABLE)
    pay_out(9680)
    processor().refund(payment.ref, amount_minor=1000, key="r")
    assert balance() == (-1000, 0)

    debit = simulated.settle_debt("", currency="USD")

    assert debit is not None
    assert (debit.amount_minor, balance()) == (-1000, (0, 0))
    assert movements(payout=debit.ref) == [(Movement.REFUND, -1000, 0, -1000)]
    assert simulated.settle_debt("", currency="USD") is None


def test_its_payouts_are_the_sum_of_what_went_out_with_them():
    paid(card=AVAILABLE)
    pay_out(1000, key="a part")
    paid(5000, card=AVAILABLE, key="2")

    payout = pay_out(8680 + 4825, key="the rest")

    listed = list(processor().list_balance_transactions(payout=payout.ref))
    assert sum(one.net_minor for one in listed) == payout.amount_minor
    assert {one.payout_ref for one in listed} == {payout.ref}


def test_it_tells_of_everything_twice_and_in_no_order(live_server, settings):
    settings.PUBLIC_BASE_URL = live_server.url
    host = simulated.open_account(bank="returns")
    payment = paid(card=AVAILABLE)
    made = transfer(host, 5000)
    processor().reverse_transfer(made.ref, amount_minor=1000, key="b")
    payout = pay_out(4000, account_ref=host)
    simulated.dispute(payment.ref)
    simulated.advance_clock(timedelta(days=8))
    SimulatedDelivery.objects.update(due_at=datetime.now(tz=UTC))

    while tasks.deliver_simulated_webhooks():
        SimulatedDelivery.objects.filter(delivered_at=None).update(due_at=datetime.now(tz=UTC))

    found = list(ProcessorEvent.objects.order_by("id").values_list("kind", "subject", "processor_ref"))
    in_order = [
        ("payment.captured", "payment", payment.ref), ("transfer.created", "transfer", made.ref),
        ("transfer.reversed", "transfer", made.ref), ("payout.created", "payout", payout.ref),
    ]  # fmt: skip
    assert set(in_order) < set(found)
    kinds = {kind for kind, _, _ in found}
    assert {"dispute.opened", "dispute.closed", "payout.in_transit", "payout.paid", "payout.failed"} < kinds
    assert len(found) == SimulatedDelivery.objects.count() / 2
    assert SimulatedDelivery.objects.filter(delivered_at=None).count() == 0


def test_its_events_say_what_they_are_about():
    raw = b'{"id": "e", "kind": "never.heard_of", "ref": "x_1", "created_at": "2026-03-10T00:00:00+00:00"}'
    now = datetime.now(tz=UTC)

    event = processor().verify_webhook(raw, signature=simulated.sign(raw, now=now), now=now)

    assert isinstance(event, WebhookEvent)
    assert (event.subject, event.ref) == ("other", "x_1")


def test_every_movement_of_its_balance_is_written_down():
    host = simulated.open_account()
    payment = paid(card=AVAILABLE)
    processor().refund(payment.ref, amount_minor=100, key="r")
    transfer(host, 500)

    rows = SimulatedBalanceTransaction.objects.filter(account__ref="")

    assert sum(row.net_minor for row in rows) == balance()[0] == 9680 - 100 - 500
