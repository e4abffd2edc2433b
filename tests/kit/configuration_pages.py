"""What the tests of settings.settings and views.configuration share."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from chargers.fleet import presence
from chargers.fleet.presence import VariableFacts
from chargers.models import Charger

PAGE = "/chargers/CP1/configuration/"
NOW = datetime.now(tz=UTC)
KEYS = {
    "HeartbeatInterval": ("300", "ReadWrite"),
    "AuthorizationCacheEnabled": ("true", "ReadWrite"),
    "NumberOfConnectors": ("1", "ReadOnly"),
    "AuthorizationKey": ("hunter2hunter2hunter2", "ReadWrite"),
}


@pytest.fixture
def told(world):
    """A connected 1.6 charger that has reported its settings."""
    connect(world.charger, "1.6")
    tell(world.charger, {name: value for name, (value, _) in KEYS.items()}, at=NOW - timedelta(hours=1))
    return world


def connect(charger, version):
    Charger.objects.filter(pk=charger.pk).update(
        connection_id=uuid.uuid4(), ocpp_version=version, vendor="Example AG", model="Home 11"
    )
    charger.refresh_from_db()


def tell(charger, values, *, at=NOW, origin=""):
    facts = [VariableFacts("", name, value, KEYS.get(name, ("", "ReadWrite"))[1]) for name, value in values.items()]
    presence.report_variables(charger, facts, now=at, origin=origin)


def page(client):
    return client.get(PAGE).content.decode()
