"""Which tickets a host's people and keys read."""

import pytest

from authorization.models import ApiKey
from support.models import Ticket
from support.tickets import reading
from support.tickets.lifecycle import Facts
from support.topics.topic import Asker
from tests.kit.callers import make_key
from tests.kit.drivers import NOW
from tests.kit.tickets import opened
from tests.kit.world import World

pytestmark = pytest.mark.django_db


def ticket(world: World, asker: Asker, **more) -> Ticket:
    return opened(asker=asker, facts=Facts(host=world.host), **more)


def test_who_manages_a_host_reads_what_its_people_asked(world: World):
    asked = ticket(world, Asker.HOST, user=world.teammate)

    assert set(reading.visible_tickets(world.owner)) == {asked}
    assert set(reading.visible_tickets(world.teammate)) == {asked}
    assert set(reading.visible_tickets(world.stranger)) == set()


def test_a_guest_s_ticket_is_not_the_host_s_to_read(world: World):
    ticket(world, Asker.GUEST)

    assert set(reading.visible_tickets(world.owner)) == set()


def test_who_only_reads_sees_their_own(world: World):
    ticket(world, Asker.HOST, user=world.owner)

    assert set(reading.visible_tickets(world.teammate)) == set()


def test_a_merged_ticket_stands_in_the_other_one(world: World):
    first, second = (ticket(world, Asker.HOST, user=world.owner) for _ in range(2))
    Ticket.objects.filter(pk=second.pk).update(merged_into=first, state="closed", closed_at=NOW)

    assert set(reading.visible_tickets(world.owner)) == {first}


def test_a_key_reads_what_its_host_s_people_asked(world: World):
    asked = ticket(world, Asker.HOST, user=world.owner)
    key = ApiKey.objects.get_from_key(make_key(world.host))

    assert set(reading.visible_tickets(key)) == {asked}
