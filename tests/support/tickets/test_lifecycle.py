"""A ticket's life: due times, waiting, escalation, merging, linking, reopening, closing."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from authorization.people.access import NotAllowedError
from support.models import Ticket
from support.tickets import conversation, lifecycle
from support.tickets.acts import tickets as acts
from support.tickets.lifecycle import MergeError
from support.topics.details import Detail
from support.topics.topic import Asker, Priority
from tests.kit.lifecycle import State, answered
from tests.kit.tickets import MONDAY, opened, reply

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def test_it_opens_with_queue_priority_and_due_times_of_its_topic():
    ticket = opened(topic=1)

    assert (ticket.queue, ticket.priority, ticket.state) == ("charging", "high", "new")
    assert ticket.first_answer_due_at == MONDAY + 2 * HOUR
    assert ticket.label == f"T-{1000 + ticket.pk}"
    assert len(ticket.secret) >= 40
    assert ticket.messages.get().text == "I paid too much."


def test_it_asks_only_for_what_nobody_has_said():
    ticket = opened(known_details={Detail.PROPERTY: "Sunset 1"}, given={Detail.AMOUNT: "9.00", Detail.LAST4: "4242"})

    assert [one.any_of for one in lifecycle.missing(ticket)] == [(Detail.ATTEMPTED_AT,)]


def test_it_keeps_no_number_of_a_payment_card():
    ticket = opened(text="My card is 4242 4242 4242 4242.")

    assert ticket.messages.get().text == "My card is •••• 4242."


def test_it_escalates_what_is_late_once():
    ticket = opened(topic=1)

    assert lifecycle.escalate_due(now=MONDAY + 2 * HOUR) == 1
    assert lifecycle.escalate_due(now=MONDAY + 3 * HOUR) == 0
    ticket.refresh_from_db()
    assert ticket.priority == "urgent"
    assert "The first answer was due" not in ticket.messages.get(author="guest").text
    assert ticket.messages.get(author="system").text == (
        "Escalated: the first answer was due 23 November, 11:00 UTC. The priority is urgent now."
    )


def test_it_does_not_escalate_what_waits_for_the_customer(world):
    ticket = opened(topic=1)
    acts.reply(ticket, reply(ticket), next_state=State.WAITING_CUSTOMER, by=world.agent, now=MONDAY + HOUR)

    assert lifecycle.escalate_due(now=MONDAY + 100 * HOUR) == 0


def test_an_answer_to_a_closed_one_opens_another_that_is_linked(world):
    ticket = opened(given={Detail.LAST4: "4242"})
    acts.change_state(ticket, State.SOLVED, by=world.agent, now=MONDAY)
    assert lifecycle.close_solved(now=MONDAY + timedelta(days=6)) == 0
    assert lifecycle.close_solved(now=MONDAY + timedelta(days=7)) == 1

    other, _ = answered(ticket, "It happened again.", after=timedelta(days=8))

    assert other.pk != ticket.pk
    assert lifecycle.list_linked_tickets(other) == [Ticket.objects.get(pk=ticket.pk)]
    assert other.details.get().value == "4242"
    assert other.messages.get().text == "It happened again."


def test_it_does_not_merge_tickets_of_different_people(world):
    first, second = opened(), opened(email="lee@example.com")

    with pytest.raises(MergeError, match="different people"):
        acts.merge(second, into=first, by=world.agent, now=MONDAY)

    assert second.messages.count() == 1


def test_another_priority_has_its_own_due_times(world):
    ticket = opened()

    acts.sort(ticket, topic=1, priority=Priority.URGENT, by=world.agent, now=MONDAY)

    assert (ticket.queue, ticket.first_answer_due_at) == ("charging", MONDAY + HOUR)


def test_nobody_but_an_agent_acts_on_it(world):
    ticket = opened()

    for act in (
        lambda: acts.assign(ticket, None, by=world.owner, now=MONDAY),
        lambda: acts.change_state(ticket, State.SOLVED, by=world.owner, now=MONDAY),
        lambda: acts.reply(ticket, reply(ticket), next_state=None, by=world.owner, now=MONDAY),
        lambda: acts.assign(ticket, world.owner, by=world.agent, now=MONDAY),
    ):
        with pytest.raises(NotAllowedError):
            act()


def test_the_database_refuses_a_ticket_that_is_merged_and_open():
    first, second = opened(), opened()

    with pytest.raises(IntegrityError), transaction.atomic():
        Ticket.objects.filter(pk=second.pk).update(merged_into=first)


def test_a_host_s_ticket_says_that_a_host_wrote():
    ticket = opened(topic=10, asker=Asker.HOST)

    assert ticket.messages.get().author == "host"
    assert not conversation.public(ticket, now=MONDAY - HOUR).exists()
