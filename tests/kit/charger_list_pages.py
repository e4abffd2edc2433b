"""What the tests of views.charger_list, views.saved_views and views.tags share."""

import uuid
from datetime import UTC, datetime

import pytest

from chargers.models import Charger, Connector
from tests.kit.world import World


@pytest.fixture
def online(world: World) -> World:
    Charger.objects.filter(pk=world.charger.pk).update(connection_id=uuid.uuid4(), connected_at=datetime.now(tz=UTC))
    Connector.objects.filter(evse__charger=world.charger).update(status="Available", status_at=datetime.now(tz=UTC))
    return world
