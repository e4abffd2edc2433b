"""The REST API about chargers: how they are."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chargers.models import Tag
from tests.kit.callers import Callers
from tests.kit.world import World, make_charger

pytestmark = pytest.mark.django_db


def test_it_finds_chargers_by_tag(world: World, callers: Callers):
    make_charger(world.site, "CP2", station_id="SUN002")
    Tag.objects.create(host=world.host, name="Garage").chargers.add(world.charger)

    found = callers.owner.get("chargers/", tag="GARAGE").json()["results"]

    assert [one["id"] for one in found] == ["CP1"]


def test_a_charger_says_its_uptime_and_a_list_asks_for_all_at_once(world: World, callers: Callers):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert "uptime_pct" in callers.owner.get("chargers/").json()["results"][0]
        return len(captured)

    few = queries()
    for number in range(2, 12):
        make_charger(world.site, f"CP{number}", station_id=f"SUN{number:03}")

    assert queries() == few
    assert callers.owner.get("chargers/CP1/").json()["uptime_pct"] is None
