"""The order of chargers in the database is the one of their conditions."""

import uuid
from datetime import UTC, datetime

import pytest

from chargers.fleet import condition
from chargers.listing import columns, order
from chargers.models import Charger, Connector, Evse
from chargers.pages.frame import build_frame
from tests.kit.world import World, make_charger

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
ONLINE = {"connection_id": uuid.UUID(int=1), "connected_at": NOW}
FLEETS = (
    ({}, ["Available"]),
    ({"disconnected_at": NOW}, ["Available"]),
    (ONLINE, []),
    (ONLINE | {"registration": "pending"}, ["Available"]),
    (ONLINE | {"status": "Faulted"}, ["Available"]),
    (ONLINE, ["Faulted"]),
    (ONLINE, ["Faulted", "Faulted"]),
    (ONLINE, ["Faulted", "Available"]),
    (ONLINE, ["Faulted", "Charging"]),
    (ONLINE, ["Unavailable"]),
    (ONLINE, ["Unavailable", "Available"]),
    (ONLINE, ["Available"]),
    (ONLINE, ["Available", "Charging"]),
    (ONLINE, ["Available", "Sideways"]),
    (ONLINE, ["Charging", "Sideways"]),
    (ONLINE, ["Charging", ""]),
    (ONLINE, ["Charging"]),
    (ONLINE, ["Preparing", "Reserved"]),
)


@pytest.mark.parametrize(("values", "statuses"), FLEETS)
def test_it_ranks_a_charger_as_its_condition_does(world: World, values, statuses):
    charger = world.charger
    charger.evses.all().delete()
    for number, status in enumerate(statuses, start=1):
        evse = Evse.objects.create(charger=charger, number=number)
        Connector.objects.create(evse=evse, number=1, status=status, status_at=NOW)
    Charger.objects.update(**values)

    found = Charger.objects.annotate(rank=order.rank()).prefetch_related("evses__connectors").get()

    assert found.rank == {"bad": 0, "warn": 1, "unknown": 2, "busy": 3, "ok": 4}[build_frame(found).condition.kind]


def test_those_without_a_figure_come_last_both_ways(world: World):
    for number in (2, 3):
        make_charger(world.site, f"CP{number}", station_id=f"SUN00{number}")
    one, two, three = Charger.objects.order_by("station_id").values_list("pk", flat=True)

    chargers = Charger.objects.all()

    assert order.by_figure(chargers, {one: 1, three: 5}, descends=True) == [three, one, two]
    assert order.by_figure(chargers, {one: 1, three: 5}, descends=False) == [one, three, two]


@pytest.mark.parametrize("key", [one.key for one in columns.COLUMNS if one.can_sort and not one.by_figure])
def test_it_orders_by_every_column_that_is_no_figure(world: World, key):
    make_charger(world.site, "CP2", station_id="SUN002")

    up, down = (order.keys(Charger.objects.all(), columns.BY_KEY[key], descends=on) for on in (False, True))

    assert sorted(up) == sorted(down) == sorted(Charger.objects.values_list("pk", flat=True))


def test_a_fault_that_is_reported_again_began_when_it_was_reported_first(world: World):
    Charger.objects.update(**ONLINE)
    for hour in (8, 9, 10):
        at = datetime(2026, 11, 2, hour, 0, tzinfo=UTC)
        Connector.objects.update(status="Faulted", status_at=at)

    connector = condition.connectors().get()

    assert condition.of_connector(connector, online=True).since == datetime(2026, 11, 2, 8, 0, tzinfo=UTC)


def test_a_fault_of_the_charger_itself_began_when_it_was_reported_first(world: World):
    Charger.objects.update(**ONLINE)
    for hour in (8, 9):
        Charger.objects.update(status="Faulted", status_at=datetime(2026, 11, 2, hour, 0, tzinfo=UTC))

    charger = condition.with_since(Charger.objects.all()).get()

    assert condition.of_charger(charger, []).since == datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
