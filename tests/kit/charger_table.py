"""What the tests of pages.charger_table and pages.station share."""

import uuid
from datetime import UTC, datetime

import pytest

from chargers.models import Charger, Connector


@pytest.fixture
def online(world):
    Charger.objects.filter(pk=world.charger.pk).update(connection_id=uuid.uuid4(), connected_at=datetime.now(tz=UTC))
    Connector.objects.filter(evse__charger=world.charger).update(status="Available", status_at=datetime.now(tz=UTC))
    return world
