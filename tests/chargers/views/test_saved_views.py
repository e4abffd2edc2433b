"""Chargers > Views: lists as people keep them."""

import pytest

from authorization.models import SavedView
from tests.kit.charger_list_pages import online
from tests.kit.world import World

__all__ = ["online"]
pytestmark = pytest.mark.django_db


def test_an_own_view_is_nobody_elses_and_a_shared_one_is_the_hosts(online: World, client_of):
    client = client_of(online.owner)
    client.post("/chargers/views/", {"do": "save", "name": "Mine", "query": ""})
    client.post("/chargers/views/", {"do": "save", "name": "Ours", "query": "", "host": "sunset"})

    teammate = client_of(online.teammate).get("/chargers/views/").content.decode()
    stranger = client_of(online.stranger).get("/chargers/views/").content.decode()

    assert ("Ours" in teammate, "Mine" in teammate) == (True, False)
    assert "Ours" not in stranger


def test_a_view_is_shared_with_no_host_of_others(online: World, client_of):
    assert (
        client_of(online.stranger).post("/chargers/views/", {"do": "save", "name": "X", "host": "sunset"}).status_code
        == 404
    )


def test_a_view_is_renamed_and_deleted_by_its_person_only(online: World, client_of):
    owner, teammate = client_of(online.owner), client_of(online.teammate)
    owner.post("/chargers/views/", {"do": "save", "name": "Ours", "query": "", "host": "sunset"})
    view = SavedView.objects.get()

    assert teammate.post("/chargers/views/", {"do": "rename", "view": view.pk, "name": "X"}).status_code == 404
    assert teammate.post("/chargers/views/", {"do": "delete", "view": view.pk}).status_code == 404
    owner.post("/chargers/views/", {"do": "rename", "view": view.pk, "name": "Yours"})
    view.refresh_from_db()
    assert view.name == "Yours"
    owner.post("/chargers/views/", {"do": "delete", "view": view.pk})
    assert not SavedView.objects.exists()
