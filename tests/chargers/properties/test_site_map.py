"""The map: north is up, east is right, distances keep their proportions, and close neighbours share a pin."""

import pytest

from chargers.properties.site_map import HEIGHT, WIDTH, Site, pins


def at(key: str, latitude: float, longitude: float, *, is_well: bool = True) -> Site:
    return Site(key, key.title(), latitude, longitude, is_well)


def test_a_single_property_lies_in_the_middle():
    [pin] = pins([at("one", 52.37, 4.89)])

    assert (pin.x, pin.y, pin.label) == (WIDTH / 2, HEIGHT / 2, "One")


def test_north_is_up_and_east_is_right():
    north, south = pins([at("south", 40.0, -74.0), at("north", 41.0, -73.0)])

    assert (north.label, south.label) == ("North", "South")
    assert north.y < south.y
    assert north.x > south.x


def test_at_sixty_degrees_a_degree_of_longitude_is_half_a_degree_of_latitude():
    found = {pin.label: pin for pin in pins([at("a", 60.0, 10.0), at("b", 60.0, 10.5), at("c", 60.5, 10.0)])}

    east, north = found["B"].x - found["A"].x, found["A"].y - found["C"].y
    assert east == pytest.approx(north * 0.5, rel=0.02)


def test_every_pin_lies_within_the_picture():
    for pin in pins([at("a", -80, -170), at("b", 80, 170), at("c", 0, 0)]):
        assert 0 < pin.x < WIDTH
        assert 0 < pin.y < HEIGHT


def test_neighbours_share_a_pin_that_is_as_unwell_as_the_worst():
    near, far = pins([at("a", 52.0, 4.0), at("b", 52.0001, 4.0001, is_well=False), at("c", 51.0, 5.0)])

    assert (len(near.sites), near.is_well, near.label) == (2, False, "B and 1 more")
    assert (len(far.sites), far.is_well) == (1, True)


def test_a_pin_without_chargers_says_so():
    near, far = pins([at("a", 52.0, 4.0), Site("b", "B", 51.0, 5.0, has_chargers=False)])

    assert (near.has_chargers, far.has_chargers) == (True, False)


def test_no_property_no_pin():
    assert pins([]) == []
