"""Transfers to hosts' accounts and payouts to banks at the simulated processor: limited by what is there."""

from datetime import timedelta

import pytest

from billing.payments.processors import processor, simulated
from billing.payments.processors.protocol import Movement, NotPossibleError, PayoutState
from tests.kit.simulated import AVAILABLE, balance, movements, paid, pay_out, transfer

pytestmark = pytest.mark.django_db


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
