"""Access > Offline lists: which chargers know our cards by themselves, and whether they know the right ones."""

import pytest

from chargers.models import CardMemory
from chargers.sentences import stored
from tests.kit.local_list_pages import holding, text_of

__all__ = ["holding"]
pytestmark = pytest.mark.django_db
OVERVIEW = "/authorization/offline/"
PEOPLE = [("owner", 200, 302), ("teammate", 200, 404), ("stranger", 404, 404), ("agent", 200, 302)]


@pytest.mark.parametrize(("person", "_seen", "posted"), PEOPLE)
def test_only_managers_and_agents_switch_a_property(world, client_of, person, _seen, posted):
    response = client_of(getattr(world, person)).post(OVERVIEW, {"property": "sunset-1", "keeps": "on"})

    world.site.refresh_from_db()
    assert (response.status_code, world.site.keeps_lists) == (posted, posted == 302)


def test_it_puts_what_is_wrong_first_in_the_overview(holding, client_of):
    CardMemory.objects.filter(charger__charger_id="CP2").update(
        state="refused", problem_sentences=stored.free("The charger could not do it.")
    )

    response = client_of(holding.owner).get(OVERVIEW)

    assert [row.charger.charger_id for row in response.context["rows"]] == ["CP2", "CP1"]
    assert "1 charger does not hold the list that it should." in text_of(response)
    assert "The charger could not do it." in text_of(response)


def test_it_shows_a_stranger_no_charger_in_the_overview(holding, client_of):
    response = client_of(holding.stranger).get(OVERVIEW)

    assert (response.context["rows"], response.context["places"]) == ([], [])
