"""What agents do about an incident: one reply to everybody who asked about it."""

import hashlib
from datetime import datetime

from django.db import transaction

from authorization import audit
from authorization.models import User
from authorization.people import access
from support.acts import tickets
from support.incidents import watching
from support.models import CommonFault, Ticket
from support.tickets import conversation
from support.tickets.conversation import Kind, Reply


class NotSentError(Exception):
    """Nothing was sent; the message is a sentence for the agent."""


def fingerprint(row: CommonFault) -> str:
    """Of all that was written on its tickets: it changes with every message."""
    marks = [_seen(ticket) for ticket in watching.live_tickets(row)]
    return hashlib.sha256("\n".join(marks).encode()).hexdigest()


def reply_to_all(row: CommonFault, text: str, *, seen: str, is_solved: bool, by: User, now: datetime) -> int:
    """Sends it on each ticket that is not solved; how many. Raises NotAllowedError and NotSentError."""
    access.require_agent(by)
    if not text.strip():
        raise NotSentError("Nothing was sent: write something first.")
    with transaction.atomic():
        CommonFault.objects.select_for_update().get(pk=row.pk)
        live = list(watching.live_tickets(row).select_for_update(of=("self",)))
        if not live:
            raise NotSentError("Nothing was sent: no ticket of this incident waits for an answer.")
        if fingerprint(row) != seen:
            raise NotSentError("Nothing was sent: something was written on one of the tickets meanwhile.")
        then = Ticket.State.SOLVED if is_solved else Ticket.State.OPEN
        for ticket in live:
            reply = Reply(text=text.strip(), kind=Kind.PUBLIC, seen=_seen(ticket))
            tickets.reply(ticket, reply, then=then, by=by, now=now)
        subject = audit.Subject("incident", row.pk, str(row))
        after = {"tickets": [ticket.label for ticket in live]}
        audit.write("incident.replied", subject, user=by, now=now, after=after)
    return len(live)


def _seen(ticket: Ticket) -> str:
    return conversation.fingerprint(list(conversation.shown(ticket)))
