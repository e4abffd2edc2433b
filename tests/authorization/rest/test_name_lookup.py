"""Names in a request become rows of the caller's host, in the order in which they were given."""

import pytest
from rest_framework.exceptions import ValidationError

from authorization.rest import name_lookup
from chargers.models import Charger, Property, Unit
from tests.kit.world import LONG_AGO, World, make_charger

pytestmark = pytest.mark.django_db


@pytest.fixture
def second(world: World) -> Property:
    made = Property.objects.create(host=world.host, slug="sunset-2", name="Sunset 2", time_zone="UTC")
    Property.objects.create(host=world.stranger.memberships.get().host, slug="lake-1", name="Lake 1", time_zone="UTC")
    return made


def test_rows_come_as_they_were_named(world: World, second: Property):
    other = make_charger(second, "CP2", station_id="SUN002")

    assert name_lookup.properties(world.host, ["sunset-2", "sunset-1"]) == [second, world.site]
    assert name_lookup.chargers(world.host, ["CP2", "CP1", "CP2"]) == [other, world.charger, other]
    assert name_lookup.properties(world.host, []) == []


def test_what_is_not_of_the_host_is_reported_in_its_place(world: World, second: Property):
    with pytest.raises(ValidationError) as caught:
        name_lookup.properties(world.host, ["sunset-1", "lake-1"])

    assert caught.value.detail == {"properties": [[], ["There is no property “lake-1” of this host."]]}


def test_a_retired_charger_is_not_found(world: World):
    Charger.objects.update(retired_at=LONG_AGO)

    with pytest.raises(ValidationError, match="no charger “CP1”"):
        name_lookup.chargers(world.host, ["CP1"])


def test_a_unit_is_named_with_its_property(world: World, second: Property):
    first = Unit.objects.create(property=world.site, slug="2b", name="2B")
    same = Unit.objects.create(property=second, slug="2b", name="2B")

    assert name_lookup.units(world.host, ["sunset-2/2b", "sunset-1/2b"]) == [same, first]
    with pytest.raises(ValidationError) as caught:
        name_lookup.units(world.host, ["sunset-1/2b", "2b"])
    assert caught.value.detail == {"units": [[], ["There is no unit “2b”: write property/unit."]]}
