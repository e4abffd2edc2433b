"""The bar of states: how many chargers are in each, and the link that filters by it or takes the filter away."""

from django.test import RequestFactory

from chargers.pages import charger_table, state_bar


def bar(user, query=""):
    request = RequestFactory().get(f"/chargers/?{query}")
    request.user = user
    return {segment.title: segment for segment in state_bar.segments(charger_table.parse_query(request))}


def test_it_counts_all_and_each_state_that_occurs(world):
    segments = bar(world.owner)

    assert {title: segment.count for title, segment in segments.items()} == {"All": 1, "Not known yet": 1}
    assert segments["Not known yet"].share == 12
    assert segments["Not known yet"].href == "?state=not_known"


def test_the_chosen_state_stays_without_chargers_and_its_link_takes_it_away(world):
    segments = bar(world.owner, "state=down&q=SUN")

    assert (segments["Offline or faulted"].count, segments["Offline or faulted"].is_chosen) == (0, True)
    assert segments["Offline or faulted"].href == "?q=SUN"
    assert not segments["All"].is_chosen
