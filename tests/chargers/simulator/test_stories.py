"""The demo's stories fit what its chargers are."""

import json
from pathlib import Path

import pytest

import backoffice
from chargers.simulator import stories

CHARGERS = {
    one["id"]: one for one in json.loads((Path(backoffice.__file__).parent / "demo.json").read_text())["chargers"]
}


@pytest.mark.parametrize("role", stories.ROLES, ids=lambda role: role.charger_id)
def test_a_car_draws_no_more_than_its_outlet_gives(role):
    assert all(role.power_w <= one["max_power_w"] for one in CHARGERS[role.charger_id]["connectors"])
