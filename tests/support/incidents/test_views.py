"""Settings > Status page."""

import pytest

from support.models import StatusPage
from tests.kit.world import World

pytestmark = pytest.mark.django_db
SETTINGS = "/settings/status-page/sunset/"


@pytest.mark.parametrize(("person", "may"), [("owner", True), ("teammate", False), ("stranger", False)])
def test_only_who_manages_the_host_sees_and_changes_it(world: World, client_of, person: str, may: bool):
    client = client_of(getattr(world, person))

    assert client.get(SETTINGS).status_code == (200 if may else 404)
    assert client.post(SETTINGS, {"public": "yes"}).status_code == (302 if may else 404)
    assert StatusPage.objects.filter(is_public=True).exists() is may


@pytest.mark.parametrize("posted", [{}, {"public": "no"}, {"public": "on"}])
def test_anything_but_a_yes_keeps_it_closed(world: World, client_of, posted: dict[str, str]):
    page = client_of(world.owner).post(SETTINGS, posted, follow=True)

    assert "Nobody sees it any more." in page.content.decode()
    assert not StatusPage.objects.get().is_public


def test_a_host_that_there_is_not_has_none(world: World, client_of):
    assert client_of(world.owner).get("/settings/status-page/nowhere/").status_code == 404
