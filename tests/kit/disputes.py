"""Payments that were captured and are disputed."""

import pytest

from billing.models import SimulatedDelivery
from billing.processor_events import processor_events
from tests.billing.conftest import minutes
from tests.kit.held import paid
from tests.kit.simulated import deliver

DISPUTED = "4000000000000259"


@pytest.fixture
def taken(site):
    """A session whose card pays 3.00 and disputes it at once."""
    session, _, row = paid(site, card=DISPUTED)
    site.stop(row, 6000, at=minutes(60), reason="EVDisconnected")
    site.work(now=minutes(61))
    session.refresh_from_db()
    return session


def tell_all():
    """Delivers every webhook, newest first."""
    for delivery in SimulatedDelivery.objects.order_by("-id"):
        deliver(delivery.raw.encode())
    return processor_events.handle_stored(now=minutes(62))
