"""Turns incoming mails into messages of tickets. Mails from machines add no message and are never answered."""

import hashlib
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction

from authorization.models import Membership, User
from authorization.people import rate_limit
from chargers.lib import ids, repeated_failures
from support.mailbox import isolation, marks, outgoing, parsing
from support.mailbox.parsing import Mail, UnreadableError, Writer
from support.models import InboundMail, Ticket, TicketMessage
from support.requests.acts import requests
from support.tickets import attachments, conversation
from support.tickets.attachments import AttachmentError, File
from support.tickets.conversation import Author, NewMessage
from support.tickets.lifecycle import Facts, NewTicket
from support.topics.topic import Asker

logger = logging.getLogger(__name__)

Outcome = InboundMail.Outcome
_WAITS: Final = tuple(timedelta(minutes=minutes) for minutes in (5, 30, 120, 720))
"""Waiting times before each further try of a failed mail; after the last it stays set aside."""
_MAX_RETRIES: Final = 10
_AN_HOUR: Final = 20
_LABEL: Final = re.compile(r"\[T-(\d{4,18})\]")
_OWN_ID: Final = re.compile(rf"<ticket-([\w-]{{20}})@{marks.DOMAIN}>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The ticket that a mail answers, whether its sender sent too many, and whether it is acknowledged."""

    ticket: Ticket | None
    is_flood: bool
    acknowledges: bool


def receive(raw: bytes, *, now: datetime) -> InboundMail:
    """Stores a mail. If that fails, sets it aside with its sender and the error, so that it does not block other mails.

    Raises OperationalError and InterfaceError while the database is away: the mail stays in the mailbox.
    """
    try:
        return process(raw, now=now)
    except (OperationalError, InterfaceError):
        raise
    except Exception as exc:
        logger.exception("A mail that came in could not be taken; it is set aside and tried again")
        row = _save_mail(raw, mail=None, outcome=Outcome.FAILED, problem=_problem(exc), now=now)
        _postpone(row, now=now)
        return row


def retry(*, now: datetime) -> int:
    """Retries failed mails that are due; returns how many were stored."""
    due = InboundMail.objects.filter(outcome=Outcome.FAILED, retry_at__lte=now).order_by("retry_at")
    return sum(_retry_mail(row, now=now) for row in due[:_MAX_RETRIES])


def _retry_mail(row: InboundMail, *, now: datetime) -> bool:
    """Retries one mail. Its row is replaced by the stored mail's, in one transaction."""
    try:
        with transaction.atomic():
            InboundMail.objects.filter(pk=row.pk).delete()
            process(bytes(row.raw), now=now)
    except (OperationalError, InterfaceError):
        raise
    except Exception as exc:  # noqa: BLE001 - it is logged
        repeated_failures.log(logger, exc, "Mail %s of %s failed again", row.pk, row.sender or "an unknown sender")
        row.problem = _problem(exc)
        _postpone(row, now=now)
        return False
    return True


def _postpone(row: InboundMail, *, now: datetime) -> None:
    row.retry_at = now + _WAITS[row.tries] if row.tries < len(_WAITS) else None
    row.tries += 1
    row.save(update_fields=["problem", "retry_at", "tries"])


def _problem(exc: Exception) -> str:
    return f"{type(exc).__name__}: {exc}"[:200]


def process(raw: bytes, *, now: datetime) -> InboundMail:
    """Stores a mail and acts on it, in one transaction. The same mail a second time does nothing."""
    try:
        mail = isolation.parse(raw, own_addresses=_own_addresses(), authserv_id=settings.MAIL_AUTHSERV_ID)
    except UnreadableError as exc:
        return _save_mail(raw, mail=None, outcome=Outcome.UNREADABLE, problem=str(exc)[:200], now=now)
    inbound_mail = InboundMail.objects.filter(digest=_digest(raw, mail)).first()
    if inbound_mail is not None:
        return inbound_mail
    limits = _limits(mail)
    with transaction.atomic():
        row = _save_mail(raw, mail=mail, outcome=_outcome(mail), now=now)
        _apply_to_ticket(row, mail, limits, now=now)
    return row


def _limits(mail: Mail) -> Limits:
    """Counts the mail, before the transaction; a mail that answers a ticket is not acknowledged."""
    if mail.writer is not Writer.PERSON or not mail.sender:
        return Limits(ticket=None, is_flood=False, acknowledges=False)
    ticket = _find_answered_ticket(mail) or _find_labelled_ticket(mail)
    is_flood = rate_limit.too_often("ticket-mails", subject=mail.sender, limit=_AN_HOUR, within_s=3600)
    may = ticket is None and not is_flood and mail.may_acknowledge
    return Limits(ticket=ticket, is_flood=is_flood, acknowledges=may and outgoing.may_acknowledge(mail.sender))


def _outcome(mail: Mail) -> Outcome:
    match mail.writer:
        case Writer.OURSELVES:
            return Outcome.OWN
        case Writer.BOUNCE:
            return Outcome.BOUNCE
        case Writer.AUTO_REPLY | Writer.BULK:
            return Outcome.MACHINE
        case Writer.PERSON:
            return Outcome.MESSAGE if mail.sender else Outcome.NO_SENDER


def _apply_to_ticket(row: InboundMail, mail: Mail, limits: Limits, *, now: datetime) -> None:
    """Applies the mail to a ticket."""
    match row.outcome:
        case Outcome.BOUNCE:
            _came_back(row, mail, now=now)
        case Outcome.MACHINE if mail.writer is Writer.AUTO_REPLY:
            _note_reply(row, mail, now=now)
        case Outcome.MESSAGE:
            _write(row, mail, limits, now=now)


def _write(row: InboundMail, mail: Mail, limits: Limits, *, now: datetime) -> None:
    """Adds the message to its ticket, or opens one.

    Further mails of a sender with too many are stored, but open none.
    """
    ticket = limits.ticket
    if limits.is_flood:
        _conclude(row, Outcome.TOO_MANY, ticket=ticket)
        return
    files, refused = _files(mail)
    text = mail.text or mail.subject or "(empty)"
    if ticket is None:
        new_ticket = _open_ticket(mail, text, files, acknowledges=limits.acknowledges, now=now)
        _conclude(row, Outcome.TICKET, ticket=new_ticket, message=new_ticket.messages.order_by("id").first())
        target = new_ticket
    else:
        author = Author.HOST if ticket.asker == Asker.HOST else Author.GUEST
        message = NewMessage(author=author, text=text, name=mail.sender, message_id=_unique_message_id(mail.message_id))
        target, stored_message = requests.write(ticket, message, files=files, now=now)
        _conclude(row, Outcome.MESSAGE, ticket=target, message=stored_message)
        if mail.sender != ticket.email:
            conversation.add_system(target, f"This answer came from {mail.sender}, not {ticket.email}.", now=now)
    for sentence in refused:
        conversation.add_system(target, sentence, now=now)


def _open_ticket(mail: Mail, text: str, files: Sequence[File], *, acknowledges: bool, now: datetime) -> Ticket:
    """Opens a ticket without a topic, which is set later by an agent or by automatic sorting."""
    user = User.objects.filter(email=mail.sender, is_active=True, is_agent=False).first()
    hosts = list(Membership.objects.filter(user=user).select_related("host")[:2]) if user else []
    new = NewTicket(
        topic=None,
        subject=mail.subject,
        text=text,
        asker=Asker.HOST if hosts else Asker.GUEST,
        origin=Ticket.Origin.MAIL,
        email=mail.sender,
        facts=Facts(host=hosts[0].host if len(hosts) == 1 else None),
    )
    return requests.open_ticket(
        new,
        files=files,
        message_id=_unique_message_id(mail.message_id),
        name=mail.sender,
        acknowledges=acknowledges,
        now=now,
    )


def _came_back(row: InboundMail, mail: Mail, *, now: datetime) -> None:
    """Marks the address of an undeliverable mail, and tells the agents. The ticket is not reopened."""
    ticket = _find_answered_ticket(mail)
    if ticket is None:
        return
    _conclude(row, Outcome.BOUNCE, ticket=ticket)
    if mail.failed and mail.failed == ticket.email:
        marked = Ticket.objects.filter(pk=ticket.pk, email_failed_at=None).update(email_failed_at=now)
        if marked:
            conversation.add_system(ticket, f"A mail to {mail.failed} came back: the address does not work.", now=now)


def _note_reply(row: InboundMail, mail: Mail, *, now: datetime) -> None:
    """Adds an automatic reply, such as out of office, to the ticket as a note; the ticket does not change."""
    ticket = _find_answered_ticket(mail)
    if ticket is not None:
        conversation.add_system(ticket, f"Automatic reply from {mail.sender}:\n\n{mail.text[:1000]}", now=now)
        _conclude(row, Outcome.NOTE, ticket=ticket)


def _find_answered_ticket(mail: Mail) -> Ticket | None:
    """Returns the ticket of the mail that this one answers.

    Our Message-IDs cannot be guessed, so the subject is not needed.
    """
    messages = TicketMessage.objects.filter(message_id__in=mail.references).exclude(message_id="")
    message = messages.select_related("ticket__merged_into").order_by("-id").first()
    if message is not None:
        return message.ticket
    for reference in mail.references:
        if own := _OWN_ID.fullmatch(reference):
            return Ticket.objects.select_related("merged_into").filter(secret__startswith=own[1]).first()
    return None


def _find_labelled_ticket(mail: Mail) -> Ticket | None:
    """Returns the ticket named in the subject, if the mail is from the person who asked."""
    if (label := _LABEL.search(mail.subject)) is None:
        return None
    rows = Ticket.objects.select_related("merged_into")
    return rows.filter(pk=int(label[1]) - 1000, email=mail.sender).first()


def _files(mail: Mail) -> tuple[list[File], list[str]]:
    """Returns the accepted files, and why others are not accepted."""
    files: list[File] = []
    refused: list[str] = []
    for name, content in mail.files:
        try:
            file = attachments.check(name, content)
        except AttachmentError as exc:
            refused.append(f"{attachments.safe_name(name) or 'A file'} was not kept. {exc}")
            continue
        if len(files) < attachments.MAX_FILES:
            files.append(file)
        else:
            refused.append(f"{file.name} was not kept: a mail brings at most {attachments.MAX_FILES} files.")
    return files, refused[:10]


def _save_mail(raw: bytes, *, mail: Mail | None, outcome: Outcome, problem: str = "", now: datetime) -> InboundMail:
    sender, subject = (mail.sender, mail.subject) if mail else parsing.heading(raw)
    row, _ = InboundMail.objects.get_or_create(
        digest=_digest(raw, mail),
        defaults={
            "id": ids.generate(now=now),
            "received_at": now,
            "sender": sender[:254],
            "subject": subject,
            "problem": problem,
            "raw": raw,
            "outcome": outcome,
            "sender_check": mail.check if mail else InboundMail.Check.OFF,
        },
    )
    return row


def _conclude(
    row: InboundMail, outcome: Outcome, *, ticket: Ticket | None, message: TicketMessage | None = None
) -> None:
    row.outcome, row.ticket, row.message = outcome, ticket, message
    row.save(update_fields=["outcome", "ticket", "message"])


def _digest(raw: bytes, mail: Mail | None) -> str:
    """Returns a digest of sender and Message-ID, if it has one: servers may deliver a mail twice with other headers."""
    key = f"{mail.sender} {mail.message_id}".encode() if mail and mail.message_id else raw
    return hashlib.sha256(key).hexdigest()


def _unique_message_id(message_id: str) -> str:
    """Returns the id, unless another message has it: two people may send the same one."""
    return "" if TicketMessage.objects.filter(message_id=message_id[:255]).exists() else message_id


def _own_addresses() -> frozenset[str]:
    return frozenset(address.lower() for address in (settings.SUPPORT_EMAIL, settings.DEFAULT_FROM_EMAIL) if address)
