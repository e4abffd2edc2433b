"""What the tests of acts.outages and views.uptime share."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from chargers.fleet import presence

NOW = datetime.now(tz=UTC).replace(microsecond=0)
HOUR = timedelta(hours=1)


@pytest.fixture
def broken(world):
    """A charger online for 100 hours, except from the 50th to the 40th hour before now."""
    presence.connect(world.charger, connection_id=uuid.uuid4(), version="1.6", now=NOW - 100 * HOUR)
    presence.disconnect_all(now=NOW - 50 * HOUR)
    presence.connect(world.charger, connection_id=uuid.uuid4(), version="1.6", now=NOW - 40 * HOUR)
    return world
