"""Messages on their way: encrypted, tried again in bounds, and the end of subscriptions that nobody answers for."""

from datetime import timedelta

import pytest

from billing.models import PushMessage, PushSubscription
from billing.sessions.push import sending
from tests.kit.push import browser, subscribe
from tests.kit.running import now, running

__all__ = ["browser", "now", "running"]
SECOND = timedelta(seconds=1)


@pytest.fixture
def message(browser, running, now) -> PushMessage:
    subscribe(running, browser, at=now)
    return PushMessage.objects.create(
        subscription=PushSubscription.objects.get(),
        kind="charging_ended",
        occasion_at=now,
        title="Charging has ended",
        text="SUN001, Sunset 1",
        due_at=now,
        expires_at=now + timedelta(minutes=15),
    )


def test_the_browser_reads_it_once(message, browser, now):
    assert sending.due(now=now) == [message.pk]

    assert [sending.send(message.pk, now=now) for _ in range(2)] == [True, False]

    assert browser.messages == [{"title": "Charging has ended", "text": "SUN001, Sunset 1", "tag": "charging"}]
    message.refresh_from_db()
    assert (message.sent_at, message.due_at) == (now, None)
    assert browser.service.posts[0].headers["ttl"] == "900"


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_gone_ends_the_subscription(message, browser, now, status):
    browser.service.answers = [status]

    assert sending.send(message.pk, now=now) is False
    assert not PushSubscription.objects.exists()


@pytest.mark.parametrize("status", [429, 500, 503])
def test_it_tries_three_times_at_most(message, browser, now, status):
    browser.service.answers = [status] * 9

    for second in range(0, 600, 5):
        for pk in sending.due(now=now + second * SECOND):
            sending.send(pk, now=now + second * SECOND)

    assert len(browser.service.posts) == 3
    message.refresh_from_db()
    assert (message.due_at, message.sent_at) == (None, None)


def test_a_refusal_is_not_tried_again(message, browser, now):
    browser.service.answers = [403]

    sending.send(message.pk, now=now)

    assert sending.due(now=now + timedelta(minutes=5)) == []
    assert PushSubscription.objects.exists()


def test_a_private_address_behind_a_name_is_not_called_and_ends_the_subscription(message, browser, now, settings):
    settings.OUTBOUND_ALLOWED_NETWORKS = []

    assert sending.send(message.pk, now=now) is False

    assert browser.service.posts == []
    assert not PushSubscription.objects.exists()


def test_what_is_no_news_any_more_is_dropped(message, browser, now):
    assert sending.due(now=now + timedelta(minutes=15)) == []
    assert sending.send(message.pk, now=now + timedelta(minutes=15)) is False
    assert browser.service.posts == []


def test_a_worker_that_dies_leaves_it_to_another_one(message, browser, now):
    PushMessage.objects.filter(pk=message.pk).update(due_at=now + timedelta(minutes=1), attempts=1)
    assert sending.due(now=now) == []

    assert sending.due(now=now + timedelta(minutes=1)) == [message.pk]
    assert sending.send(message.pk, now=now + timedelta(minutes=1))
