"""What a browser, or anybody who pretends to be one, may subscribe with."""

from datetime import timedelta

import pytest

from billing.models import PushSubscription, Session
from billing.sessions.push import subscriptions
from billing.sessions.push.subscriptions import Browser, SubscriptionError
from tests.kit.push import browser, subscribe
from tests.kit.running import now, running

__all__ = ["browser", "now", "running"]


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "ftp://push.example.com/a",
        "http://push.example.com/a",
        "https://10.0.0.1/a",
        "https://169.254.169.254/latest",
        "https://[::1]/a",
        "https://2852039166/a",
        "https://user:secret@push.example.com/a",
        "https://push.example.com:25/a",
        "https://push.example.com/a b",
        "https://push.example.com/\u00e9",
        "https://push.example.com/a\nHost: x",
        "https://push.example.com/" + "a" * 1000,
        "javascript:alert(1)",
    ],
)
def test_it_refuses_addresses_that_are_not_https_or_not_public(browser, endpoint):
    with pytest.raises(SubscriptionError):
        Browser(**browser.fields | {"endpoint": endpoint})


@pytest.mark.parametrize(
    "changes", [{"p256dh": ""}, {"p256dh": "B" * 87}, {"p256dh": "!"}, {"auth": "AAAA"}, {"auth": "é"}, {"auth": ""}]
)
def test_it_refuses_keys_that_are_none(browser, changes):
    with pytest.raises(SubscriptionError):
        Browser(**browser.fields | changes)


def test_a_browser_is_subscribed_once_to_a_session(browser, running, now):
    subscribe(running, browser, at=now)
    subscribe(running, browser, at=now + timedelta(minutes=1), language="de")

    row = PushSubscription.objects.get()
    assert (row.language, row.made_at) == ("de", now)
    assert subscriptions.exists(running, endpoint=browser.service.url)
    subscriptions.remove(running, endpoint=browser.service.url)
    assert not PushSubscription.objects.exists()


def test_a_session_has_five_browsers_at_most(browser, running, now):
    for number in range(7):
        fields = browser.fields | {"endpoint": f"https://push.example.com/{number}"}
        subscriptions.add(running, Browser(**fields), language="en", now=now + timedelta(seconds=number))

    kept = set(PushSubscription.objects.values_list("endpoint", flat=True))
    assert kept == {f"https://push.example.com/{number}" for number in range(2, 7)}


def test_it_is_deleted_an_hour_after_the_session(browser, running, now):
    subscribe(running, browser, at=now)
    assert subscriptions.prune(now=now + timedelta(days=1)) == 0
    over = {"state": "settled", "stopped_at": now, "unplugged_at": now, "settled_at": now}
    Session.objects.filter(pk=running.pk).update(**over)

    assert subscriptions.prune(now=now + timedelta(minutes=59)) == 0
    assert subscriptions.prune(now=now + timedelta(minutes=61)) == 1
