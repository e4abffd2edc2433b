"""Mails about changes of bank accounts: to everyone who handles the host's money, and to the contacts of the previous
account.

So a change made with a stolen login cannot be hidden from them.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime

from django.conf import settings

from authorization import audit
from authorization.models import User
from authorization.people import access as people
from authorization.people.roles import Right
from billing.models import BankAccount
from billing.payouts.payees import bank_accounts, readiness
from billing.payouts.payees.agreements import Scope
from billing.sessions.documents import outbox
from chargers.properties import time_zones


def announce_entry(account: BankAccount, *, now: datetime) -> None:
    """Announces a new account. Call it in the transaction that stores it."""
    before = find_previous_account(account)
    replaced = f" It would take the place of the {before}." if before else ""
    text = (
        f"{audit.name(account.entered_by)} entered the {account} ({account.holder}) as the account that "
        f"{_scope(account)} is paid to, on {_moment(account, account.entered_at)}.{replaced}\n\n"
        f"Nothing is paid to it before a second person has confirmed it{_and_the_wait(before)}."
    )
    if not readiness.who_may_confirm(account, now=now):
        _ask_support(account, text, now=now)
        text += f" Nobody else at {account.host.name} may do that. {readiness.SUPPORT_CONFIRMS}"
    _write(account, "entered", f"{account.host.name}: a bank account was entered", text, before=before, now=now)


def _ask_support(account: BankAccount, text: str, *, now: datetime) -> None:
    """Asks support to confirm if no member may be the second person; agents also see it on their first page."""
    request = f"Nobody else at {account.host.name} may do that: please look at it."
    if settings.SUPPORT_EMAIL:
        outbox.queue_for_host(
            account,
            to=settings.SUPPORT_EMAIL,
            key=f"bank_account:{account.pk}:support",
            subject=f"{account.host.name}: a bank account waits for support",
            text=f"{text} {request}\n\nThe page with the accounts:",
            now=now,
        )


def announce_confirmation(account: BankAccount, *, now: datetime) -> None:
    """Announces a confirmation. Call it in the transaction that confirms the account."""
    before = find_previous_account(account)
    text = (
        f"{audit.name(account.confirmed_by)} confirmed the {account} ({account.holder}), which "
        f"{audit.name(account.entered_by)} had entered. {_paid_from(account, now=now)}"
    )
    _write(account, "confirmed", f"{account.host.name}: a bank account was confirmed", text, before=before, now=now)


def remind_confirmers(account: BankAccount, people_to_ask: Iterable[User], *, by: str, now: datetime) -> list[str]:
    """Reminds those who may confirm the account, each at most once a day. Returns their addresses."""
    text = (
        f"{audit.name(by)} asks you to look at the {account} ({account.holder}), which "
        f"{audit.name(account.entered_by)} entered on {_moment(account, account.entered_at)}: {_scope(account)} is "
        "paid to it once you have confirmed it."
    )
    subject = f"{account.host.name}: a bank account waits for you"
    recipients = sorted({person.email.lower() for person in people_to_ask})
    for address in recipients:
        digest = hashlib.sha256(address.encode()).hexdigest()[:16]
        key = f"bank_account:{account.pk}:reminded:{now:%Y%m%d}:{digest}"
        letter = f"{text}\n\n{_describe_objection_steps(account, now=now)}"
        outbox.queue_for_host(account, to=address, key=key, subject=subject, text=letter, now=now)
    return recipients


def announce_withdrawal(account: BankAccount, *, by: str, now: datetime) -> None:
    """Announces a withdrawal. Call it in the transaction that withdraws the account."""
    after = bank_accounts.current(Scope.from_row(account))
    paid_to = f"{_scope(account)} is paid to the {after}" if after else f"{_scope(account)} has no bank account now"
    if after is not None and (hindrance := bank_accounts.why_not(after, now=now)) is not None:
        paid_to = f"Nothing is paid to {_scope(account)} now: {hindrance.rstrip('.')}"
    text = f"{audit.name(by)} withdrew the {account} ({account.holder}), on {_moment(account, now)}. {paid_to}."
    subject = f"{account.host.name}: a bank account was withdrawn"
    _write(account, "withdrawn", subject, text, before=after, now=now)


def find_previous_account(account: BankAccount) -> BankAccount | None:
    """Returns the previous account: the newest other confirmed one, of the property or else of the host."""
    other_accounts = BankAccount.objects.filter(
        host=account.host_id, currency=account.currency, confirmed_at__isnull=False
    )
    other_accounts = other_accounts.exclude(pk=account.pk).order_by("-confirmed_at", "-pk")
    own = other_accounts.filter(property=account.property_id).first() if account.property_id else None
    return own or other_accounts.filter(property=None).first()


def addresses(account: BankAccount, before: BankAccount | None) -> list[str]:
    """Returns the recipients' addresses, each once."""
    emails = [membership.user.email for membership in people.members_with(account.host, Right.HANDLE_MONEY)]
    actors = (before.entered_by, before.confirmed_by) if before else ()
    emails += [audit.name(actor) for actor in actors if audit.is_person(actor)]
    return sorted({email.lower() for email in emails})


def _write(
    account: BankAccount, kind: str, subject: str, text: str, *, before: BankAccount | None, now: datetime
) -> None:
    for address in addresses(account, before):
        digest = hashlib.sha256(address.encode()).hexdigest()[:16]
        key = f"bank_account:{account.pk}:{kind}:{digest}"
        outbox.queue_for_host(
            account,
            to=address,
            key=key,
            subject=subject,
            text=f"{text}\n\n{_describe_objection_steps(account, now=now)}",
            now=now,
        )


def _describe_objection_steps(account: BankAccount, *, now: datetime) -> str:
    support = f"write to {settings.SUPPORT_EMAIL}" if settings.SUPPORT_EMAIL else "tell our support"
    can_withdraw = account.state == account.State.UNCONFIRMED or bank_accounts.is_waiting(account, now=now)
    steps = f"log in, press Withdraw beside the account and {support}" if can_withdraw else f"{support} at once"
    return f"If you did not expect this: {steps}. The page with the accounts:"


def _paid_from(account: BankAccount, *, now: datetime) -> str:
    """Tells when the account is first paid to, and what else the host needs: the same as on its Payouts page and
    checklist.
    """
    assert account.usable_from is not None
    at = _moment(account, account.usable_from)
    if not (needs := readiness.find_needs(account.host, now=now)):
        return f"{_scope(account)} is paid to it from {at} on."
    missing = "\n".join(f"- {need.title}: {need.sentence}" for need in needs)
    return f"It can be used from {at} on. Still missing before {_scope(account)} is paid:\n\n{missing}"


def _and_the_wait(before: BankAccount | None) -> str:
    return ", and then not for 72 hours" if before else ""


def _scope(account: BankAccount) -> str:
    return account.property.name if account.property else account.host.name


def _moment(account: BankAccount, at: datetime) -> str:
    return time_zones.format_with_zone(at, time_zones.of_host(account.host))
