"""What the tests of acts.sessions and its neighbours share."""

import re
from datetime import timedelta

import pytest

from billing.models import LateStop, Session
from billing.sessions.lifecycle import lifecycle
from billing.sessions.settlement import late_stops
from chargers.models import Property
from tests.kit import charging


@pytest.fixture
def priced(world):
    Property.objects.update(access="guest")
    world.charger.property.refresh_from_db()
    charging.assign(charging.make_rate(world.host), world.site, "guest", "member")
    return world


def page(client, session):
    return client.get(f"/sessions/{session.pk}/").content.decode()


def moments(client, session):
    """Returns the events by kind, which the page loads separately."""
    return client.get(f"/support/sessions/{session.pk}/", headers={"HX-Request": "true"}).content.decode()


def plain(text):
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


@pytest.fixture
def late(world):
    """A guest who paid 9.00 for 20 kWh; then the charger reported 23 kWh: 10.20."""
    Property.objects.update(access="guest")
    charging.assign(charging.make_rate(world.host), world.site, "guest")
    session = charging.guest(world.charger)
    row, came = session.transaction, charging.YESTERDAY + timedelta(hours=5)
    row.meter_stop_wh, row.stop_received_at = 24_000, came
    row.save()
    lifecycle.stop(row)
    Session.objects.filter(pk=session.pk).update(late_stop_at=came)
    late_stops.catch_up(now=came)
    assert LateStop.objects.get().outcome == "not_billed"
    return Session.objects.get(pk=session.pk)
