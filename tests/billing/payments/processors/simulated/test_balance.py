"""The simulated processor's balances: fees, what is pending, disputes, transfers and payouts that come back."""

from datetime import timedelta
from decimal import Decimal

import pytest

from billing.models import SimulatedBalanceTransaction
from billing.payments.processors import processor, simulated
from billing.payments.processors.protocol import (
    Authorization,
    Balance,
    Movement,
)
from tests.kit.simulated import AVAILABLE, GOOD, balance, movements, paid, transfer

pytestmark = pytest.mark.django_db


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


def test_every_movement_of_its_balance_is_written_down():
    host = simulated.open_account()
    payment = paid(card=AVAILABLE)
    processor().refund(payment.ref, amount_minor=100, key="r")
    transfer(host, 500)

    rows = SimulatedBalanceTransaction.objects.filter(account__ref="")

    assert sum(row.net_minor for row in rows) == balance()[0] == 9680 - 100 - 500
