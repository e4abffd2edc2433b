"""Agents' acts on a ticket. Each is in the audit trail, and raises NotAllowedError for all others."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from authorization import audit
from authorization.models import User
from authorization.people import access
from authorization.people.roles import Right
from billing.models import Session
from chargers.models import Charger
from support.models import Ticket, TicketDetail, TicketMessage
from support.tickets import conversation, lifecycle
from support.tickets.conversation import Kind, Reply
from support.topics.details import Detail
from support.topics.topic import Priority


def open_ticket(new: lifecycle.NewTicket, *, by: User, now: datetime) -> Ticket:
    """Opens a ticket for a request by telephone; the agent's text is an internal note."""
    access.require_agent(by, Right.MANAGE)
    with transaction.atomic():
        new_ticket = lifecycle.open_ticket(new, now=now)
        note = conversation.NewMessage(
            author=conversation.Author.AGENT, text=new.text, user=by, name=by.name, kind=Kind.INTERNAL
        )
        conversation.add(new_ticket, note, now=now)
        _write(
            "ticket.opened", new_ticket, by=by, now=now, after={"topic": new_ticket.topic, "origin": new_ticket.origin}
        )
    return new_ticket


def reply(ticket: Ticket, reply: Reply, *, next_state: Ticket.State | None, by: User, now: datetime) -> TicketMessage:
    """Sends a reply, or stores a note.

    `next_state`: what the ticket waits for afterwards. Raises ChangedError, ClosedError.
    """
    access.require_agent(by, Right.MANAGE)
    with transaction.atomic():
        new_message = conversation.send(ticket, reply, by=by, now=now)
        if next_state is not None:
            lifecycle.change_state(ticket, next_state, now=now)
        verb = "ticket.replied" if new_message.kind == Kind.PUBLIC else "ticket.noted"
        _write(verb, ticket, by=by, now=now, after={"message": str(new_message.pk), "state": ticket.state})
    return new_message


def withdraw(message: TicketMessage, *, by: User, now: datetime) -> bool:
    """Withdraws a reply within ten seconds and reopens the ticket. Returns False if it is too late."""
    access.require_agent(by, Right.MANAGE)
    with transaction.atomic():
        if not conversation.withdraw(message, by=by, now=now):
            return False
        lifecycle.change_state(message.ticket, Ticket.State.OPEN, now=now)
        _write("ticket.reply_withdrawn", message.ticket, by=by, now=now, after={"message": str(message.pk)})
    return True


def change_state(ticket: Ticket, new_state: Ticket.State, *, by: User, now: datetime) -> bool:
    """Changes the state without a message."""
    access.require_agent(by, Right.MANAGE)
    before = ticket.state
    with transaction.atomic():
        if not lifecycle.change_state(ticket, new_state, now=now):
            return False
        _write("ticket.moved", ticket, by=by, now=now, before={"state": before}, after={"state": new_state.value})
    return True


def assign(ticket: Ticket, new_assignee: User | None, *, by: User, now: datetime) -> None:
    """Gives the ticket to an agent, or back to its queue."""
    access.require_agent(by, Right.MANAGE)
    if new_assignee is not None:
        access.require_agent(new_assignee)
    before = ticket.assignee.email if ticket.assignee else ""
    with transaction.atomic():
        Ticket.objects.filter(pk=ticket.pk).update(assignee=new_assignee, changed_at=now)
        after = {"assignee": new_assignee.email if new_assignee else ""}
        _write("ticket.assigned", ticket, by=by, now=now, before={"assignee": before}, after=after)
    ticket.refresh_from_db()


def sort(ticket: Ticket, *, topic: int, priority: Priority, by: User, now: datetime) -> None:
    """Changes topic or priority; only what changes is recorded."""
    access.require_agent(by, Right.MANAGE)
    before = {"topic": ticket.topic, "priority": ticket.priority}
    with transaction.atomic():
        if topic != ticket.topic:
            lifecycle.set_topic(ticket, topic, now=now)
        if priority != ticket.priority:
            lifecycle.set_priority(ticket, priority, now=now)
        after = {"topic": ticket.topic, "priority": ticket.priority}
        if after != before:
            _write("ticket.sorted", ticket, by=by, now=now, before=before, after=after)


def merge(ticket: Ticket, *, into: Ticket, by: User, now: datetime) -> None:
    """Merges the ticket into another. Raises MergeError."""
    access.require_agent(by, Right.MANAGE)
    with transaction.atomic():
        lifecycle.merge(ticket, into=into, now=now)
        _write("ticket.merged", ticket, by=by, now=now, after={"into": into.label})


def link(ticket: Ticket, other: Ticket, *, by: User, now: datetime) -> None:
    """Links two tickets that are related but stay separate."""
    access.require_agent(by, Right.MANAGE)
    with transaction.atomic():
        lifecycle.link(ticket, other, now=now)
        _write("ticket.linked", ticket, by=by, now=now, after={"other": other.label})


def note_detail(ticket: Ticket, detail: Detail, value: str, *, by: User, now: datetime) -> None:
    """Stores a detail that the agent found, so that nobody is asked for it. Replaces an earlier value."""
    access.require_agent(by, Right.MANAGE)
    facts = {"value": value[:300], "source": TicketDetail.Source.FOUND, "at": now}
    with transaction.atomic():
        TicketDetail.objects.update_or_create(ticket=ticket, code=detail.value, defaults=facts)
        _write("ticket.detail_found", ticket, by=by, now=now, after={"detail": detail.value, "text": value[:300]})


def attach_session(ticket: Ticket, session: Session, *, by: User, now: datetime) -> None:
    """Sets the ticket's session. The person sees nothing of it unless it is proved to be theirs.

    A mail from the session's address is a proof, because the ticket's link was sent only to that address.
    """
    access.require_agent(by, Right.MANAGE)
    is_theirs = ticket.origin == Ticket.Origin.MAIL and session.guest_email.lower() == ticket.email != ""
    with transaction.atomic():
        Ticket.objects.filter(pk=ticket.pk).update(
            session=session,
            charger_id=session.charger_id,
            property_id=session.property_id,
            host_id=session.host_id,
            proof=Ticket.Proof.MAIL if is_theirs else Ticket.Proof.NONE,
            changed_at=now,
        )
        _write("ticket.session_found", ticket, by=by, now=now, after={"session": str(session.pk)})
    ticket.refresh_from_db()


def attach_charger(ticket: Ticket, charger: Charger, *, by: User, now: datetime) -> None:
    """Sets the ticket's charger."""
    access.require_agent(by, Right.MANAGE)
    with transaction.atomic():
        Ticket.objects.filter(pk=ticket.pk).update(
            charger=charger, property_id=charger.property_id, host_id=charger.property.host_id, changed_at=now
        )
        _write("ticket.charger_found", ticket, by=by, now=now, after={"charger": charger.charger_id})
    ticket.refresh_from_db()


def _write(
    verb: str,
    ticket: Ticket,
    *,
    by: User,
    now: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    audit.write(
        verb,
        audit.Subject("ticket", ticket.pk, ticket.label, ticket.host),
        user=by,
        now=now,
        before=dict(before) if before else None,
        after=dict(after) if after else None,
    )
