"""Tags: a host's own words on its chargers, made by being used and gone with their last charger."""

import pytest

from chargers.models import Tag
from tests.kit.charger_list_pages import online, rows
from tests.kit.world import World, make_charger

__all__ = ["online"]
pytestmark = pytest.mark.django_db


def test_it_narrows_by_tag_and_shows_the_tags(online: World, client_of):
    make_charger(online.site, "CP2", station_id="SUN002")
    Tag.objects.create(host=online.host, name="Garage B").chargers.add(online.charger)
    client = client_of(online.owner)

    text = client.get("/chargers/", {"tag": "Garage B"}).content.decode()

    assert rows(text) == ["SUN001"]
    assert '<span class="chip">Garage B</span>' in text
    assert rows(client.get("/chargers/", {"q": "garage"}).content.decode()) == ["SUN001"]
