"""The timeline of a charger within a span of time: messages, decisions, commands, statuses, people's acts in order."""

from datetime import timedelta

import pytest

from tests.kit import charging
from tests.kit.explain_pages import ClientOf, full, now, text_of
from tests.kit.world import World, tap

__all__ = ["full"]
pytestmark = pytest.mark.django_db
PAGE = "/support/chargers/CP1/"


def test_a_charger_s_timeline_has_everything_the_newest_first(full: World, client_of: ClientOf):
    found = text_of(client_of(full.owner).get(PAGE))

    assert found.index("A card was refused: Unknown card") > found.index("Connector 1 is Faulted")
    assert found.index("Connector 1 is Faulted") > found.index("Restart: Accepted by the charger")
    assert "/authorization/decisions/" in found
    assert "was opened" not in found


def test_of_a_long_timeline_the_earlier_moments_unfold(world: World, client_of: ClientOf):
    for minute in range(45):
        charging.report(world.charger, ("Available", "Preparing")[minute % 2], at=now() - timedelta(minutes=minute))

    found = text_of(client_of(world.owner).get(PAGE))

    at_first, _, older = found.partition("<summary>5 earlier moments</summary>")
    assert (at_first.count("Connector 1 is"), older.count("Connector 1 is")) == (40, 5)


def test_it_is_filtered_by_where_it_comes_from(full: World, client_of: ClientOf):
    found = text_of(client_of(full.owner).get(f"{PAGE}?source=Status"))

    assert "Connector 1 is Faulted" in found
    assert "A card was refused" not in found
    assert "was opened" not in text_of(client_of(full.owner).get(f"{PAGE}?source=Ticket"))


def test_a_charger_s_timeline_costs_as_many_queries_however_much_there_is(
    full: World, client_of: ClientOf, django_assert_max_num_queries
):
    for number in range(20):
        tap(full.charger, f"FFFFFF{number:02d}")
    client = client_of(full.owner)

    with django_assert_max_num_queries(30):
        client.get(PAGE)
