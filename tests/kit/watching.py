"""What the tests of acts.incidents and incidents.watching share."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from chargers.fleet import presence
from chargers.models import Charger
from tests.kit.world import World, make_charger

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def chargers(world: World) -> list[Charger]:
    """Four chargers of one site, connected an hour ago."""
    made = [world.charger, *(make_charger(world.site, f"CP{n}", station_id=f"SUN00{n}") for n in (2, 3, 4))]
    for charger in made:
        presence.connect(charger, connection_id=uuid.uuid4(), version="1.6", now=NOON - 60 * MINUTE)
    return made


def drop(chargers: list[Charger], *, at: datetime) -> None:
    for charger in chargers:
        charger.refresh_from_db()
        assert charger.connection_id is not None
        presence.disconnect(charger, connection_id=charger.connection_id, now=at)
