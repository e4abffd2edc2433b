"""Tags by the API: on the charger, as a filter, renamed and removed."""

import pytest

from authorization.models import AuditEntry
from chargers.models import Tag
from tests.kit.callers import Callers
from tests.kit.world import World

pytestmark = pytest.mark.django_db


def test_it_sets_the_tags_of_a_charger(world: World, callers: Callers):
    Tag.objects.create(host=world.host, name="Old").chargers.add(world.charger)

    answer = callers.owner.put("chargers/CP1/tags/", {"tags": ["Garage", "garage", " Level  2 "]})

    assert answer.status_code == 200
    assert answer.json()["tags"] == ["Garage", "Level 2"]
    assert callers.owner.get("chargers/CP1/").json()["tags"] == ["Garage", "Level 2"]
    assert not Tag.objects.filter(name="Old").exists()
    assert set(AuditEntry.objects.values_list("verb", flat=True)) == {"tag.put_on", "tag.taken_off"}


def test_a_stranger_sees_and_changes_no_tag(world: World, callers: Callers):
    tag = Tag.objects.create(host=world.host, name="Garage")

    assert callers.stranger.get("tags/").json()["results"] == []
    assert callers.stranger.patch(f"tags/{tag.pk}/", {"name": "Mine"}).status_code == 404
    assert callers.stranger.put("chargers/CP1/tags/", {"tags": ["Mine"]}).status_code == 404
