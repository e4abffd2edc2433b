"""Tickets for tests."""

from datetime import UTC, datetime
from typing import Any

from support.models import Ticket
from support.requests.acts import requests
from support.tickets import conversation
from support.tickets.conversation import Kind, Reply
from support.tickets.lifecycle import Facts, NewTicket
from support.topics.topic import Asker

NOTHING = Facts()
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def opened(
    *,
    topic: int | None = 4,
    text: str = "I paid too much.",
    email: str = "kim@example.com",
    asker: Asker = Asker.GUEST,
    facts: Facts = NOTHING,
    now: datetime = MONDAY,
    **more: Any,
) -> Ticket:
    """A guest's ticket, opened by the form."""
    new = NewTicket(topic=topic, text=text, asker=asker, origin=Ticket.Origin.FORM, email=email, facts=facts, **more)
    return requests.open_ticket(new, now=now)


def reply(ticket: Ticket, text: str = "We look at it.", *, kind: Kind = Kind.PUBLIC) -> Reply:
    """A reply of an agent who has read everything."""
    return Reply(text=text, kind=kind, seen=conversation.fingerprint(list(conversation.visible_messages(ticket))))
