"""The REST API about settings over the fleet: which values there are, and what they should be."""

import pytest

from chargers.models import ExpectedSetting, Variable
from tests.kit.callers import YESTERDAY, Callers
from tests.kit.world import World

pytestmark = pytest.mark.django_db


def test_settings_that_differ_are_found(callers: Callers, world: World):
    Variable.objects.create(charger=world.charger, name="MeterValueSampleInterval", value="60", reported_at=YESTERDAY)
    place = "properties/sunset-1/expected-settings/MeterValueSampleInterval/"
    assert callers.owner.put(place, {"value": "30"}).json()["value"] == "30"
    assert callers.owner.get("properties/sunset-1/expected-settings/").json()["results"][0]["value"] == "30"

    found = callers.owner.get("settings/drift/", key="MeterValueSampleInterval").json()["values"]
    assert found == [{"value": "60", "expected": ["30"], "chargers": ["CP1"], "differing": ["CP1"]}]
    assert callers.owner.get("settings/").json()["results"] == [{"key": "MeterValueSampleInterval", "chargers": 1}]
    assert callers.owner.get("settings/drift/", key="AuthorizationKey").status_code == 400
    assert callers.stranger.get("settings/drift/", key="MeterValueSampleInterval").json()["values"] == []
    assert callers.stranger.put(place, {"value": "1"}).status_code == 404
    assert callers.owner.delete(place).status_code == 204
    assert not ExpectedSetting.objects.exists()
