"""A browser is told of a session or of a place on a waiting list, and of each occasion once."""

import pytest
from django.db import IntegrityError, transaction

from billing.models import PushMessage, PushSubscription
from tests.kit.push import browser, subscribe
from tests.kit.running import now, running

__all__ = ["browser", "now", "running"]


def test_a_subscription_is_of_one(db, now):
    with pytest.raises(IntegrityError, match="pushsubscription_of_one"), transaction.atomic():
        PushSubscription.objects.create(endpoint="https://push.example.com/a", language="en", made_at=now)


def test_an_occasion_is_told_once(browser, running, now):
    subscribe(running, browser, at=now)
    facts = {"kind": "charging_ended", "occasion_at": now, "expires_at": now}
    PushMessage.objects.create(subscription=PushSubscription.objects.get(), **facts)

    with pytest.raises(IntegrityError, match="pushmessage_told_once"), transaction.atomic():
        PushMessage.objects.create(subscription=PushSubscription.objects.get(), **facts)
