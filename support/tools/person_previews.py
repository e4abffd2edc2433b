"""Previews of an account's tools: another address, a plan ended, the account deleted; each with a proof of identity."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from django.conf import settings

from billing.formatting import contacts
from billing.formatting.money import money
from billing.models import Driver, Invoice, Receipt, Subscription
from billing.sessions.allowances import first_line
from billing.sessions.drivers import accounts
from billing.sessions.plans import subscriptions
from support.tools.case import NotPossibleError, Preview, TicketContext, clock
from support.tools.identity import Identity, driver_of, proof
from support.topics.topic import Asker

KEPT_YEARS: Final[Mapping[str, int]] = {"DE": 8, "ES": 6, "FR": 10, "NL": 7}
"""For how many years after their year invoices must be retained:

AO 147 (DE), Código de Comercio 30 (ES), Code de commerce L123-22 (FR), AWR 52 (NL). Elsewhere the host's own law
applies.
"""


def no_driver(case: TicketContext) -> str:
    if case.driver is None and case.ticket.asker == Asker.HOST:
        return "A host's people change their account themselves, in the portal under Settings."
    try:
        driver = driver_of(case)
    except NotPossibleError as exc:
        return str(exc)
    assert driver.user is not None
    if accounts.is_of_portal(driver.user):
        return "This person logs in at the portal: they change their account there themselves."
    return ""


def change_address(case: TicketContext, email: str, identity_details: Identity) -> Preview:
    driver = driver_of(case)
    assert driver.user is not None
    sentences = (
        proof(case, identity_details),
        f"A link goes to {email}. The address counts once it was opened there, within half an hour.",
        f"Until then the account is opened with {contacts.mask_address(driver.user.email)}, which gets a notice now.",
    )
    return Preview(says=sentences, button="Send the link")


def end_plan(
    case: TicketContext, subscription: Subscription, *, is_at_once: bool, identity_details: Identity
) -> Preview:
    sentences = [proof(case, identity_details)]
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
        sentences.append(f"“{subscription.plan.name}” ends now, with its benefits. {amount} goes back to the card.")
    else:
        until = clock(case, period.ends_at) if period else "its end"
        sentences.append(f"“{subscription.plan.name}” runs until {until} and is not charged again. Nothing goes back.")
    sentences.append("The account, its cards and its history stay.")
    return Preview(says=tuple(sentences), button="End the plan", stamp=stamp)


def delete(case: TicketContext, identity_details: Identity) -> Preview:
    driver = driver_of(case)
    pending = accounts.pending(driver)
    sentences = [
        proof(case, identity_details),
        *_describe_deletion_time(case, pending),
        "These go: name, address, password, and saved payment cards, also at the card processor.",
        "So do charging cards from the account, the address on sessions, mails and complaints, and access requests.",
        *_describe_retained_data(driver, case),
        "Their tickets stay, with the address and what they wrote.",
    ]
    if pending:
        return Preview(
            says=tuple(sentences), warns=tuple(pending), button="Delete it once that has ended", stamp="later"
        )
    return Preview(says=tuple(sentences), warns=("This cannot be undone.",), button="Delete the account")


def _describe_deletion_time(case: TicketContext, pending: list[str]) -> list[str]:
    """Tells whether it happens at once, or after what still runs."""
    if not pending:
        return ["It is deleted now."]
    latest = clock(case, case.now + accounts.DELETED_WITHIN)
    return [
        f"It is deleted once this session and its payment have ended, at the latest on {latest}.",
        "If something is still open then, they get a mail that says what. Stop and receipt work until then.",
        "They get a mail now, and one when it is done. Until then they, or you, can withdraw it.",
    ]


def keep(case: TicketContext, identity_details: Identity) -> Preview:
    """Previews that the account stays."""
    sentences = (proof(case, identity_details), "The account is not deleted, and stays as it is.")
    return Preview(says=sentences, button="Keep the account")


def _describe_retained_data(driver: Driver, case: TicketContext) -> list[str]:
    """Tells what is retained, why, and until when."""
    driver_receipts = Receipt.objects.filter(session__in=accounts.list_sessions(driver)).order_by("-issued_at")
    invoices = Invoice.objects.filter(period__subscription__driver=driver)
    newest = driver_receipts.select_related("host").first()
    documents = f"{driver_receipts.count()} receipts, {invoices.count()} invoices of plans, and the books behind them"
    sentences = [f"These stay without the name, because tax law requires it of hosts: {documents}."]
    if newest is not None:
        years = KEPT_YEARS.get(newest.host.country)
        until = f"the end of {newest.issued_at.year + years}" if years else "the end of what its country’s law requires"
        sentences.append(
            f"{newest.host.name} keeps them until {until}; nothing here deletes them earlier or by itself."
        )
    days = settings.RECORD_RETENTION_DAYS
    sentences.append(
        f"Decisions about their cards that belong to no session go {days} days after they were made, at the latest on "
        f"{case.now + timedelta(days=days):%-d %b %Y}; the chargers’ messages after {settings.MESSAGE_RETENTION_DAYS}."
    )
    return sentences
