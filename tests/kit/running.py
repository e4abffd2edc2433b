"""A session while its car charges."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from billing.models import Session
from billing.sessions.holds import holds
from billing.sessions.lifecycle import lifecycle
from chargers.models import Charger, Property
from tests.kit import charging

RATE = charging.PLAIN | {"idle": {"per_min": "0.15", "grace_min": 10, "cap": "10.00"}}


@pytest.fixture
def now():
    return datetime.now(tz=UTC).replace(microsecond=0)


@pytest.fixture
def running(world, now):
    """A guest's car that has charged for an hour and taken 7 kWh."""
    Property.objects.filter(pk=world.site.pk).update(access="guest", contact_phone="+1 555 0100")
    Charger.objects.update(connection_id=uuid.uuid4(), connected_at=now, ocpp_version="1.6")
    charging.assign(charging.make_rate(world.host, definition=RATE), world.site, "guest")
    return begun(world.charger, at=now - timedelta(hours=1), now=now)


def begun(charger, *, at, now, email="kim@example.com", wh=7000):
    session = lifecycle.open_for_guest(lifecycle.GuestOrder(charger=charger, evse_number=1, email=email), now=at)
    hold = holds.open_hold(session, amount_minor=4000, now=at)
    holds.authorize(hold, card="4242 4242 4242 4242", now=at)
    row = charging.start(charger, uid=session.id_token, at=at)
    charging.report(charger, "Charging", at=at)
    charging.read(row, 1000 + wh, at=now - timedelta(minutes=8))
    for minute in range(0, 90, 5):
        charging.message(charger, at=at + timedelta(minutes=minute))
    return Session.objects.get(pk=session.pk)
