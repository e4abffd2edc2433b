"""Subscriptions that change their plan."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from billing.models import (
    PaymentCard,
    Plan,
    PlanChange,
    Subscription,
)
from billing.payments.processors import simulated
from billing.sessions.plans import catalogue, changes, subscriptions
from billing.sessions.plans.catalogue import PlanTerms
from tests.billing.conftest import Site
from tests.kit.subscriptions import START, only, save

LATER = START + timedelta(days=10)  # 22 March: 10 of 20 days are left, including that day
ASKS_EACH_TIME = "4000002760003184"


@pytest.fixture
def dear(site: Site) -> Plan:
    offer = PlanTerms(fee_minor=6200, currency="USD", tax_pct=Decimal(20), included_wh=62_000)
    return catalogue.make(site.host, name="Commuter", offer=offer, now=START).plan


@pytest.fixture
def subscribed(kim, plan, card) -> Subscription:
    subscriptions.subscribe(kim, plan, card=card, now=START)
    return only()


def change(to: Plan, *, now: datetime = LATER) -> PlanChange:
    """Changes the plan as the driver confirms it on the page."""
    shown = changes.offer(only(), to, now=now)
    return changes.begin(only(), to, seen_amounts=(shown.total_minor, shown.credit_minor), now=now)


@pytest.fixture
def asked(site, subscribed, kim, dear) -> PlanChange:
    saved = save(kim, ASKS_EACH_TIME)
    simulated.confirm(saved.ref, accepted=True)
    PaymentCard.objects.filter(pk=saved.pk).update(state="ready", last4="3184")
    Subscription.objects.update(card=saved)
    return change(dear)


def lose(monkeypatch, name: str, *, error: BaseException, after: bool = True) -> list[str]:
    """Loses the first call's answer, or kills its caller, before or after the processor acts; returns the keys."""
    plain, keys = getattr(simulated.SimulatedProcessor, name), []

    def act(self, *args, key, **kwargs):
        keys.append(key)
        if len(keys) == 1 and not after:
            raise error
        answer = plain(self, *args, key=key, **kwargs)
        if len(keys) == 1:
            raise error
        return answer

    monkeypatch.setattr(simulated.SimulatedProcessor, name, act)
    return keys
