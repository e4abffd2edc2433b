"""Requests are found by their number: by who may read them, with the page where they do."""

import pytest
from django.contrib.auth.models import AnonymousUser

from backoffice.portal.search import requests
from backoffice.portal.search.hits import Hit
from billing.formatting.pasted_values import PastedValue
from support.models import Ticket
from support.tickets.lifecycle import Facts
from support.topics.topic import Asker
from tests.kit.tickets import opened
from tests.kit.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket(world: World) -> Ticket:
    return opened(asker=Asker.HOST, user=world.teammate, facts=Facts(host=world.host))


def find(viewer, *texts: str) -> list[Hit]:
    return list(requests.by_label(viewer, [PastedValue(text=text) for text in texts]))


def test_people_of_the_host_are_led_to_their_page_and_agents_to_theirs(world: World, ticket: Ticket):
    [own], [agents] = find(world.owner, ticket.label), find(world.agent, ticket.label)

    assert (own.id, own.url) == (ticket.label, f"/help/t/{ticket.secret}/")
    assert agents.url == f"/admin/support/ticket/{ticket.pk}/change/"
    assert find(world.stranger, ticket.label) == []


def test_a_guest_s_request_is_not_the_host_s_to_find(world: World):
    guest = opened(facts=Facts(host=world.host))

    assert find(world.owner, guest.label) == []
    assert [hit.id for hit in find(world.agent, guest.label)] == [guest.label]


def test_a_label_is_found_as_it_is_pasted(world: World, ticket: Ticket):
    assert len(find(world.owner, f"  {ticket.label.lower()} ")) == 1
    whole = list(requests.by_label(world.owner, [PastedValue(text="x", whole=ticket.label)]))
    assert [hit.id for hit in whole] == [ticket.label]


@pytest.mark.parametrize("text", ["", "T-", "T-12", "1002", "T-9999999999999", "T-99999999"])
def test_what_is_no_label_finds_nothing(world: World, ticket: Ticket, text: str):
    assert find(world.owner, text) == []


def test_nobody_finds_nothing_and_costs_nothing(ticket: Ticket, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert find(AnonymousUser(), ticket.label) == []
