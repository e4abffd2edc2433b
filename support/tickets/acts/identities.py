"""Acts for asking an account's address whether a request is its owner's."""

from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from authorization import audit
from authorization.models import User
from authorization.people import access
from authorization.people.roles import Right
from billing.formatting import contacts
from billing.models import Driver
from billing.sessions.documents import outbox
from billing.sessions.documents.outbox import Mail, Reader
from chargers.lib.i18n import mark
from support.models import IdentityCheck, Ticket
from support.tickets import conversation, identity

ANSWERED = mark("This was answered already, or its time is over: write to us if we should ask again.")


class AnsweredError(Exception):
    """The link is no longer valid; the message is a sentence for its holder."""


def ask(ticket: Ticket, driver: Driver, *, by: User, now: datetime) -> IdentityCheck:
    """Sends the link to the account's current address. Raises NotAllowedError and RecentError."""
    access.require_agent(by, Right.MANAGE)
    user = driver.user
    assert user is not None
    with transaction.atomic():
        sent = identity.make(ticket, user.email, by=by, now=now)
        with translation.override(driver.language):
            mail = Mail(
                key=f"identity:{sent.check.pk}",
                subject=_("Is this your request?"),
                text=_(
                    "Somebody asks our support about your account (%(reference)s). Before we do anything, we want to "
                    "know that it is you. Open this link and answer. Nothing changes if you do nothing:"
                )
                % {"reference": ticket.label},
                headers={},
            )
        recipient = Reader(address=user.email, language=driver.language)
        outbox.queue_page(reverse("help:identity", args=[sent.secret]), to=recipient, mail=mail, now=now)
        after = {"to": contacts.mask_address(user.email)}
        audit.write("ticket.identity_asked", _subject(ticket), user=by, now=now, after=after)
    return sent.check


def answer(check: IdentityCheck, *, is_theirs: bool, now: datetime) -> None:
    """Stores the answer of the link's holder on the ticket, with its time. Raises AnsweredError."""
    ticket = check.ticket
    given_answer = IdentityCheck.Answer.YES if is_theirs else IdentityCheck.Answer.NO
    with transaction.atomic():
        if not identity.answer(check, given_answer, now=now):
            raise AnsweredError(ANSWERED)
        result = "It is their request" if is_theirs else "It is NOT their request: change nothing for this ticket"
        address = contacts.mask_address(check.address)
        conversation.add_system(ticket, f"Behind the link to {address}, the account’s address: {result}.", now=now)
        Ticket.objects.filter(pk=ticket.pk, unread_since=None).update(unread_since=now)
        audit.write(
            "ticket.identity_answered", _subject(ticket), user=None, now=now, after={"answer": given_answer.value}
        )


def _subject(ticket: Ticket) -> audit.Subject:
    return audit.Subject("ticket", ticket.pk, ticket.label, ticket.host)
