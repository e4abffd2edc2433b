"""What the tests of views.charger_list, views.saved_views and views.tags share."""

import uuid
from datetime import UTC, datetime

import pytest

from chargers.models import Charger, Connector, Evse
from tests.kit.world import World


@pytest.fixture
def online(world: World) -> World:
    Charger.objects.filter(pk=world.charger.pk).update(connection_id=uuid.uuid4(), connected_at=datetime.now(tz=UTC))
    Connector.objects.filter(evse__charger=world.charger).update(status="Available", status_at=datetime.now(tz=UTC))
    return world


def many(world: World, count: int) -> None:
    made = Charger.objects.bulk_create(
        Charger(charger_id=f"MORE{number:03}", station_id=f"MORE{number:03}", property=world.site)
        for number in range(count)
    )
    evses = Evse.objects.bulk_create(Evse(charger=charger, number=1) for charger in made)
    Connector.objects.bulk_create(Connector(evse=evse, number=1, status="Available") for evse in evses)
