"""Agents' acts on an incident: one reply to all its tickets, and a note for its hosts."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from django.db import transaction

from authorization import audit
from authorization.models import User
from authorization.people import access
from support.incidents import detection
from support.models import CommonFault, Ticket
from support.tickets import conversation
from support.tickets.acts import tickets
from support.tickets.conversation import Kind, Reply

LONGEST_NOTE: Final = 1000


class NotSentError(Exception):
    """Nothing was sent; the message is a sentence for the agent."""


def fingerprint(row: CommonFault) -> str:
    """Returns a fingerprint of all messages on its tickets, which changes with every message."""
    marks = [_conversation_fingerprint(ticket) for ticket in detection.live_tickets(row)]
    return hashlib.sha256("\n".join(marks).encode()).hexdigest()


def note(row: CommonFault, text: str, *, by: User, now: datetime) -> None:
    """Sets the note that its hosts see at their chargers; empty removes it. Raises NotAllowedError."""
    access.require_agent(by)
    with transaction.atomic():
        locked = CommonFault.objects.select_for_update().get(pk=row.pk)
        before, after = locked.note, text.strip()[:LONGEST_NOTE]
        if before == after:
            return
        locked.note, locked.noted_at = after, now if after else None
        locked.save(update_fields=["note", "noted_at"])
        subject = audit.Subject("incident", row.pk, str(row))
        audit.write("incident.noted", subject, user=by, now=now, before={"note": before}, after={"note": after})


def reply_to_all(
    row: CommonFault,
    text: str,
    *,
    texts: Mapping[str, str] | None = None,
    seen_fingerprint: str,
    is_solved: bool,
    by: User,
    now: datetime,
) -> int:
    """Sends the reply on each ticket that is not solved; returns the number.

    `texts`: by language, used instead of `text` for its readers. Raises NotAllowedError and NotSentError.
    """
    access.require_agent(by)
    if not text.strip():
        raise NotSentError("Nothing was sent: write something first.")
    texts_by_language = {code: text.strip() for code, text in (texts or {}).items() if text.strip()}
    with transaction.atomic():
        CommonFault.objects.select_for_update().get(pk=row.pk)
        live = list(detection.live_tickets(row).select_for_update(of=("self",)))
        if not live:
            raise NotSentError("Nothing was sent: no ticket of this incident waits for an answer.")
        if fingerprint(row) != seen_fingerprint:
            raise NotSentError("Nothing was sent: something was written on one of the tickets meanwhile.")
        next_state = Ticket.State.SOLVED if is_solved else Ticket.State.OPEN
        for ticket in live:
            own = texts_by_language.get(ticket.language[:2], text.strip())
            reply = Reply(text=own, kind=Kind.PUBLIC, seen=_conversation_fingerprint(ticket))
            tickets.reply(ticket, reply, next_state=next_state, by=by, now=now)
        subject = audit.Subject("incident", row.pk, str(row))
        after = {"tickets": [ticket.label for ticket in live]} | (
            {"languages": sorted(texts_by_language)} if texts_by_language else {}
        )
        audit.write("incident.replied", subject, user=by, now=now, after=after)
    return len(live)


def _conversation_fingerprint(ticket: Ticket) -> str:
    return conversation.fingerprint(list(conversation.visible_messages(ticket)))
