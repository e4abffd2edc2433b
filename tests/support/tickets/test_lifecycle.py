"""A ticket's life: due times, waiting, escalation, merging, linking, reopening, closing."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from authorization.models import AuditEntry
from authorization.people.access import NotAllowedError
from support.models import Ticket, TicketLink, TicketMessage
from support.requests.acts import requests
from support.tickets import conversation, lifecycle
from support.tickets.acts import tickets as acts
from support.tickets.conversation import Author, NewMessage
from support.tickets.lifecycle import MergeError
from support.topics.details import Detail
from support.topics.topic import Asker, Priority
from tests.kit.tickets import MONDAY, opened, reply

pytestmark = pytest.mark.django_db
State = Ticket.State
HOUR = timedelta(hours=1)


def answered(ticket: Ticket, text: str = "Here it is.", *, after: timedelta = HOUR) -> tuple[Ticket, TicketMessage]:
    return requests.write(ticket, NewMessage(author=Author.GUEST, text=text), now=MONDAY + after)


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


def test_the_clock_of_the_solution_stops_while_others_let_us_wait(world):
    ticket = opened()
    due = ticket.solve_due_at
    acts.reply(ticket, reply(ticket), then=State.WAITING_CUSTOMER, by=world.agent, now=MONDAY + HOUR)

    answered(ticket, after=6 * HOUR)
    ticket.refresh_from_db()

    assert ticket.state == State.OPEN
    assert ticket.solve_due_at == due + 5 * HOUR


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
    acts.reply(ticket, reply(ticket), then=State.WAITING_CUSTOMER, by=world.agent, now=MONDAY + HOUR)

    assert lifecycle.escalate_due(now=MONDAY + 100 * HOUR) == 0


def test_an_answer_reopens_what_was_solved(world):
    ticket = opened()
    acts.reply(ticket, reply(ticket), then=State.SOLVED, by=world.agent, now=MONDAY)

    answered(ticket, "It is still wrong.")
    ticket.refresh_from_db()

    assert (ticket.state, ticket.reopened, ticket.solved_at) == ("open", 1, None)
    assert ticket.unread_since == MONDAY + HOUR


def test_an_answer_to_a_closed_one_opens_another_that_is_linked(world):
    ticket = opened(given={Detail.LAST4: "4242"})
    acts.move(ticket, State.SOLVED, by=world.agent, now=MONDAY)
    assert lifecycle.close_solved(now=MONDAY + timedelta(days=6)) == 0
    assert lifecycle.close_solved(now=MONDAY + timedelta(days=7)) == 1

    other, _ = answered(ticket, "It happened again.", after=timedelta(days=8))

    assert other.pk != ticket.pk
    assert lifecycle.linked(other) == [Ticket.objects.get(pk=ticket.pk)]
    assert other.details.get().value == "4242"
    assert other.messages.get().text == "It happened again."


def test_it_merges_what_one_person_asked_twice(world):
    first, second = opened(), opened(text="Again: too much.", given={Detail.AMOUNT: "9.00"})

    acts.merge(second, into=first, by=world.agent, now=MONDAY + HOUR)

    assert list(first.messages.order_by("id").values_list("text", flat=True)) == [
        "I paid too much.",
        "Again: too much.",
        f"{second.label} was merged into this ticket.",
    ]
    assert first.details.get().value == "9.00"
    assert (second.state, second.merged_into) == ("closed", first)
    target, _ = answered(second)
    assert target == first


def test_it_does_not_merge_tickets_of_different_people(world):
    first, second = opened(), opened(email="lee@example.com")

    with pytest.raises(MergeError, match="different people"):
        acts.merge(second, into=first, by=world.agent, now=MONDAY)

    assert second.messages.count() == 1


def test_it_links_two_once(world):
    first, second = opened(), opened()

    acts.link(first, second, by=world.agent, now=MONDAY)
    acts.link(second, first, by=world.agent, now=MONDAY)

    assert TicketLink.objects.count() == 1
    assert lifecycle.linked(second) == [first]


def test_another_priority_has_its_own_due_times(world):
    ticket = opened()

    acts.sort(ticket, topic=1, priority=Priority.URGENT, by=world.agent, now=MONDAY)

    assert (ticket.queue, ticket.first_answer_due_at) == ("charging", MONDAY + HOUR)


def test_it_is_rated_once_it_is_solved(world):
    ticket = opened()
    assert not requests.rate(ticket, Ticket.Satisfaction.GOOD, text="", by=None, now=MONDAY)
    acts.move(ticket, State.SOLVED, by=world.agent, now=MONDAY)

    assert requests.rate(ticket, Ticket.Satisfaction.BAD, text="Slow.", by=None, now=MONDAY)

    ticket.refresh_from_db()
    assert (ticket.satisfaction, ticket.satisfaction_text) == ("bad", "Slow.")


def test_nobody_but_an_agent_acts_on_it(world):
    ticket = opened()

    for act in (
        lambda: acts.assign(ticket, None, by=world.owner, now=MONDAY),
        lambda: acts.move(ticket, State.SOLVED, by=world.owner, now=MONDAY),
        lambda: acts.reply(ticket, reply(ticket), then=None, by=world.owner, now=MONDAY),
        lambda: acts.assign(ticket, world.owner, by=world.agent, now=MONDAY),
    ):
        with pytest.raises(NotAllowedError):
            act()


def test_the_audit_trail_has_every_act_with_the_ticket_s_number(world):
    ticket = opened()
    acts.assign(ticket, world.agent, by=world.agent, now=MONDAY)
    acts.reply(ticket, reply(ticket), then=State.SOLVED, by=world.agent, now=MONDAY)

    entries = AuditEntry.objects.filter(subject_type="ticket").order_by("pk")

    assert [(one.verb, one.subject_label, one.actor) for one in entries] == [
        ("ticket.opened", ticket.label, "guest"),
        ("ticket.assigned", ticket.label, "user:agent@example.com"),
        ("ticket.replied", ticket.label, "user:agent@example.com"),
    ]


def test_the_database_refuses_a_ticket_that_is_merged_and_open():
    first, second = opened(), opened()

    with pytest.raises(IntegrityError), transaction.atomic():
        Ticket.objects.filter(pk=second.pk).update(merged_into=first)


def test_a_host_s_ticket_says_that_a_host_wrote():
    ticket = opened(topic=10, asker=Asker.HOST)

    assert ticket.messages.get().author == "host"
    assert not conversation.public(ticket, now=MONDAY - HOUR).exists()
