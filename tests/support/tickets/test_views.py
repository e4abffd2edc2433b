"""Support: what the host's people asked, and how it stands."""

import pytest

from support.tickets.lifecycle import Facts
from support.topics.topic import Asker
from tests.kit.asking_pages import ClientOf, text_of
from tests.kit.tickets import opened
from tests.kit.world import World

pytestmark = pytest.mark.django_db


def test_each_sees_their_own_and_a_manager_the_host_s(world: World, client_of: ClientOf):
    mine = opened(asker=Asker.HOST, facts=Facts(host=world.host), user=world.owner, email="owner@example.com")
    guests = opened(facts=Facts(host=world.host))

    assert mine.label in text_of(client_of(world.owner).get("/support/"))
    for person in (world.teammate, world.stranger):
        assert mine.label not in text_of(client_of(person).get("/support/"))
    assert guests.label not in text_of(client_of(world.owner).get("/support/"))
