"""What the tests of processor_events.processor_events and processor_reports.plan_events share."""

import random

import pytest

from billing.models import (
    PaymentCard,
    SimulatedDelivery,
    SubscriptionPeriod,
)
from billing.payments.processors import simulated
from billing.processor_events import processor_events
from billing.sessions.plans import subscriptions
from tests.kit.simulated import deliver
from tests.kit.subscriptions import START, save

EACH_TIME = "4000002760003184"


@pytest.fixture
def confirming(site, kim, plan) -> SubscriptionPeriod:
    """A first payment about which the bank asks the driver."""
    saved = save(kim, EACH_TIME)
    simulated.confirm(saved.ref, accepted=True)
    PaymentCard.objects.filter(pk=saved.pk).update(state="ready", last4="3184")
    saved.refresh_from_db()
    return subscriptions.subscribe(kim, plan, card=saved, now=START)


def told(*, now=START) -> int:
    """Delivers every webhook twice, in random order."""
    found = [delivery.raw.encode() for delivery in SimulatedDelivery.objects.all()] * 2
    random.shuffle(found)
    for raw in found:
        assert deliver(raw).status_code == 204
    return processor_events.handle_stored(now=now)
