"""Proofs of whose request a ticket is: links to an account's address, and mails whose sender our server vouches for."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import QuerySet

from authorization.models import User
from support.models import IdentityCheck, InboundMail, Ticket

LASTS: Final = timedelta(days=3)
COUNTS_FOR: Final = timedelta(days=14)
"""How long a confirmation counts after its answer, because another person may reopen the ticket."""
_AGAIN_AFTER: Final = timedelta(minutes=5)
Answer = IdentityCheck.Answer


class RecentError(Exception):
    """A link was sent there moments ago; the message is a sentence for the agent."""


@dataclass(frozen=True, slots=True)
class SentLink:
    """A link with its secret, which is stored only as a hash."""

    check: IdentityCheck
    secret: str


def make(ticket: Ticket, address: str, *, by: User, now: datetime) -> SentLink:
    """Creates a link to that address, for one answer. Raises RecentError."""
    Ticket.objects.select_for_update().get(pk=ticket.pk)
    recent = ticket.identity_checks.filter(address=address, answer=Answer.NONE, sent_at__gt=now - _AGAIN_AFTER)
    if recent.exists():
        raise RecentError("A link went to that address less than five minutes ago: wait for its answer.")
    secret = secrets.token_urlsafe(24)
    check = IdentityCheck.objects.create(
        ticket=ticket,
        address=address,
        secret_hash=_hash(secret),
        sent_by=by,
        sent_at=now,
        expires_at=now + LASTS,
    )
    return SentLink(check, secret)


def find(secret: str, *, now: datetime) -> IdentityCheck | None:
    """Returns the question of a link that still works."""
    rows = IdentityCheck.objects.filter(secret_hash=_hash(secret), answer=Answer.NONE, expires_at__gt=now)
    return rows.select_related("ticket__host").first()


def answer(check: IdentityCheck, given_answer: IdentityCheck.Answer, *, now: datetime) -> bool:
    """Stores the answer with its time. Returns False if it was answered before, or its time is over."""
    open_checks = IdentityCheck.objects.filter(pk=check.pk, answer=Answer.NONE, expires_at__gt=now)
    return bool(open_checks.update(answer=given_answer, answered_at=now))


def newest(ticket: Ticket, address: str) -> IdentityCheck | None:
    """Returns the newest question sent to that address, answered ones first."""
    address_checks = ticket.identity_checks.filter(address=address)
    answered = address_checks.exclude(answer=Answer.NONE).order_by("-answered_at").first()
    return answered or address_checks.order_by("-sent_at").first()


def find_confirmed_mail(ticket: Ticket, address: str) -> InboundMail | None:
    """Returns a mail of the ticket from that address whose sender our mail server confirmed."""
    return _mails(ticket, address).filter(sender_check__in=InboundMail.PROVES).order_by("-received_at").first()


def find_unconfirmed_mail(ticket: Ticket, address: str) -> InboundMail | None:
    """Returns the newest mail of the ticket that claims to be from that address, if none is confirmed."""
    return _mails(ticket, address).order_by("-received_at").first()


def _mails(ticket: Ticket, address: str) -> QuerySet[InboundMail]:
    kinds = (InboundMail.Outcome.TICKET, InboundMail.Outcome.MESSAGE)
    return InboundMail.objects.filter(ticket=ticket, sender=address, outcome__in=kinds)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
