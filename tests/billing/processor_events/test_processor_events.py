"""Webhooks of card processors: stored once, then handled by looking at the payment as it is now."""

from datetime import timedelta

import pytest

from billing.models import (
    ProcessorEvent,
    SubscriptionPeriod,
)
from billing.payments.processors import processor, simulated
from billing.processor_events import processor_events
from tests.kit.plan_changes import LATER, asked, dear, subscribed
from tests.kit.plan_events import confirming, told
from tests.kit.subscriptions import START, card, kim, only, plan, save

__all__ = ["asked", "card", "confirming", "dear", "kim", "plan", "subscribed"]
pytestmark = pytest.mark.django_db
EACH_TIME = "4000002760003184"


@pytest.mark.parametrize(("accepted", "state"), [(True, "done"), (False, "refused")])
def test_a_change_is_carried_out_or_not_as_soon_as_the_bank_was_answered(site, asked, accepted, state):
    simulated.confirm(asked.processor_ref, accepted=accepted)

    told(now=LATER + timedelta(minutes=1))
    told(now=LATER + timedelta(minutes=2))

    asked.refresh_from_db()
    assert asked.state == state
    assert SubscriptionPeriod.objects.count() == 1 + accepted
    assert only().plan.name == ("Commuter" if accepted else "Neighbour")


def test_an_event_without_a_reference_asks_about_nothing(site, confirming, monkeypatch):
    SubscriptionPeriod.objects.update(processor_ref="")
    event = ProcessorEvent.objects.create(
        processor="simulated", event_id="e", kind="x", subject="other", raw="{}", received_at=START
    )
    monkeypatch.setattr(type(processor()), "look_up", lambda *_args, **_kwargs: pytest.fail("asked"))

    assert processor_events.handle_stored(now=START) >= 1

    event.refresh_from_db()
    assert event.handled_at == START


@pytest.mark.parametrize(("accepted", "state"), [(True, "ready"), (False, "declined")])
def test_a_card_is_saved_or_not_although_its_driver_never_comes_back(kim, accepted, state):
    asked_card = save(kim, EACH_TIME)
    assert asked_card.state == "saving"
    simulated.confirm(asked_card.ref, accepted=accepted)

    told()

    asked_card.refresh_from_db()
    assert asked_card.state == state
