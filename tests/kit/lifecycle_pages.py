"""What the tests of lifecycle.filters, lifecycle.session_csv and lifecycle.views share."""

import re

import pytest

from chargers.models import Property
from tests.kit import charging


@pytest.fixture
def priced(world):
    Property.objects.update(access="guest", time_zone="Europe/Amsterdam")
    world.charger.property.refresh_from_db()
    charging.assign(charging.make_rate(world.host), world.site, "guest", "member")
    return world


def listed(client, **query):
    """Returns the ids of the sessions, in the order of the page."""
    return re.findall(r'href="/sessions/([0-9a-f-]{36})/"', client.get("/sessions/", query).content.decode())
