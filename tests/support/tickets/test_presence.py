"""Which agents have a ticket open and write, and what each of them has typed so far."""

from datetime import timedelta

import pytest

from support.tickets import presence
from support.tickets.acts import tickets as acts
from tests.kit.tickets import MONDAY, opened, reply
from tests.kit.world import make_user

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


def test_each_agent_has_a_draft_of_their_own(world):
    ticket, colleague = opened(), make_user("other@example.com", world.host, "owner")
    presence.keep_draft(ticket, world.agent, "Dear Kim", now=MONDAY)
    presence.keep_draft(ticket, colleague, "Hello", now=MONDAY)
    presence.keep_draft(ticket, world.agent, "Dear Kim,", now=MONDAY)

    assert (presence.draft(ticket, world.agent), presence.draft(ticket, colleague)) == ("Dear Kim,", "Hello")

    acts.reply(ticket, reply(ticket, "Dear Kim,"), next_state=None, by=world.agent, now=MONDAY)
    assert (presence.draft(ticket, world.agent), presence.draft(ticket, colleague)) == ("", "Hello")


def test_it_says_who_answers_right_now(world):
    ticket, colleague = opened(), make_user("other@example.com", world.host, "owner")
    presence.note(ticket, colleague, is_writing=True, now=MONDAY)
    presence.note(ticket, world.agent, is_writing=False, now=MONDAY)

    assert presence.list_colleagues(ticket, world.agent, now=MONDAY + 10 * SECOND) == [
        presence.Colleague("other@example.com", is_writing=True)
    ]
    assert presence.list_colleagues(ticket, world.agent, now=MONDAY + 60 * SECOND) == []
    assert presence.forget(now=MONDAY + timedelta(days=2)) == 2
