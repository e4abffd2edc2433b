"""What the tests of acts.expected_settings, settings.drift and views.drift share."""

from datetime import UTC, datetime

import pytest

from chargers.fleet import presence
from chargers.fleet.presence import VariableFacts
from tests.kit.world import World, make_charger

KEY = "MeterValueSampleInterval"


@pytest.fixture
def fleet(world: World) -> World:
    """Two chargers at 60 (one writes a space), one at 900, one that reported nothing."""
    values = {"CP1": "60", "CP2": " 60", "CP3": "900", "CP4": None}
    for charger_id, value in values.items():
        charger = (
            world.charger
            if charger_id == "CP1"
            else make_charger(world.site, charger_id, station_id=f"SUN00{charger_id[2]}")
        )
        if value is not None:
            presence.report_variables(charger, [VariableFacts("", KEY, value)], now=datetime.now(tz=UTC))
    return world
