"""Hosts' accounts at the simulated processor: opened, completed on its page, and paid to changing bank accounts."""

import secrets
from datetime import timedelta
from typing import Final

from django.db import transaction

from billing.models import SimulatedAccount, SimulatedBank, SimulatedRequest
from billing.payments.processors.protocol import (
    AccountToOpen,
    BankToAttach,
    HostAccount,
    NotPossibleError,
    OnboardingPage,
)
from billing.payments.processors.simulated import balance, clock, deliveries
from billing.payments.processors.simulated.requests import Kind, run_once

WANTED_AT_FIRST: Final = ("business_profile.url", "individual.dob.day", "individual.id_number", "tos_acceptance.date")
PAGE_LASTS: Final = timedelta(minutes=5)
_PAST_DUE: Final = "requirements.past_due"
_ACCOUNTS: Kind[SimulatedAccount] = Kind(rows=SimulatedAccount.objects.all, answered=("missing", "disabled_reason"))
_BANKS: Kind[SimulatedBank] = Kind(rows=SimulatedBank.objects.all, answered=())


def begin(new_account: AccountToOpen, *, key: str) -> HostAccount:
    """Opens an account. Keys of accounts are not forgotten."""
    before = SimulatedRequest.objects.filter(key=key).values("subject")
    if (account := SimulatedAccount.objects.filter(ref__in=before).first()) is not None:
        return _answer(account)

    def act() -> SimulatedAccount:
        created_account = SimulatedAccount.objects.create(
            ref=f"acct_{secrets.token_hex(8)}",
            name=new_account.name[:200],
            missing=list(WANTED_AT_FIRST),
            disabled_reason=_PAST_DUE,
            created_at=clock.now(),
        )
        deliveries.deliver("account.updated", ref=created_account.ref)
        return created_account

    parameters = {
        "owner": new_account.owner,
        "name": new_account.name,
        "country": new_account.country,
        "email": new_account.email,
    }
    return _answer(run_once(key, parameters, act, kind=_ACCOUNTS, operation="open_account")[0])


def page(account_ref: str, *, return_url: str) -> OnboardingPage:
    if not SimulatedAccount.objects.filter(ref=account_ref).update(return_url=return_url[:500]):
        raise NotPossibleError(f"There is no account {account_ref}.")
    address = f"/processor/simulated/accounts/{account_ref}/"
    return OnboardingPage(url=address, expires_at=clock.now() + PAGE_LASTS)


def find(account_ref: str) -> HostAccount | None:
    account = SimulatedAccount.objects.filter(ref=account_ref).exclude(ref=balance.OURS).first()
    return _answer(account) if account else None


def require(account_ref: str, *codes: str, disabled_reason: str = "") -> None:
    """Sets what the processor requires now. Without requirements or a reason, payouts are enabled."""
    with transaction.atomic():
        row = balance.account(account_ref)
        row.missing = list(codes)
        row.disabled_reason = disabled_reason or (_PAST_DUE if codes else "")
        row.save()
        deliveries.deliver("account.updated", ref=account_ref)


def attach(account_ref: str, bank: BankToAttach, *, key: str) -> str:
    def act() -> SimulatedBank:
        account = balance.account(account_ref)
        return SimulatedBank.objects.create(
            ref=f"ba_{secrets.token_hex(8)}", account=account, currency=bank.currency, last4=bank.number[-4:]
        )

    parameters = {"account": account_ref, "currency": bank.currency, "last4": bank.number[-4:], "holder": bank.holder}
    return run_once(key, parameters, act, kind=_BANKS, operation="attach_bank")[0].ref


def detach(account_ref: str, bank_ref: str) -> None:
    attached = SimulatedBank.objects.filter(account__ref=account_ref, detached_at=None)
    with transaction.atomic():
        balance.account(account_ref)
        bank_row = attached.filter(ref=bank_ref).first()
        if bank_row is None:
            return
        if not attached.filter(currency=bank_row.currency).exclude(pk=bank_row.pk).exists():
            raise NotPossibleError("The only bank of an account cannot be taken away: attach another first.")
        attached.filter(pk=bank_row.pk).update(detached_at=clock.now())


def check_bank(account_ref: str, bank_ref: str) -> None:
    """Raises NotPossibleError if the account has no such bank account; an empty one is always right."""
    attached = SimulatedBank.objects.filter(account__ref=account_ref, detached_at=None)
    if bank_ref and not attached.filter(ref=bank_ref).exists():
        raise NotPossibleError(f"There is no bank {bank_ref} at the account {account_ref}.")


def _answer(row: SimulatedAccount) -> HostAccount:
    return HostAccount(
        ref=row.ref,
        is_enabled=not row.missing and not row.disabled_reason,
        missing=tuple(row.missing),
        disabled_reason=row.disabled_reason,
    )
