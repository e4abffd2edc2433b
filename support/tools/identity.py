"""Proofs that an account's owner asks: by their logged-in page, a link to its address, a mail, or two details."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from billing.formatting import contacts
from billing.models import Driver, Hold, Session
from support.models import IdentityCheck
from support.tickets import identity
from support.tools.case import NotPossibleError, Preview, TicketContext, clock

_RECENT: Final = timedelta(days=365)
_ASK: Final = (
    "Send a link to the account’s address, whose answer proves it; or ask for the date of a session and the last four "
    "digits of the card that paid."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Details that the person gave to prove their identity, besides the address that they wrote from."""

    session_date: date | None = None
    last4: str = ""


class NotProvedError(NotPossibleError):
    """The person's identity is not proved; the message tells why, and what would prove it."""


def driver_of(case: TicketContext) -> Driver:
    """Returns the account. Raises NotPossibleError if there is none."""
    if case.driver is None or case.driver.user is None:
        raise NotPossibleError(
            "Nobody with an account asks: it is found by the address that the request names or came from, or by its "
            "session."
        )
    return case.driver


def proof(case: TicketContext, identity_details: Identity) -> str:
    """Returns the proof that the account is theirs. Raises NotProvedError, without telling which detail was wrong."""
    address, ticket = address_of(case), case.ticket
    if ticket.opened_by_id == driver_of(case).user_id:
        return "The request came from the account itself, logged in."
    identity_check = identity.newest(ticket, address)
    if identity_check is not None and identity_check.answer == IdentityCheck.Answer.NO:
        raise NotProvedError(
            "Behind the link to the account’s address it was answered on "
            f"{_format_moment(case, identity_check.answered_at)} "
            "that this is not their request. Nothing was done."
        )
    if is_confirmed(identity_check, now=case.now):
        assert identity_check is not None
        return (
            "It was confirmed by the link to the account’s current address, "
            f"{_format_moment(case, identity_check.answered_at)}."
        )
    if (mail := identity.find_confirmed_mail(ticket, address)) is not None:
        why = mail.get_sender_check_display()
        return f"A mail of {_format_moment(case, mail.received_at)} came from the account’s current address: {why}."
    if identity_details.session_date is None or not identity_details.last4:
        raise NotProvedError(
            f"We do not know that the account is theirs. {_explain_missing_proof(case, identity_check, address)}{_ASK}"
        )
    if not _has_session(driver_of(case), identity_details, case):
        raise NotProvedError("No session of the last year fits that date and those four digits. Nothing was done.")
    return "They named the date of a session and the last four digits of the card that paid for it."


def state(case: TicketContext) -> str:
    """Returns, for the ticket's page, whether the account's owner asks, or why that is unknown.

    Empty without an account.
    """
    if case.driver is None or case.driver.user is None:
        return ""
    try:
        return proof(case, Identity())
    except NotProvedError as exc:
        return str(exc)


def is_confirmed(identity_check: IdentityCheck | None, *, now: datetime) -> bool:
    """Whether the link was answered with yes, and not too long ago."""
    if (
        identity_check is None
        or identity_check.answer != IdentityCheck.Answer.YES
        or identity_check.answered_at is None
    ):
        return False
    return identity_check.answered_at > now - identity.COUNTS_FOR


def address_of(case: TicketContext) -> str:
    """Returns the account's current address. Raises NotPossibleError."""
    user = driver_of(case).user
    assert user is not None
    return user.email


def ask(case: TicketContext) -> Preview:
    """Previews the link to the current address."""
    days = identity.LASTS.days
    sentences = (
        f"A link goes to {contacts.mask_address(address_of(case))}, the account’s current address.",
        f"Behind it they answer whether {case.ticket.label} is their request. It works once, for {days} days.",
        "The answer stands on the ticket with its time; a yes proves who asks, a no stops this ticket’s account tools.",
        "The account does not change by it.",
    )
    return Preview(says=sentences, button="Send the link")


def _explain_missing_proof(case: TicketContext, identity_check: IdentityCheck | None, address: str) -> str:
    """Tells why the present facts prove nothing."""
    sentences = []
    if identity_check is not None and identity_check.answer == IdentityCheck.Answer.NONE:
        is_over = identity_check.expires_at <= case.now
        link_state = "was not answered, and works no more" if is_over else "is not answered yet"
        sentences.append(
            f"The link that went to the account’s address on {_format_moment(case, identity_check.sent_at)} "
            f"{link_state}."
        )
    elif identity_check is not None:
        sentences.append("The confirmation by link is older than two weeks.")
    if (mail := identity.find_unconfirmed_mail(case.ticket, address)) is not None:
        sentences.append(f"The mail from its address proves nothing: {mail.get_sender_check_display()}.")
    return "".join(f"{sentence} " for sentence in sentences)


def _format_moment(case: TicketContext, at: datetime | None) -> str:
    return clock(case, at) if at else "an unknown day"


def _has_session(driver: Driver, identity_details: Identity, case: TicketContext) -> bool:
    """Whether the details match a session of the driver. Dates are in the property's time zone."""
    paid = Hold.objects.filter(
        session__driver=driver, last4=identity_details.last4, session__started_at__gt=case.now - _RECENT
    )
    rows = paid.select_related("session__property")
    return any(_day(hold.session) == identity_details.session_date for hold in rows[:500])


def _day(session: Session) -> date | None:
    began = session.started_at
    return began.astimezone(ZoneInfo(session.property.time_zone)).date() if began else None
