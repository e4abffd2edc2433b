"""What an account's tools would do: another address, a plan ended, all of it deleted; and who may ask for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings

from billing.allowances import first_line
from billing.drivers import accounts
from billing.formatting import contacts
from billing.formatting.money import money
from billing.models import Driver, Hold, Invoice, Receipt, Session, Subscription
from billing.plans import subscriptions
from support.models import Ticket
from support.tools.case import Case, NotPossibleError, Preview, clock

_RECENT: Final = timedelta(days=365)
KEPT_YEARS: Final[Mapping[str, int]] = {"DE": 8, "ES": 6, "FR": 10, "NL": 7}
"""For how many years after their year invoices are kept: AO 147 (DE), Código de Comercio 30 (ES), Code de commerce
L123-22 (FR), AWR 52 (NL). Elsewhere the host's own law says it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What the person gave to show who they are, beside the address that they wrote from."""

    session_date: date | None = None
    last4: str = ""


def driver_of(case: Case) -> Driver:
    """Raises NotPossibleError where nobody has an account."""
    if case.driver is None or case.driver.user is None:
        raise NotPossibleError("Nobody with an account asks: it is found by the ticket’s address, or by its session.")
    return case.driver


def no_driver(case: Case) -> str:
    try:
        driver = driver_of(case)
    except NotPossibleError as exc:
        return str(exc)
    assert driver.user is not None
    if accounts.is_of_portal(driver.user):
        return "This person logs in at the portal: they change their account there themselves."
    return ""


def proof(case: Case, given: Identity) -> str:
    """How we know that the account is theirs. Raises NotPossibleError; it does not say which detail was wrong."""
    driver, ticket = driver_of(case), case.ticket
    assert driver.user is not None
    if ticket.origin == Ticket.Origin.MAIL and ticket.email == driver.user.email:
        return "The request came by mail from the account’s current address."
    if ticket.opened_by_id == driver.user_id:
        return "The request came from the account itself."
    if given.session_date is None or not given.last4:
        raise NotPossibleError(
            "We do not know that the account is theirs: ask for the request from its current address, or for the date "
            "of a session and the last four digits of the card that paid."
        )
    if not _has_session(driver, given, case):
        raise NotPossibleError("No session of the last year fits that date and those four digits. Nothing was done.")
    return "They named the date of a session and the last four digits of the card that paid for it."


def _has_session(driver: Driver, given: Identity, case: Case) -> bool:
    """Dates are those of the property where they charged."""
    paid = Hold.objects.filter(session__driver=driver, last4=given.last4, session__started_at__gt=case.now - _RECENT)
    rows = paid.select_related("session__property")
    return any(_day(hold.session) == given.session_date for hold in rows[:500])


def _day(session: Session) -> date | None:
    began = session.started_at
    return began.astimezone(ZoneInfo(session.property.time_zone)).date() if began else None


def change_address(case: Case, email: str, given: Identity) -> Preview:
    driver = driver_of(case)
    assert driver.user is not None
    says = (
        proof(case, given),
        f"A link goes to {email}. The address counts once it was opened there, within half an hour.",
        f"Until then the account is opened with {contacts.masked(driver.user.email)}, which gets a notice now.",
    )
    return Preview(says=says, button="Send the link")


def end_plan(case: Case, subscription: Subscription, *, is_at_once: bool, given: Identity) -> Preview:
    says = [proof(case, given)]
    period = subscriptions.current(subscription, now=case.now)
    stamp = ""
    if is_at_once:
        back = 0
        if period is not None:
            period.subscription = subscription
            back = subscriptions.refund_minor(period, now=case.now)
        stamp = str(back)
        if why := first_line.obstacle(case.by, lambda: first_line.of_plan_end(subscription, now=case.now)):
            raise NotPossibleError(why)
        amount = money(back, period.currency) if period else "Nothing"
        says.append(f"“{subscription.plan.name}” ends now, with its benefits. {amount} goes back to the card.")
    else:
        until = clock(case, period.ends_at) if period else "its end"
        says.append(f"“{subscription.plan.name}” runs until {until} and is not charged again. Nothing goes back.")
    says.append("The account, its cards and its history stay.")
    return Preview(says=tuple(says), button="End the plan", stamp=stamp)


def delete(case: Case, given: Identity) -> Preview:
    driver = driver_of(case)
    says = [
        proof(case, given),
        "These go now: name, address, password, and saved payment cards, also at the card processor.",
        "So do charging cards from the account, the address on sessions, mails and complaints, and access requests.",
        *_kept(driver, case),
        "Their tickets stay, with the address and what they wrote.",
    ]
    warns = ("This cannot be undone.",)
    return Preview(says=tuple(says), warns=warns, button="Delete the account")


def _kept(driver: Driver, case: Case) -> list[str]:
    """What stays, why, and until when."""
    made = Receipt.objects.filter(session__in=accounts.theirs(driver)).order_by("-issued_at")
    invoices = Invoice.objects.filter(period__subscription__driver=driver)
    newest = made.select_related("host").first()
    documents = f"{made.count()} receipts, {invoices.count()} invoices of plans, and the books behind them"
    found = [f"These stay without the name, because tax law requires it of hosts: {documents}."]
    if newest is not None:
        years = KEPT_YEARS.get(newest.host.country)
        until = f"the end of {newest.issued_at.year + years}" if years else "the end of what its country’s law requires"
        found.append(f"{newest.host.name} keeps them until {until}; nothing here deletes them earlier or by itself.")
    days = settings.RECORD_RETENTION_DAYS
    found.append(
        f"Decisions about their cards that belong to no session go {days} days after they were made, at the latest on "
        f"{case.now + timedelta(days=days):%-d %b %Y}; the chargers’ messages after {settings.MESSAGE_RETENTION_DAYS}."
    )
    return found
