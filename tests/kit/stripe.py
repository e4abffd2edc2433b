"""What the tests of processor_events.callbacks and processors.stripe share."""

from collections.abc import Iterator

import pytest

from billing.payments.processors.protocol import (
    Authorization,
)
from billing.sessions.holds import holds
from billing.sessions.lifecycle import lifecycle
from tests.billing.conftest import NOON
from tests.kit.processing import RETURN_URL
from tests.kit.stripe_server import KEY, SECRET, StripeServer


@pytest.fixture
def server(settings) -> Iterator[StripeServer]:
    with StripeServer() as running:
        settings.CARD_PROCESSOR = "stripe"
        settings.STRIPE_API_KEY, settings.STRIPE_WEBHOOK_SECRET = KEY, SECRET
        settings.STRIPE_API_BASE, settings.STRIPE_TIMEOUT_S = running.url, 1
        yield running


def wanted(card="", *, amount_minor=4000, **fields):
    values = {"currency": "USD", "description": "Session 1", "return_url": RETURN_URL} | fields
    return Authorization(amount_minor=amount_minor, card=card, **values)


def guest_at(site, *, at=NOON):
    site.rate("guest")
    session = lifecycle.open_for_guest(lifecycle.GuestOrder(charger=site.charger, evse_number=1), now=at)
    hold = holds.open_hold(session, amount_minor=4000, now=at)
    return session, holds.authorize(hold, card="", now=at, return_url=RETURN_URL)
