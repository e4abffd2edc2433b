"""Hosts' accounts at the card processor: opened once, completed on its page, and linked to confirmed banks only.

A row is committed before the processor is called, with a key made from it, so that a killed process can resume. Nothing
here may be called inside a database transaction, because calls to the processor cannot be rolled back.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Final

from django.db.models import QuerySet

from billing.models import BankAccount, ProcessorAccount
from billing.payments import processors
from billing.payments.processors.protocol import (
    AccountToOpen,
    BankToAttach,
    NotPossibleError,
    OnboardingPage,
    Processor,
    ProcessorError,
)
from billing.payouts.payees import bank_accounts
from chargers.lib import batch
from chargers.models import Host, Property

logger = logging.getLogger(__name__)
_REPLACED: Final = (BankAccount.State.REPLACED, BankAccount.State.WITHDRAWN)


def find(host: Host, property_: Property | None = None) -> ProcessorAccount | None:
    """Returns the property's own account, else the host's; None if none was opened."""
    rows = ProcessorAccount.objects.filter(host=host).exclude(ref="")
    own = rows.filter(property=property_).first() if property_ else None
    return own or rows.filter(property=None).first()


def ensure_row(host: Host, *, now: datetime) -> ProcessorAccount:
    """Returns the host's row, to be opened next; a second call returns the same row."""
    name = processors.default()
    account, _ = ProcessorAccount.objects.get_or_create(
        host=host, property=None, processor=name, defaults={"opened_at": now}
    )
    return account


def onboarding(row: ProcessorAccount, *, return_url: str, again_url: str, now: datetime) -> OnboardingPage:
    """Returns the page on which the host continues; opens the account if necessary. Raises ProcessorError."""
    if not row.ref:
        row = _open_account(row, now=now)
    page = _processor(row).onboarding_page(row.ref, return_url=return_url, again_url=again_url)
    bring_banks(row)
    return page


def refresh_state(row: ProcessorAccount, *, now: datetime) -> ProcessorAccount:
    """Updates the row from the processor. Raises OutcomeUnknownError."""
    account = _processor(row).look_up_account(row.ref) if row.ref else None
    if account is not None:
        ProcessorAccount.objects.filter(pk=row.pk).update(
            is_enabled=account.is_enabled,
            missing=list(account.missing),
            disabled_reason=account.disabled_reason[:60],
            seen_at=now,
        )
        row.refresh_from_db()
    return row


def learn_about(ref: str, *, processor: str, now: datetime) -> bool:
    """Updates the account that a webhook named; False if it is not ours."""
    row = ProcessorAccount.objects.filter(processor=processor, ref=ref).first()
    return row is not None and refresh_state(row, now=now) is not None


def bank_ref(row: ProcessorAccount, bank: BankAccount) -> str:
    """Returns the processor's id of a bank account, attaching it if necessary. Raises ProcessorError."""
    if bank.processor_ref:
        return bank.processor_ref
    new_bank = BankToAttach(
        holder=bank.holder,
        country=_country(bank),
        currency=bank.currency,
        number=bank_accounts.number(bank),
        routing=bank.routing if bank.scheme == BankAccount.Scheme.US else "",
    )
    ref = _processor(row).attach_bank(row.ref, new_bank, key=f"bank_account:{bank.pk}:attach")
    BankAccount.objects.filter(pk=bank.pk, processor_ref="").update(processor_ref=ref[:255])
    return ref


def bring_banks(row: ProcessorAccount) -> None:
    """Attaches the confirmed banks, then detaches replaced ones. Failures are retried by the sweep."""
    for bank in _paid_from(row).filter(state=BankAccount.State.CONFIRMED, processor_ref=""):
        _try(partial(bank_ref, row, bank), bank)
    if not _paid_from(row).filter(state=BankAccount.State.CONFIRMED).exclude(processor_ref="").exists():
        return  # the processor keeps the last one until there is another; nothing is paid to it
    for bank in _paid_from(row).filter(state__in=_REPLACED).exclude(processor_ref=""):
        _try(partial(_detach, row, bank), bank)


def catch_up() -> int:
    """Retries bank changes at the processor that were interrupted or refused."""
    undone = BankAccount.objects.filter(state=BankAccount.State.CONFIRMED, processor_ref="") | (
        BankAccount.objects.filter(state__in=_REPLACED).exclude(processor_ref="")
    )
    rows = ProcessorAccount.objects.filter(host__in=undone.values("host")).exclude(ref="")
    return batch.each_of(rows.distinct(), bring_banks, noun="ProcessorAccount", failure="could not get its banks")


def _open_account(row: ProcessorAccount, *, now: datetime) -> ProcessorAccount:
    host = row.host
    new_account = AccountToOpen(owner=host.slug, name=host.legal_name or host.name, country=host.country)
    account = _processor(row).open_account(
        new_account, key=f"processor_account:{row.pk}:open", first_asked_at=row.opened_at
    )
    ProcessorAccount.objects.filter(pk=row.pk, ref="").update(
        ref=account.ref,
        is_enabled=account.is_enabled,
        missing=list(account.missing),
        disabled_reason=account.disabled_reason[:60],
        seen_at=now,
    )
    row.refresh_from_db()
    return row


def _detach(row: ProcessorAccount, bank: BankAccount) -> None:
    _processor(row).detach_bank(row.ref, bank.processor_ref, key=f"bank_account:{bank.pk}:detach")
    BankAccount.objects.filter(pk=bank.pk).update(processor_ref="")


def _try(act: Callable[[], object], bank: BankAccount) -> None:
    try:
        act()
    except NotPossibleError as exc:
        logger.warning("Bank account %s could not be changed at the processor: %s", bank.pk, exc)
    except ProcessorError as exc:
        logger.info("Bank account %s is changed at the processor later: %s", bank.pk, exc)


def _paid_from(row: ProcessorAccount) -> QuerySet[BankAccount]:
    """Returns the bank accounts that this account pays to.

    The host's account does not pay properties with their own.
    """
    host_accounts = BankAccount.objects.filter(host=row.host_id)
    if row.property_id:
        return host_accounts.filter(property=row.property_id)
    property_accounts = ProcessorAccount.objects.filter(host=row.host_id, property__isnull=False).exclude(ref="")
    return host_accounts.exclude(property__in=property_accounts.values("property"))


def _country(bank: BankAccount) -> str:
    """Returns the country, which an IBAN begins with."""
    return "US" if bank.scheme == BankAccount.Scheme.US else bank_accounts.number(bank)[:2]


def _processor(row: ProcessorAccount) -> Processor:
    return processors.processor(row.processor)
