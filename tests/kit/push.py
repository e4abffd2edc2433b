"""What the tests of messages to guests' browsers share."""

import ipaddress

import pytest

from billing.sessions.push import encryption, subscriptions
from billing.sessions.push.subscriptions import Browser
from tests.kit import push_service

KEY = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"


@pytest.fixture
def browser(db, settings):
    """A browser of a push service on this machine, not subscribed yet."""
    settings.OUTBOUND_ALLOWED_NETWORKS = [ipaddress.ip_network("127.0.0.0/8")]
    settings.VAPID_PRIVATE_KEY = KEY
    settings.PUBLIC_BASE_URL = "https://charge.example.com"
    with push_service.browser(encryption.public_key()) as made:
        yield made


def subscribe(about, browser, *, at, language="en") -> None:
    subscriptions.add(about, Browser(**browser.fields), language=language, now=at)
