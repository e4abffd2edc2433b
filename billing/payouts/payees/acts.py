"""User actions on agreements, bank accounts and accounts at the card processor."""

from datetime import datetime
from typing import Any

from django.db import transaction

from authorization import audit
from authorization.models import ApiKey, User
from authorization.people import access, second_person
from authorization.people.roles import Right
from billing.models import BankAccount, PayoutAgreement, ProcessorAccount
from billing.payments.processors.protocol import OnboardingPage
from billing.payouts.payees import (
    account_notices,
    agreement_notices,
    agreements,
    bank_accounts,
    changes,
    processor_accounts,
    readiness,
)
from billing.payouts.payees.agreements import Scope, TermsError
from billing.payouts.payees.bank_accounts import BankDetails, NotPossibleError
from chargers.models import Host


def agree(scope: Scope, *, valid_from: datetime, by: User | ApiKey, now: datetime, **terms: Any) -> PayoutAgreement:
    """Enters the next version of an agreement; agents only.

    If terms get worse for the host beyond the limits for one person, a second person must confirm it. Raises
    NotAllowedError and TermsError.
    """
    access.require_agent(by, Right.HANDLE_MONEY)
    with transaction.atomic():
        agreements.check_start(scope, valid_from, cycle=terms.get("cycle"), now=now)
        new_version = agreements.agree(scope, valid_from=valid_from, by=audit.actor(by), now=now, **terms)
        new_version.made_person = second_person.find_responsible_user(by)
        new_version.save(update_fields=["made_person"])
        agreements.check_announced(new_version, now=now)
        after = {name: str(value) for name, value in terms.items()} | {"valid_from": valid_from.isoformat()}
        if needs := changes.beyond_one(agreements.find_replaced_terms(new_version), new_version):
            agreements.wait(new_version)
            after["waits_for_second_person"] = "; ".join(needs)
        else:
            agreement_notices.announce_version(new_version, now=now)
        audit.write("payout_agreement.made", _agreement(new_version), user=by, now=now, after=after)
    return new_version


def confirm_agreement(agreement: PayoutAgreement, *, by: User, now: datetime) -> PayoutAgreement:
    """Confirms a version as the second agent, and informs the host.

    Raises NotAllowedError and TermsError.
    """
    access.require_agent(by, Right.HANDLE_MONEY)
    if why := second_person.why_not(by, agreements.first_of(agreement), did="entered this version", now=now):
        raise TermsError("", why)
    with transaction.atomic():
        confirmed_version = agreements.confirm(agreement, by=audit.actor(by), now=now)
        confirmed_version.second_person = by
        confirmed_version.save(update_fields=["second_person"])
        agreement_notices.announce_version(confirmed_version, now=now)
        audit.write("payout_agreement.confirmed", _agreement(confirmed_version), user=by, now=now)
    return confirmed_version


def withdraw_agreement(agreement: PayoutAgreement, *, by: User | ApiKey, now: datetime) -> None:
    """Withdraws a version that has not begun or waits for a second person; agents only.

    Raises NotAllowedError and TermsError.
    """
    access.require_agent(by, Right.HANDLE_MONEY)
    with transaction.atomic():
        audit.write("payout_agreement.withdrawn", _agreement(agreement), user=by, now=now)
        if agreement.state == PayoutAgreement.State.AGREED:
            agreement_notices.announce_withdrawal(agreement, now=now)
        agreements.withdraw(agreement, now=now)


def enter_account(scope: Scope, details: BankDetails, *, by: User, now: datetime) -> BankAccount:
    """Enters an account, which a second person must confirm. Raises NotAllowedError and AccountError."""
    access.require(by, Right.HANDLE_MONEY, scope.host)
    with transaction.atomic():
        new_account = bank_accounts.enter(scope, details, by=audit.actor(by), now=now)
        if (
            new_account.entered_at == now
        ):  # an account that was already waiting was announced, and its first person stays
            new_account.entered_person = by
            new_account.save(update_fields=["entered_person"])
            account_notices.announce_entry(new_account, now=now)
            audit.write(
                "bank_account.entered", _account(new_account), user=by, now=now, after=_build_audit_facts(new_account)
            )
    return new_account


