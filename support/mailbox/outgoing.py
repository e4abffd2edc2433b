"""Replies and acknowledgements by mail, through the outbox; a ticket's mails are threaded by References."""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from authorization.people import rate_limit
from billing.sessions.documents import outbox
from billing.sessions.documents.outbox import Mail, Reader
from chargers.lib import batch
from support.mailbox import marks
from support.models import Ticket, TicketMessage
from support.tickets import conversation

_AUTOMATIC_AN_HOUR: Final = 3
_MAX_REFERENCES: Final = 10


def may_acknowledge(address: str) -> bool:
    """Whether an automatic reply may be sent there: at most three an hour.

    Counts this one; call it before a transaction.
    """
    if not address:
        return False
    return not rate_limit.too_often(
        "ticket-acknowledged", subject=address.lower(), limit=_AUTOMATIC_AN_HOUR, within_s=3600
    )


def acknowledge(ticket: Ticket, *, now: datetime) -> None:
    """Sends the automatic reply when a ticket is opened."""
    with translation.override(ticket.language):
        text = _("We have your request %(reference)s. The link below shows how it stands; there you can add more.")
        mail = Mail(
            key=f"ticket-acknowledged:{ticket.pk}",
            subject=_subject(ticket),
            text=_body(text % {"reference": ticket.label}, ticket),
            headers=_headers(ticket, own_id=f"<ticket-{ticket.secret[:20]}@{marks.DOMAIN}>")
            | {"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All"},
        )
    outbox.queue_page(_page(ticket), to=_reader(ticket), mail=mail, now=now)


def announce(ticket: Ticket, text: str, *, key: str, now: datetime) -> None:
    """Sends a mail about what we did unasked, once for each key. In English, for a host's people."""
    mail = Mail(
        key=f"ticket-announced:{key}",
        subject=_subject(ticket),
        text=_body(f"{text}\n\nThe link below shows how it stands; there you can write to us.", ticket),
        headers=_headers(ticket, own_id=f"<ticket-{key}-{ticket.secret[:20]}@{marks.DOMAIN}>")
        | {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"},
    )
    outbox.queue_page(_page(ticket), to=_reader(ticket), mail=mail, now=now)


def release_replies(*, now: datetime) -> int:
    """Puts mails of replies that can no longer be withdrawn into the outbox, each once."""
    return batch.run_for_rows(
        conversation.to_mail(now=now), lambda pk: _release(pk, now=now), failure="could not be put into the outbox"
    )


def _release(pk: UUID, *, now: datetime) -> bool:
    with transaction.atomic():
        message = conversation.to_mail(now=now).select_related("ticket").filter(pk=pk).first()
        if message is None:
            return False
        own_id = marks.message_id(message.pk)
        unsent_messages = TicketMessage.objects.filter(pk=pk, mailed_at=None, withdrawn_at=None)
        if not unsent_messages.update(mailed_at=now, message_id=own_id):
            return False
        ticket = message.ticket
        with translation.override(ticket.language):
            mail = Mail(
                key=f"ticket-message:{message.pk}",
                subject=_subject(ticket),
                text=_body(f"{message.text}\n\n{message.name}", ticket),
                headers=_headers(ticket, own_id=own_id),
            )
        outbox.queue_page(_page(ticket), to=_reader(ticket), mail=mail, now=now)
    return True


def _subject(ticket: Ticket) -> str:
    return f"[{ticket.label}] {_(ticket.subject)}"


def _body(text: str, ticket: Ticket) -> str:
    """Returns the mail's text, with our own line above it, at which a reply is cut."""
    above = _("Write your answer above this line")
    return f"{marks.OPENS} {above} {marks.CLOSES}\n\n{text}\n\n{ticket.label}"


def _headers(ticket: Ticket, *, own_id: str) -> dict[str, str]:
    """Returns Message-ID, References, Reply-To and our own mark against loops."""
    before = ticket.messages.exclude(message_id="").order_by("-id").values_list("message_id", flat=True)
    earlier = [message_id for message_id in before[: _MAX_REFERENCES + 1] if message_id != own_id][:_MAX_REFERENCES]
    headers = {"Message-ID": own_id, marks.OWN_HEADER: ticket.label}
    if earlier:
        headers |= {"In-Reply-To": earlier[0], "References": " ".join(reversed(earlier))}
    if settings.SUPPORT_EMAIL:
        headers["Reply-To"] = settings.SUPPORT_EMAIL
    return headers


def _page(ticket: Ticket) -> str:
    return reverse("help:ticket", args=[ticket.secret])


def _reader(ticket: Ticket) -> Reader:
    return Reader(address=ticket.email, language=ticket.language[:2])
