"""The outlets of a property as its power limit sees them: wiring, car, meter, profiles, all out of stored rows."""

from datetime import UTC, datetime

from chargers.models import (
    PowerLimit,
    PowerOutlet,
    SentProfile,
)
from chargers.power import power_limit
from tests.kit.power_pages import filled, held, plug_in
from tests.kit.world import make_charger

PAGE = "/properties/sunset-1/power/"
NOW = datetime.now(tz=UTC)


def test_watts_are_shared_over_the_phases(world, client_of):
    client_of(world.owner).post(PAGE, filled(world, amount="13800", unit="W"))
    assert PowerLimit.objects.get().limit_a() == 20


def test_it_warns_where_chargers_without_word_could_draw_more_than_the_limit(world, client_of):
    for number in range(2, 5):
        make_charger(world.site, f"CP{number}", station_id=f"SUN00{number}")
    held(world)
    assert "their cars may draw 24 A together" in client_of(world.owner).get(PAGE).text


def test_an_outlet_that_does_not_take_part_is_not_limited(world, client_of):
    plug_in(world.charger)
    client_of(world.owner).post(PAGE, {k: v for k, v in filled(world).items() if not k.endswith("takes_part")})
    power_limit.share(PowerLimit.objects.get().pk, now=NOW)
    assert not SentProfile.objects.exists()
    assert "Does not take part" in client_of(world.owner).get(PAGE).text


def test_a_car_on_another_phase_is_not_held_up(world):
    other = make_charger(world.site, "CP2", station_id="SUN002")
    plug_in(world.charger)
    plug_in(other, number="2")
    limit = held(world)
    PowerOutlet.objects.create(evse=world.charger.evses.get(), wiring="R")
    PowerOutlet.objects.create(evse=other.evses.get(), wiring="S")
    power_limit.share(limit.pk, now=NOW)
    assert set(PowerOutlet.objects.values_list("allotted_a", flat=True)) == {16}
