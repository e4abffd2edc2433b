"""Chargers > Tags: a host's own words on its chargers."""

import pytest

from authorization.models import AuditEntry
from chargers.models import Tag
from tests.kit.charger_list_pages import online
from tests.kit.world import World

__all__ = ["online"]
pytestmark = pytest.mark.django_db


def test_tags_are_renamed_and_removed_by_who_manages_the_host(online: World, client_of):
    tag = Tag.objects.create(host=online.host, name="Garage")
    tag.chargers.add(online.charger)

    assert client_of(online.teammate).post("/chargers/tags/", {"do": "remove", "tag": tag.pk}).status_code == 404
    client_of(online.stranger).post("/chargers/tags/", {"do": "remove", "tag": tag.pk})
    assert Tag.objects.exists()
    client = client_of(online.owner)
    client.post("/chargers/tags/", {"do": "rename", "tag": tag.pk, "name": " Level  2 "})
    assert "Level 2" in client.get("/chargers/tags/").content.decode()
    client.post("/chargers/tags/", {"do": "remove", "tag": tag.pk})
    assert not Tag.objects.exists()
    assert list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True)) == ["tag.renamed", "tag.removed"]


def test_a_tag_takes_no_name_that_there_is(online: World, client_of):
    Tag.objects.create(host=online.host, name="Garage")
    other = Tag.objects.create(host=online.host, name="Roof")

    answer = client_of(online.owner).post(
        "/chargers/tags/", {"do": "rename", "tag": other.pk, "name": "GARAGE"}, follow=True
    )

    assert "There is a tag “GARAGE” already." in answer.content.decode()
