"""What a setting should be at every charger of a property."""

import pytest

from authorization.models import AuditEntry
from chargers.models import ExpectedSetting
from tests.kit.drift_pages import fleet
from tests.kit.world import World

__all__ = ["fleet"]
pytestmark = pytest.mark.django_db
KEY = "MeterValueSampleInterval"


def test_only_who_manages_says_what_is_expected(fleet: World, client_of):
    asked = {"do": "expect", "key": KEY, "property": "sunset-1", "value": "60"}

    assert client_of(fleet.teammate).post("/chargers/settings/", asked).status_code == 404
    assert client_of(fleet.stranger).post("/chargers/settings/", asked).status_code == 404
    client = client_of(fleet.owner)
    client.post("/chargers/settings/", asked)
    assert ExpectedSetting.objects.get().value == "60"
    client.post("/chargers/settings/", {**asked, "do": "forget"})
    assert not ExpectedSetting.objects.exists()
    assert AuditEntry.objects.filter(verb="property.setting_expected").count() == 2
