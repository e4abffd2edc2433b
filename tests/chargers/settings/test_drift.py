"""How one setting is over many chargers: its values, and where it is not as expected."""

import pytest

from chargers.models import Charger, ExpectedSetting, SettingTemplate
from chargers.settings import drift
from tests.kit.drift_pages import fleet
from tests.kit.world import World

__all__ = ["fleet"]
pytestmark = pytest.mark.django_db
KEY = "MeterValueSampleInterval"


def groups(world: World) -> list[tuple[str | None, int, int]]:
    found = drift.compare(Charger.objects.filter(property=world.site).order_by("charger_id"), KEY)
    return [(one.value, len(one.chargers), len(one.differing)) for one in found.groups]


def test_it_groups_chargers_by_the_value_of_a_setting(fleet: World):
    assert groups(fleet) == [("60", 2, 0), ("900", 1, 0), (None, 1, 0)]


def test_it_compares_with_the_template_that_fits(fleet: World):
    template = SettingTemplate.objects.create(name="All", family="1.6")
    template.settings.create(key=KEY, value="60")

    assert groups(fleet) == [("60", 2, 0), ("900", 1, 1), (None, 1, 1)]


def test_what_a_property_expects_counts_before_a_template(fleet: World):
    template = SettingTemplate.objects.create(name="All", family="1.6")
    template.settings.create(key=KEY, value="60")
    ExpectedSetting.objects.create(property=fleet.site, key=KEY, value="900")

    assert groups(fleet) == [("60", 2, 2), ("900", 1, 0), (None, 1, 1)]
