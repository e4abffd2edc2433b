"""Acts of people who ask for help: open a ticket, write on it, send files, rate the help."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from authorization import audit
from authorization.models import User
from support.context import opened_state
from support.mailbox import outgoing
from support.models import Ticket, TicketDetail, TicketMessage
from support.tickets import attachments, conversation, lifecycle
from support.tickets.attachments import File
from support.tickets.conversation import Author, NewMessage
from support.tickets.lifecycle import Facts, NewTicket
from support.topics.details import Detail
from support.topics.topic import Asker

_AUTHORS = {Asker.GUEST: Author.GUEST, Asker.HOST: Author.HOST}


def open_ticket(
    new: NewTicket,
    *,
    files: Sequence[File] = (),
    message_id: str = "",
    name: str = "",
    by: User | None = None,
    acknowledges: bool | None = None,
    now: datetime,
) -> Ticket:
    """Opens a ticket with its first message and files; `message_id` and `name` are of the mail that brought it.

    `by`: the agent who records what the person said. `acknowledges`: whether an automatic reply is sent; None lets the
    address's rate limit decide.
    """
    if acknowledges is None:
        acknowledges = outgoing.may_acknowledge(new.email)
    with transaction.atomic():
        new_ticket = lifecycle.open_ticket(new, now=now)
        message = NewMessage(author=_AUTHORS[new.asker], text=new.text, user=new.user, name=name, message_id=message_id)
        stored_message = conversation.add(new_ticket, message, now=now)
        _attach(new_ticket, files, message=stored_message, now=now)
        opened_state.keep(new_ticket, now=now)
        subject = audit.Subject("ticket", new_ticket.pk, new_ticket.label, new_ticket.host)
        after = {"topic": new_ticket.topic, "origin": new_ticket.origin}
        audit.write("ticket.opened", subject, user=by or new.user, now=now, after=after)
        if acknowledges:
            outgoing.acknowledge(new_ticket, now=now)
    return new_ticket


def write(
    ticket: Ticket,
    message: NewMessage,
    *,
    files: Sequence[File] = (),
    given_details: Mapping[Detail, str] | None = None,
    now: datetime,
) -> tuple[Ticket, TicketMessage]:
    """Adds the person's message. A solved ticket is reopened; for a closed one a new ticket is opened and linked to it.

    Returns the ticket that took the message: a merged ticket continues in the one it was merged into.
    """
    with transaction.atomic():
        target = Ticket.objects.select_for_update().get(pk=_current(ticket).pk)
        if target.state == Ticket.State.CLOSED:
            target = _follow_up(target, message, now=now)
        stored_message = conversation.add(target, message, now=now)
        _attach(target, files, message=stored_message, now=now)
        lifecycle.note_details(target, given_details or {}, source=TicketDetail.Source.GIVEN, now=now)
        lifecycle.note_requester_message(target, now=now)
    return target, stored_message


def rate(ticket: Ticket, satisfaction: Ticket.Satisfaction, *, text: str, by: User | None, now: datetime) -> bool:
    """Rates the help. Returns False before the ticket is solved."""
    with transaction.atomic():
        if not lifecycle.rate(ticket, satisfaction, text=text, now=now):
            return False
        subject = audit.Subject("ticket", ticket.pk, ticket.label, ticket.host)
        audit.write("ticket.rated", subject, user=by, now=now, after={"satisfaction": satisfaction.value})
    return True


def _current(ticket: Ticket) -> Ticket:
    while ticket.merged_into is not None:
        ticket = ticket.merged_into
    return ticket


def _follow_up(closed: Ticket, message: NewMessage, *, now: datetime) -> Ticket:
    facts = Facts(
        host=closed.host,
        property=closed.property,
        charger=closed.charger,
        session=closed.session,
        payout=closed.payout,
        proof=Ticket.Proof(closed.proof),
    )
    new = NewTicket(
        topic=closed.topic,
        subject=closed.subject,
        text=message.text,
        asker=Asker(closed.asker),
        origin=Ticket.Origin(closed.origin),
        email=closed.email,
        language=closed.language,
        user=closed.opened_by,
        facts=facts,
        known_details={Detail(row.code): row.value for row in closed.details.all()},
    )
    follow_up = lifecycle.open_ticket(new, now=now)
    lifecycle.link(follow_up, closed, now=now)
    return follow_up


def _attach(ticket: Ticket, files: Sequence[File], *, message: TicketMessage, now: datetime) -> None:
    for file in files:
        attachments.keep(ticket, file, message=message, now=now)
