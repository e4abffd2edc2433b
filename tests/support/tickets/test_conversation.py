"""Replies: refused when something came in meanwhile, withdrawn within ten seconds; drafts and presence."""

from datetime import timedelta

import pytest

from support.models import Ticket
from support.requests.acts import requests
from support.tickets import conversation, presence
from support.tickets.acts import tickets as acts
from support.tickets.conversation import Author, ChangedError, ClosedError, Kind, NewMessage
from tests.kit.tickets import MONDAY, opened, reply
from tests.kit.world import make_user

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


def test_a_reply_is_refused_when_something_came_in_meanwhile(world):
    ticket = opened()
    written = reply(ticket)
    requests.write(ticket, NewMessage(author=Author.GUEST, text="Never mind: it was 90.00."), now=MONDAY)

    with pytest.raises(ChangedError) as refused:
        acts.reply(ticket, written, next_state=None, by=world.agent, now=MONDAY)

    assert [one.text for one in refused.value.messages] == ["Never mind: it was 90.00."]
    assert not ticket.messages.filter(author="agent").exists()


def test_of_two_agents_who_answer_at_once_the_second_sees_the_first(world):
    ticket = opened()
    one, other = reply(ticket, "Refunded."), reply(ticket, "Not refunded.")
    acts.reply(ticket, one, next_state=None, by=world.agent, now=MONDAY)

    with pytest.raises(ChangedError) as refused:
        acts.reply(ticket, other, next_state=None, by=world.agent, now=MONDAY)

    assert [message.text for message in refused.value.messages] == ["Refunded."]


def test_the_customer_reads_a_reply_ten_seconds_later(world):
    ticket = opened()
    acts.reply(ticket, reply(ticket, "Done."), next_state=None, by=world.agent, now=MONDAY)

    assert not conversation.public(ticket, now=MONDAY + 9 * SECOND).filter(author="agent").exists()
    assert conversation.public(ticket, now=MONDAY + 10 * SECOND).get(author="agent").text == "Done."


def test_a_reply_can_be_withdrawn_for_ten_seconds_and_is_a_draft_again(world):
    ticket = opened()
    made = acts.reply(ticket, reply(ticket, "Oops."), next_state=Ticket.State.SOLVED, by=world.agent, now=MONDAY)

    assert acts.withdraw(made, by=world.agent, now=MONDAY + 9 * SECOND)

    ticket.refresh_from_db()
    assert (ticket.state, ticket.first_answered_at) == ("open", None)
    assert presence.draft(ticket, world.agent) == "Oops."
    assert not conversation.to_mail(now=MONDAY + 60 * SECOND).exists()
    assert not conversation.public(ticket, now=MONDAY + 60 * SECOND).filter(author="agent").exists()


def test_a_reply_cannot_be_withdrawn_later(world):
    ticket = opened()
    made = acts.reply(ticket, reply(ticket), next_state=None, by=world.agent, now=MONDAY)

    assert not acts.withdraw(made, by=world.agent, now=MONDAY + 10 * SECOND)
    assert conversation.to_mail(now=MONDAY + 10 * SECOND).get() == made


def test_nobody_withdraws_another_agent_s_reply(world):
    ticket, colleague = opened(), make_user("other@example.com", world.host, "owner")
    colleague.is_agent = True
    colleague.save()
    made = acts.reply(ticket, reply(ticket), next_state=None, by=world.agent, now=MONDAY)

    assert not acts.withdraw(made, by=colleague, now=MONDAY + SECOND)


def test_a_note_is_for_agents_only(world):
    ticket = opened()
    acts.reply(ticket, reply(ticket, "He is right.", kind=Kind.INTERNAL), next_state=None, by=world.agent, now=MONDAY)

    ticket.refresh_from_db()
    assert "He is right." not in conversation.public(ticket, now=MONDAY + 60 * SECOND).values_list("text", flat=True)
    assert not conversation.to_mail(now=MONDAY + 60 * SECOND).exists()
    assert ticket.first_answered_at is None


def test_a_closed_ticket_takes_no_reply(world):
    ticket = opened()
    acts.change_state(ticket, Ticket.State.CLOSED, by=world.agent, now=MONDAY)

    with pytest.raises(ClosedError):
        acts.reply(ticket, reply(ticket), next_state=None, by=world.agent, now=MONDAY)
