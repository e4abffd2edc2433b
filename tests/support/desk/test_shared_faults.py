"""Chargers in trouble, seen together: what they share is one incident."""

import uuid
from datetime import timedelta

import pytest

from chargers.models import Charger, Connector, Property
from support.desk import shared_faults
from tests.kit.drivers import NOW
from tests.kit.world import World, make_charger

pytestmark = pytest.mark.django_db


@pytest.fixture
def chargers(world: World) -> list[Charger]:
    """Four: two at the world's site, one at each of two others; all of them well."""
    places = [
        Property.objects.create(host=world.host, slug=f"beach-{number}", name=f"Beach {number}", time_zone="UTC")
        for number in (1, 2)
    ]
    rows = [
        world.charger,
        make_charger(world.site, "CP2", station_id="SUN002"),
        make_charger(places[0], "CP3", station_id="SUN003"),
        make_charger(places[1], "CP4", station_id="SUN004"),
    ]
    Charger.objects.update(connection_id=uuid.uuid4(), connected_at=NOW)
    Connector.objects.update(status="Available")
    return rows


def lose(charger: Charger, *, minutes: int = 60) -> None:
    at = NOW - timedelta(minutes=minutes)
    Charger.objects.filter(pk=charger.pk).update(connection_id=None, disconnected_at=at)


def fault(charger: Charger, code: str, *, own: str = "") -> None:
    Connector.objects.filter(evse__charger=charger).update(
        status="Faulted", error_code=code, vendor_error_code=own, status_at=NOW
    )


def groups() -> list[tuple[str, str, int]]:
    return [(group.kind, group.what, group.count) for group in shared_faults.collect(now=NOW).groups]


def test_where_all_is_well_there_is_none(chargers: list[Charger]):
    assert shared_faults.collect(now=NOW) == shared_faults.Trouble(count=0, groups=[], single=[])


def test_two_of_a_site_are_one_incident_and_the_third_stands_alone(chargers: list[Charger]):
    for charger in chargers[:3]:
        lose(charger)

    seen = shared_faults.collect(now=NOW)

    assert groups() == [("Same site", "Sunset 1", 2)]
    assert (seen.count, seen.single) == (3, [chargers[2]])
    assert seen.groups[0].more == 0


def test_who_was_lost_a_moment_ago_is_not_counted_yet(chargers: list[Charger]):
    for charger in chargers[:2]:
        lose(charger, minutes=14)

    assert shared_faults.collect(now=NOW).count == 0


def test_the_same_fault_at_different_places_is_one_incident(chargers: list[Charger]):
    fault(chargers[2], "GroundFailure", own="E7")
    fault(chargers[3], "GroundFailure", own="E7")
    fault(chargers[0], "GroundFailure")

    assert groups() == [("Same fault", "GroundFailure (E7)", 2)]


def test_a_fault_of_before_says_nothing_of_one_that_is_offline(chargers: list[Charger]):
    for charger in chargers[2:]:
        fault(charger, "GroundFailure")
        lose(charger)

    assert groups() == []


def test_the_same_firmware_is_seen_also_where_nobody_is_online(chargers: list[Charger]):
    Charger.objects.update(vendor="Acme", model="X", firmware_version="1.2")
    lose(chargers[2])
    fault(chargers[3], "GroundFailure")

    assert groups() == [("Same firmware", "Acme X 1.2", 2)]


def test_the_largest_comes_first_and_four_are_named(world: World, chargers: list[Charger]):
    for number in range(5, 9):
        make_charger(world.site, f"CP{number}", station_id=f"SUN00{number}")
    Charger.objects.update(connection_id=None, disconnected_at=NOW - timedelta(hours=1))
    Charger.objects.filter(pk__in=[charger.pk for charger in chargers[2:]]).update(firmware_version="1.2")

    first, second = shared_faults.collect(now=NOW).groups

    assert (first.what, first.count, len(first.named), first.more) == ("Sunset 1", 6, 4, 2)
    assert (second.kind, second.what) == ("Same firmware", "1.2")
