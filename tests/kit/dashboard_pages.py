"""What the tests of payees.readiness, trends.losses and views.dashboard share."""

import re
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from chargers.models import Charger, Property
from tests.kit import charging


@pytest.fixture
def online(world):
    Charger.objects.update(connection_id=uuid.uuid4(), connected_at=datetime.now(tz=UTC))
    return world


@pytest.fixture
def priced(online):
    Property.objects.update(access="guest")
    online.charger.property.refresh_from_db()
    charging.assign(charging.make_rate(online.host), online.site, "guest", "member")
    return online


def page(client):
    return client.get("/").content.decode()


def offline(charger, *, minutes):
    Charger.objects.filter(pk=charger.pk).update(
        connection_id=None, disconnected_at=datetime.now(tz=UTC) - timedelta(minutes=minutes)
    )


def rows_behind(client, text, word):
    """Returns the rows that the number's link lists."""
    found = re.search(rf'href="([^"]+)">{re.escape(word)}<', text)
    assert found, f"no link reads {word}"
    return client.get(found[1].replace("&amp;", "&")).content.decode()
