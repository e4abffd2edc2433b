"""Cards that a driver keeps to pay with. Our row first, then the processor with a key made of it, then its answer."""

import pytest

from billing.sessions.drivers import accounts, payment_cards
from billing.sessions.plans import subscriptions
from tests.kit.subscriptions import START, card, kim, only, plan

__all__ = ["card", "kim", "plan"]


def test_cards_and_accounts_stay_while_a_plan_needs_them(site, kim, plan, card):
    subscriptions.subscribe(kim, plan, card=card, now=START)

    with pytest.raises(payment_cards.CardError, match="A plan is paid by this card"):
        payment_cards.remove(card, now=START)
    assert "A plan of yours still runs" in accounts.obstacles(kim)[0]
    subscriptions.end_at_once(only(), now=START)
    payment_cards.remove(card, now=START)
    assert accounts.obstacles(kim) == []
