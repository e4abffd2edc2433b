"""Where the guest of a booking may charge."""

from authorization.models import Stay
from billing.sessions.stays import stay_chargers
from chargers.models import Charger, Property, Unit
from tests.kit import bookings
from tests.kit.stays_pages import flat
from tests.kit.world import make_charger

__all__ = ["flat"]


def stay(world, unit: Unit | None) -> Stay:
    return bookings.booking(bookings.connection(world.host), world.site, unit, code="HM1")


def test_a_guest_of_a_flat_has_its_charger_and_the_shared_ones(world, flat):
    make_charger(world.site, "CP3", station_id="SUN003")

    assert [charger.station_id for charger in stay_chargers.chargers_of(stay(world, flat))] == ["SUN001", "SUN003"]


def test_a_guest_of_the_whole_property_has_all_of_it_and_nothing_beside_it(world, flat):
    beside = Property.objects.create(host=world.host, slug="sunset-2", name="Sunset 2", time_zone="America/New_York")
    make_charger(beside, "CP4", station_id="SUN004")

    assert [charger.station_id for charger in stay_chargers.chargers_of(stay(world, None))] == ["SUN001", "SUN002"]


def test_a_charger_that_is_retired_or_has_no_number_yet_is_none(world, flat):
    Charger.objects.filter(charger_id="CP1").update(retired_at=bookings.now())
    Charger.objects.filter(charger_id="CP2").update(station_id="")

    assert stay_chargers.chargers_of(stay(world, None)) == []
