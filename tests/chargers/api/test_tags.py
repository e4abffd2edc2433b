"""Tags by the API: on the charger, as a filter, renamed and removed."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from authorization.models import AuditEntry
from chargers.models import Tag
from tests.kit.callers import Callers
from tests.kit.world import World, make_charger

pytestmark = pytest.mark.django_db


def test_it_sets_the_tags_of_a_charger(world: World, callers: Callers):
    Tag.objects.create(host=world.host, name="Old").chargers.add(world.charger)

    answer = callers.owner.put("chargers/CP1/tags/", {"tags": ["Garage", "garage", " Level  2 "]})

    assert answer.status_code == 200
    assert answer.json()["tags"] == ["Garage", "Level 2"]
    assert callers.owner.get("chargers/CP1/").json()["tags"] == ["Garage", "Level 2"]
    assert not Tag.objects.filter(name="Old").exists()
    assert set(AuditEntry.objects.values_list("verb", flat=True)) == {"tag.put_on", "tag.taken_off"}


def test_it_finds_chargers_by_tag(world: World, callers: Callers):
    make_charger(world.site, "CP2", station_id="SUN002")
    Tag.objects.create(host=world.host, name="Garage").chargers.add(world.charger)

    found = callers.owner.get("chargers/", tag="GARAGE").json()["results"]

    assert [one["id"] for one in found] == ["CP1"]


def test_it_renames_and_removes_a_tag(world: World, callers: Callers):
    tag = Tag.objects.create(host=world.host, name="Garage")
    tag.chargers.add(world.charger)

    assert callers.owner.get("tags/").json()["results"][0]["chargers"] == 1
    assert callers.owner.patch(f"tags/{tag.pk}/", {"name": "Roof"}).json()["name"] == "Roof"
    assert callers.owner.delete(f"tags/{tag.pk}/").status_code == 204
    assert callers.owner.get("chargers/CP1/").json()["tags"] == []


def test_a_stranger_sees_and_changes_no_tag(world: World, callers: Callers):
    tag = Tag.objects.create(host=world.host, name="Garage")

    assert callers.stranger.get("tags/").json()["results"] == []
    assert callers.stranger.patch(f"tags/{tag.pk}/", {"name": "Mine"}).status_code == 404
    assert callers.stranger.put("chargers/CP1/tags/", {"tags": ["Mine"]}).status_code == 404


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
