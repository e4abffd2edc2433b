"""What agents do on a ticket. Each act is in the audit trail, and raises NotAllowedError for everybody else."""

from datetime import timedelta

import pytest

from authorization.models import AuditEntry
from support.models import TicketLink
from support.tickets import lifecycle
from support.tickets.acts import tickets as acts
from support.topics.details import Detail
from tests.kit.lifecycle import State, answered
from tests.kit.tickets import MONDAY, opened, reply

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def test_the_clock_of_the_solution_stops_while_others_let_us_wait(world):
    ticket = opened()
    due = ticket.solve_due_at
    acts.reply(ticket, reply(ticket), next_state=State.WAITING_CUSTOMER, by=world.agent, now=MONDAY + HOUR)

    answered(ticket, after=6 * HOUR)
    ticket.refresh_from_db()

    assert ticket.state == State.OPEN
    assert ticket.solve_due_at == due + 5 * HOUR


def test_an_answer_reopens_what_was_solved(world):
    ticket = opened()
    acts.reply(ticket, reply(ticket), next_state=State.SOLVED, by=world.agent, now=MONDAY)

    answered(ticket, "It is still wrong.")
    ticket.refresh_from_db()

    assert (ticket.state, ticket.reopened, ticket.solved_at) == ("open", 1, None)
    assert ticket.unread_since == MONDAY + HOUR


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


def test_it_links_two_once(world):
    first, second = opened(), opened()

    acts.link(first, second, by=world.agent, now=MONDAY)
    acts.link(second, first, by=world.agent, now=MONDAY)

    assert TicketLink.objects.count() == 1
    assert lifecycle.list_linked_tickets(second) == [first]


def test_the_audit_trail_has_every_act_with_the_ticket_s_number(world):
    ticket = opened()
    acts.assign(ticket, world.agent, by=world.agent, now=MONDAY)
    acts.reply(ticket, reply(ticket), next_state=State.SOLVED, by=world.agent, now=MONDAY)

    entries = AuditEntry.objects.filter(subject_type="ticket").order_by("pk")

    assert [(one.verb, one.subject_label, one.actor) for one in entries] == [
        ("ticket.opened", ticket.label, "guest"),
        ("ticket.assigned", ticket.label, "user:agent@example.com"),
        ("ticket.replied", ticket.label, "user:agent@example.com"),
    ]
