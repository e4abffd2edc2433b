"""Pages of lists: what is ours, and what OCPI allows."""

import pytest

from billing.roaming.docket.facts import Side
from billing.roaming.docket.findings import paging
from tests.kit import planted
from tests.kit.exchanges import envelope, incoming, listed, location, next_link, stored, token, token_page


def codes(facts) -> list[str]:
    return [deviation.code for deviation in paging.examine(facts)]


@pytest.mark.parametrize("case", [case for case in planted.OURS if case[0].startswith("paging")])
def test_what_we_do_wrong_is_ours(case):
    planted.assert_named(case, author=Side.US)


def test_a_limit_below_the_one_that_was_asked_for_is_allowed():
    assert codes(token_page(query="?limit=1000", answer_headers={"x-limit": "1"})) == []


def test_a_link_without_limit_or_in_another_order_is_allowed():
    link = next_link("?date_to=2026-03-11T12:00:00Z&offset=1")
    query = "?offset=0&limit=1&date_to=2026-03-11T12:00:00Z"

    assert codes(token_page(query=query, answer_headers={"link": link, "x-total-count": "2"})) == []
    assert (
        codes(token_page(answer_headers={"link": '</ocpi/2.2.1/tokens?offset=1>; rel="next"', "x-total-count": "2"}))
        == []
    )


def test_links_to_other_pages_than_the_next_are_none():
    link = '<https://partner.example/ocpi/2.2.1/tokens?offset=0>; rel="first"'

    assert codes(token_page(answer_headers={"link": link})) == ["paging.link_empty"]


def test_an_empty_list_and_a_failure():
    assert codes(token_page([], answer_headers={"x-total-count": "0"})) == []
    assert codes(token_page(answer=envelope(status=2000), answer_headers={"x-total-count": None})) == []


def test_one_object_is_no_page():
    nothing = {"x-total-count": None, "x-limit": None}

    assert codes(stored("locations", location(), answer_headers=nothing)) == []
    assert codes(incoming("GET", "locations/sunset-1", answer=envelope(location()), answer_headers=nothing)) == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?limit=5&offset=10", []),
        ("?limit=&offset=", []),
        ("?colour=red", []),
        ("?limit=-1", ["paging.parameter_not_number"]),
        ("?dateFrom=2026-01-01", ["paging.parameter_unknown"]),
        ("?date_from=2026-01-01", ["time.unreadable"]),
        ("?date_from=2026-01-01+12:00:00Z", ["time.space"]),
    ],
)
def test_parameters_of_a_list(query, expected):
    assert codes(listed("tariffs", query)) == expected


def test_more_objects_than_asked_for_count_against_our_request_too():
    facts = token_page([token()] * 3, query="?limit=2", answer_headers={"x-total-count": "3"})

    assert codes(facts) == ["paging.limit_ignored"]
