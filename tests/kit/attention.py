"""What the tests of incidents.admin and incidents.attention share."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from chargers.fleet import presence
from support.incidents import detection
from support.models import CommonFault
from tests.kit.world import World, make_charger

NOW = datetime.now(tz=UTC)


@pytest.fixture
def incident(world: World) -> CommonFault:
    """Three chargers of a site that went offline half an hour ago."""
    made = [world.charger, *(make_charger(world.site, f"CP{n}", station_id=f"SUN00{n}") for n in (2, 3))]
    for charger in made:
        connection, at = uuid.uuid4(), NOW - timedelta(hours=1)
        presence.connect(charger, connection_id=connection, version="1.6", now=at)
        charger.refresh_from_db()
        presence.disconnect(charger, connection_id=connection, now=NOW - timedelta(minutes=30))
    detection.watch(now=NOW)
    return CommonFault.objects.get()


def text_of(answer) -> str:
    return answer.content.decode().replace("&#x27;", "'")