def confirm_account(account: BankAccount, *, by: User, now: datetime) -> BankAccount:
    """Confirms an account as the second person, and removes the previous one at the card processor.

    What fails at the processor is retried by the sweep. Raises NotAllowedError and NotPossibleError.
    """
    access.require(by, Right.HANDLE_MONEY, account.host)
    if why := bank_accounts.why_not_by(by, account, now=now):
        raise NotPossibleError(why)
    with transaction.atomic():
        bank_account = bank_accounts.confirm(account, by=audit.actor(by), now=now)
        bank_account.confirmed_person = by
        bank_account.save(update_fields=["confirmed_person"])
        account_notices.announce_confirmation(bank_account, now=now)
        audit.write(
            "bank_account.confirmed", _account(bank_account), user=by, now=now, after=_build_audit_facts(bank_account)
        )
    if (at_processor := processor_accounts.find(bank_account.host, bank_account.property)) is not None:
        processor_accounts.bring_banks(at_processor)
    return bank_account


def remind_of_account(account: BankAccount, *, by: User | ApiKey, now: datetime) -> list[str]:
    """Reminds those who may confirm a waiting account.

    Returns their addresses. Raises NotAllowedError and NotPossibleError.
    """
    access.require(by, Right.HANDLE_MONEY, account.host)
    if account.state != BankAccount.State.UNCONFIRMED:
        raise NotPossibleError("Nobody was reminded: this account does not wait for anybody.")
    may_confirm = readiness.who_may_confirm(account, now=now)
    if not may_confirm:
        raise NotPossibleError(f"Nobody was reminded: nobody else may confirm it. {readiness.SUPPORT_CONFIRMS}")
    with transaction.atomic():
        recipients = account_notices.remind_confirmers(account, may_confirm, by=audit.actor(by), now=now)
        audit.write("bank_account.reminded", _account(account), user=by, now=now, after={"asked": recipients})
    return recipients


def set_up(host: Host, *, by: User | ApiKey, return_url: str, again_url: str, now: datetime) -> OnboardingPage:
    """Returns the processor's page for the host's details; opens the host's account there the first time.

    Calls the card processor. Raises NotAllowedError and ProcessorError.
    """
    access.require(by, Right.HANDLE_MONEY, host)
    with transaction.atomic():
        row = processor_accounts.ensure_row(host, now=now)
        if not row.ref:
            audit.write("processor_account.begun", _processor_account_subject(row), user=by, now=now)
    return processor_accounts.onboarding(row, return_url=return_url, again_url=again_url, now=now)


def withdraw_account(account: BankAccount, *, by: User | ApiKey, now: datetime) -> BankAccount:
    """Withdraws an account that is unconfirmed, or confirmed and not yet in use.

    Raises NotAllowedError and NotPossibleError.
    """
    access.require(by, Right.HANDLE_MONEY, account.host)
    with transaction.atomic():
        bank_account = bank_accounts.withdraw(account, now=now)
        account_notices.announce_withdrawal(bank_account, by=audit.actor(by), now=now)
        audit.write("bank_account.withdrawn", _account(bank_account), user=by, now=now)
    return bank_account


def _agreement(row: PayoutAgreement) -> audit.Subject:
    return audit.Subject("payout_agreement", row.pk, str(row), row.host)


def _processor_account_subject(row: ProcessorAccount) -> audit.Subject:
    return audit.Subject("processor_account", row.pk, str(row), row.host)


def _account(account: BankAccount) -> audit.Subject:
    return audit.Subject("bank_account", account.pk, str(account), account.host)


def _build_audit_facts(account: BankAccount) -> dict[str, str]:
    return {"account": str(account), "for": str(account.property or account.host), "currency": account.currency}
