"""What the tests of views.bulk and views.jobs share."""

import uuid
from datetime import UTC, datetime

import pytest

from chargers.acts import job_runs
from chargers.fleet import presence
from tests.kit.world import World, make_charger


@pytest.fixture
def fleet(world: World) -> World:
    """Three chargers that are online."""
    for charger in (world.charger, *(make_charger(world.site, f"CP{n}", station_id=f"SUN00{n}") for n in (2, 3))):
        presence.connect(charger, connection_id=uuid.uuid4(), version="1.6", now=datetime.now(tz=UTC))
    return world


def restart(client, **chosen):
    return client.post("/chargers/bulk/", {"do": "command", "command": "reset_soft"} | chosen)


def run() -> None:
    job_runs.run_due(now=datetime.now(tz=UTC))
