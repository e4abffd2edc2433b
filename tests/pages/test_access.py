"""Who sees which page: the owner, a teammate, a stranger, an agent and nobody."""

import pytest
from django.test import Client

from authorization.models import Decision
from tests.kit.world import tap

PAGES_OF_ONE_HOST = [
    "/chargers/CP1/",
    "/chargers/CP1/logs/",
    "/chargers/CP1/proxy/",
    "/chargers/CP1/reports/",
    "/chargers/CP1/commands/",
    "/chargers/CP1/connection/",
    "/chargers/CP1/configuration/",
    "/properties/sunset-1/",
    "/authorization/groups/residents/",
]
LISTS = ["/chargers/", "/properties/", "/authorization/tokens/", "/authorization/groups/", "/authorization/decisions/"]


@pytest.mark.parametrize("page", PAGES_OF_ONE_HOST)
@pytest.mark.parametrize(("person", "status"), [("owner", 200), ("teammate", 200), ("agent", 200), ("stranger", 404)])
def test_it_shows_a_page_to_its_host_and_agents_only(world, client_of, page, person, status):
    assert client_of(getattr(world, person)).get(page).status_code == status


@pytest.mark.parametrize("page", [*PAGES_OF_ONE_HOST, *LISTS, "/"])
def test_it_sends_nobody_to_the_login(world, page):
    response = Client().get(page)

    assert response.status_code == 302
    assert response.headers["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("page", LISTS)
def test_its_lists_show_a_stranger_nothing_of_this_host(world, client_of, page):
    tap(world.charger, "04DEADBEEF01")

    text = client_of(world.stranger).get(page).content.decode()

    assert "SUN001" not in text
    assert "Sunset" not in text
    assert "04A1B2C3D4" not in text
    assert "04DEADBEEF01" not in text


@pytest.mark.parametrize("page", LISTS)
def test_its_lists_show_the_owner_what_is_theirs(world, client_of, page):
    tap(world.charger, "04A1B2C3D4")

    text = client_of(world.owner).get(page).content.decode()

    assert any(word in text for word in ("SUN001", "Sunset 1", "04A1B2C3D4", "Residents"))


@pytest.mark.parametrize(("person", "status"), [("owner", 200), ("stranger", 404), ("agent", 200)])
def test_it_keeps_one_decision_and_one_message_from_strangers(world, client_of, person, status):
    message = tap(world.charger, "04DEADBEEF01")
    client = client_of(getattr(world, person))

    assert client.get(f"/chargers/CP1/logs/{message.id}/").status_code == status
    assert client.get(f"/authorization/decisions/{Decision.objects.get().id}/").status_code == status
    assert client.get(f"/authorization/tokens/{world.member.pk}/").status_code == status


def test_it_answers_foreign_and_absent_chargers_alike(world, client_of):
    client = client_of(world.stranger)

    assert client.get("/chargers/CP1/").content == client.get("/chargers/NO-SUCH/").content
