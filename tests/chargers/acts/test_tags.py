"""Tags put on chargers and taken off, renamed and removed by a person."""

import pytest

from chargers.models import Tag
from tests.kit.callers import Callers
from tests.kit.world import World

pytestmark = pytest.mark.django_db


def test_it_renames_and_removes_a_tag(world: World, callers: Callers):
    tag = Tag.objects.create(host=world.host, name="Garage")
    tag.chargers.add(world.charger)

    assert callers.owner.get("tags/").json()["results"][0]["chargers"] == 1
    assert callers.owner.patch(f"tags/{tag.pk}/", {"name": "Roof"}).json()["name"] == "Roof"
    assert callers.owner.delete(f"tags/{tag.pk}/").status_code == 204
    assert callers.owner.get("chargers/CP1/").json()["tags"] == []
