"""A guest at a charger: the station, the price, the payment."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from billing.models import Rate, RateAssignment, RateVersion
from billing.sessions.holds import holds
from billing.sessions.starting import ordering
from chargers.models import Charger, Connector, Property

RATE = {
    "connection_fee": "0.50",
    "energy": [{"name": "all day", "price": "0.35"}],
    "idle": {"per_min": "0.40", "grace_min": 10, "cap": "20.00"},
    "tax": {"mode": "inclusive", "rates": {"connection": "8.25", "energy": "8.25", "idle": "8.25", "processing": "0"}},
}


GOOD, DECLINED, LOST = "4242424242424242", "4000000000000002", "4000000000000119"


@pytest.fixture
def station(world):
    """A public port that is online and free, with a rate for guests."""
    now = datetime.now(tz=UTC)
    Property.objects.filter(pk=world.site.pk).update(access="guest")
    Charger.objects.update(connection_id=uuid.uuid4(), connected_at=now, ocpp_version="1.6")
    Connector.objects.update(status="Available", status_at=now)
    rate = Rate.objects.create(host=world.host, slug="standard", name="Standard", currency="USD")
    version = RateVersion.objects.create(rate=rate, number=1, definition=RATE, created_at=now)
    RateAssignment.objects.create(rate=rate, property=world.site, audience="guest")
    return version


@pytest.fixture
def guest() -> Client:
    return Client()


def pay(guest, version, *, card=GOOD):
    return guest.post("/c/SUN001/1", {"card": card, "version": version.pk, "email": "guest@example.com"})


def look(guest, session):
    """Returns the guest's page after a moment, when a worker has asked the processor and started."""
    guest.get(f"/s/{session.secret}/")
    later = datetime.now(tz=UTC) + timedelta(seconds=3)
    holds.check_watched(now=later)
    ordering.start_paid(now=later)
    return guest.get(f"/s/{session.secret}/").content.decode()
