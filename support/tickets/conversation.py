"""A ticket's messages: added, sent unless new ones came in meanwhile, withdrawn within seconds, read."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q, QuerySet

from authorization.models import User
from chargers.lib import ids
from support.models import Draft, Ticket, TicketMessage

Kind = TicketMessage.Kind
Author = TicketMessage.Author
UNDO_FOR: Final = timedelta(seconds=10)
LONGEST: Final = 20_000


class ChangedError(Exception):
    """New messages came in meanwhile, so the reply was not sent. `messages`: those that its author has not seen."""

    def __init__(self, messages: Sequence[TicketMessage]) -> None:
        super().__init__("Not sent: something was written on this ticket meanwhile.")
        self.messages = list(messages)


class ClosedError(Exception):
    """The ticket takes no more messages; the text is a sentence for the agent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMessage:
    """A message from a person who is not an agent. `message_id`: of the mail that brought it."""

    author: TicketMessage.Author
    text: str
    name: str = ""
    user: User | None = None
    kind: TicketMessage.Kind = Kind.PUBLIC
    message_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An agent's reply. `seen`: the fingerprint of the conversation that they read."""

    text: str
    kind: TicketMessage.Kind
    seen: str


def add(ticket: Ticket, new: NewMessage, *, now: datetime) -> TicketMessage:
    """Stores a message that is visible at once."""
    return TicketMessage.objects.create(
        id=ids.generate(now=now),
        ticket=ticket,
        kind=new.kind,
        author=new.author,
        user=new.user,
        name=new.name[:150],
        text=new.text[:LONGEST],
        written_at=now,
        released_at=now,
        message_id=new.message_id[:255],
    )


def add_system(ticket: Ticket, text: str, *, now: datetime) -> TicketMessage:
    """A note for agents that no person wrote."""
    return add(ticket, NewMessage(author=Author.SYSTEM, text=text, kind=Kind.INTERNAL), now=now)


def visible_messages(ticket: Ticket) -> QuerySet[TicketMessage]:
    """Returns all messages that were not withdrawn, for agents, oldest first."""
    return ticket.messages.filter(withdrawn_at=None).select_related("user").order_by("id")


def public(ticket: Ticket, *, now: datetime) -> QuerySet[TicketMessage]:
    """Returns the messages for the person who asked: replies only once they can no longer be withdrawn."""
    return visible_messages(ticket).filter(kind=Kind.PUBLIC, released_at__lte=now)


def fingerprint(messages: Sequence[TicketMessage]) -> str:
    """Returns the fingerprint of a conversation as it was read."""
    return hashlib.sha256(" ".join(str(message.pk) for message in messages).encode()).hexdigest()[:20]


def send(ticket: Ticket, reply: Reply, *, by: User, now: datetime) -> TicketMessage:
    """Stores an agent's message, unless new ones came in meanwhile; deletes the draft.

    Raises ChangedError, ClosedError. A public reply is released after ten seconds, a note at once. Messages of a ticket
    are stored one after the other.
    """
    with transaction.atomic():
        locked = Ticket.objects.select_for_update().get(pk=ticket.pk)
        if locked.state == Ticket.State.CLOSED:
            raise ClosedError(f"{locked.label} is closed: open a new ticket and link it.")
        messages = list(visible_messages(locked))
        if reply.seen != fingerprint(messages):
            raise ChangedError(_unseen(messages, seen_fingerprint=reply.seen))
        is_public = reply.kind == Kind.PUBLIC
        new_message = TicketMessage.objects.create(
            id=ids.generate(now=now),
            ticket=locked,
            kind=reply.kind,
            author=Author.AGENT,
            user=by,
            name=by.name or "Support",
            text=reply.text[:LONGEST],
            written_at=now,
            released_at=now + UNDO_FOR if is_public else now,
        )
        Draft.objects.filter(ticket=locked, user=by).delete()
        if is_public:
            Ticket.objects.filter(pk=locked.pk, first_answered_at=None).update(first_answered_at=now)
        Ticket.objects.filter(pk=locked.pk).update(unread_since=None, changed_at=now)
    ticket.refresh_from_db()
    return new_message


def _unseen(messages: Sequence[TicketMessage], *, seen_fingerprint: str) -> list[TicketMessage]:
    """Returns the messages after the part that was read; all messages if the fingerprint is unknown."""
    for length in range(len(messages), -1, -1):
        if fingerprint(messages[:length]) == seen_fingerprint:
            return list(messages[length:])
    return list(messages)


def withdraw(message: TicketMessage, *, by: User, now: datetime) -> bool:
    """Withdraws an agent's reply while nobody has read it; its text becomes their draft again.

    Returns False if it is too late.
    """
    with transaction.atomic():
        Ticket.objects.select_for_update().get(pk=message.ticket_id)
        waiting = TicketMessage.objects.filter(
            pk=message.pk, user=by, author=Author.AGENT, withdrawn_at=None, mailed_at=None, released_at__gt=now
        )
        if not waiting.update(withdrawn_at=now):
            return False
        Draft.objects.update_or_create(
            ticket_id=message.ticket_id, user=by, defaults={"text": message.text, "changed_at": now}
        )
        answers = TicketMessage.objects.filter(
            ticket=message.ticket_id, author=Author.AGENT, kind=Kind.PUBLIC, withdrawn_at=None
        )
        if not answers.exists():
            Ticket.objects.filter(pk=message.ticket_id).update(first_answered_at=None)
    return True


def to_mail(*, now: datetime) -> QuerySet[TicketMessage]:
    """Returns released replies, of tickets with an address, whose mail is not in the outbox yet."""
    return TicketMessage.objects.filter(
        ~Q(ticket__email=""),
        kind=Kind.PUBLIC,
        author=Author.AGENT,
        mailed_at=None,
        withdrawn_at=None,
        released_at__lte=now,
        ticket__email_failed_at=None,
    )
