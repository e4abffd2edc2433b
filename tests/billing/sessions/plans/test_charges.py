"""What charges of a plan's period and of the difference of a change have in common, beside `payments.card_charges`."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from billing.models import (
    Invoice,
    SimulatedPayment,
    SubscriptionPeriod,
)
from billing.payments.books.ledger import Code
from billing.payments.processors import simulated
from billing.payments.processors.protocol import OutcomeUnknownError
from billing.sessions.plans import subscriptions
from tests.kit.at_once import at_once
from tests.kit.subscriptions import APRIL, START, balance, only


@pytest.mark.django_db(transaction=True)
def test_many_workers_renew_and_charge_once(site, kim, plan, card):
    subscriptions.subscribe(kim, plan, card=card, now=START)

    at_once(8, lambda: subscriptions.keep_up(now=APRIL))
    subscriptions.keep_up(now=APRIL + timedelta(minutes=5))

    assert [one.number for one in SubscriptionPeriod.objects.order_by("number")] == [1, 2]
    assert SimulatedPayment.objects.count() == 2
    assert sorted(Invoice.objects.values_list("number", flat=True)) == [1, 2]
    assert balance(site, Code.PROCESSOR_CLEARING) == 2000 + 3100


@pytest.mark.parametrize("when", ["before the answer", "after the answer"])
def test_a_worker_that_is_killed_while_charging_charges_once(site, kim, plan, card, monkeypatch, when):
    subscriptions.subscribe(kim, plan, card=card, now=START)
    kill_once(monkeypatch, before=when == "before the answer")

    with pytest.raises(SystemExit):
        subscriptions.keep_up(now=APRIL)
    subscriptions.keep_up(now=APRIL + timedelta(minutes=1))
    assert SubscriptionPeriod.objects.get(number=2).state == "charging", "the first one may still be at it"
    subscriptions.keep_up(now=APRIL + timedelta(minutes=3))

    assert SubscriptionPeriod.objects.get(number=2).state == "paid"
    assert SimulatedPayment.objects.count() == 2


def kill_once(monkeypatch: pytest.MonkeyPatch, *, before: bool) -> None:
    plain: Callable[..., object] = simulated.SimulatedProcessor.charge
    killed: list[int] = []

    def charge(self: object, *args: object, **kwargs: object) -> object:
        if killed:
            return plain(self, *args, **kwargs)
        killed.append(1)
        if not before:
            plain(self, *args, **kwargs)
        raise SystemExit

    monkeypatch.setattr(simulated.SimulatedProcessor, "charge", charge)


def test_a_lost_answer_is_asked_again_with_the_same_key(site, kim, plan, card, monkeypatch):
    keys: list[str] = []
    plain = simulated.SimulatedProcessor.charge

    def charge(self, wanted, *, key, **rest):
        keys.append(key)
        answer = plain(self, wanted, key=key)
        if len(keys) == 1:
            raise OutcomeUnknownError("No answer.")
        return answer

    monkeypatch.setattr(simulated.SimulatedProcessor, "charge", charge)
    subscriptions.subscribe(kim, plan, card=card, now=START)
    subscriptions.keep_up(now=START + timedelta(minutes=3))

    assert len(set(keys)) == 1
    assert len(keys) == 2
    assert (only().state, SimulatedPayment.objects.count()) == ("active", 1)
