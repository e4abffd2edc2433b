"""Sends payouts to the host's account at the card processor and from there to its bank, and handles returns.

A bank may return a payout days after it was paid. Every step is stored before the processor is called, with a key made
from the payout, so that a killed worker can resume and nothing is sent twice. Nothing here may be called inside a
database transaction. Payouts ordered from a bank by file are sent by `by_file`.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from billing.models import BankAccount, Payout, PayoutAgreement, ProcessorAccount
from billing.payments import processors
from billing.payments.books.ledger import Code
from billing.payments.processors.protocol import BankPayout, NotPossibleError, OutcomeUnknownError, PayoutState
from billing.payouts.cycle import notices
from billing.payouts.payees import bank_accounts, processor_accounts
from billing.payouts.payees.agreements import Scope
from billing.payouts.sending import outcomes
from chargers.lib import batch

State = Payout.State
Way = PayoutAgreement.Way
_RETURNS_WITHIN: Final = timedelta(days=30)
"""Counted from when it was paid. Banks return within 5 business days, rarely later; then only an event tells."""
_NO_MONEY_YET: Final = (
    "The money is not available at the card processor yet. It is tried again by itself every few minutes: you need to "
    "do nothing."
)
_NOT_TAKEN: Final = (
    "The card processor has not taken the payout to your bank yet. It is tried again by itself every few minutes, and "
    "support sees it."
)


def send_due(*, now: datetime) -> int:
    """Sends approved payouts, resumes started ones, and checks on the others."""
    by_processor = Payout.objects.filter(way=Way.PROCESSOR)
    handled_count = batch.run_for_rows(
        by_processor.filter(state__in=(State.APPROVED, State.SUBMITTED)), lambda pk: send(pk, now=now)
    )
    # A paid payout may come back for some days, even after it was found on a bank statement.
    lately = Q(state=State.RECONCILED, paid_at__gte=now - _RETURNS_WITHIN)
    on_its_way = by_processor.filter(Q(state__in=(State.IN_TRANSIT, State.PAID)) | lately)
    return handled_count + batch.run_for_rows(on_its_way, lambda pk: refresh(pk, now=now))


def send(payout_id: UUID, *, now: datetime) -> Payout:
    """Advances an approved payout as far as the processor allows."""
    payout = _payout(payout_id)
    account = processor_accounts.find(payout.host, payout.property)
    if payout.state not in (State.APPROVED, State.SUBMITTED):
        return payout
    if account is None or not account.is_enabled:
        return _postpone(payout, "The host's account at the card processor is not ready yet.")
    payout = _switch_to_current_bank(payout)
    if payout.state == State.APPROVED:
        if (missing := bank_accounts.why_not(payout.bank_account, now=now)) is not None:
            return _postpone(payout, f"It is not sent yet: {missing}")
        payout = _submit(payout, now=now)
    return payout if payout.state != State.SUBMITTED else _transfer_and_pay_out(payout, account, now=now)


def _transfer_and_pay_out(payout: Payout, account: ProcessorAccount, *, now: datetime) -> Payout:
    """Transfers the money to the host's account, then pays it out to the host's bank."""
    bank = payout.bank_account
    assert bank is not None, "the database holds that what is sent goes to a bank"
    sentence = _NO_MONEY_YET
    try:
        if payout.transferred_minor < payout.amount_minor:
            payout = _transfer(payout, account, now=now)
        sentence = _NOT_TAKEN
        bank_ref = processor_accounts.bank_ref(account, bank)
        sent = processors.processor(account.processor).pay_out(
            account.ref,
            amount_minor=payout.amount_minor,
            currency=payout.currency,
            key=_key(payout, "payout"),
            bank_ref=bank_ref,
        )
    except OutcomeUnknownError:
        return payout  # it may have succeeded: the next round calls with the same key
    except NotPossibleError as exc:
        return _postpone(payout, sentence, processor_says=str(exc))
    return _update(payout, sent, now=now)


def _switch_to_current_bank(payout: Payout) -> Payout:
    """Moves a payout approved before a change of bank account to the new account, once that may be used."""
    old = payout.bank_account
    if payout.state != State.APPROVED or old is None or old.state == BankAccount.State.CONFIRMED:
        return payout
    scope = Scope.from_row(payout)
    new = bank_accounts.current(scope)
    if new is None or new.pk == old.pk:
        return payout
    Payout.objects.filter(pk=payout.pk, state=State.APPROVED).update(bank_account=new)
    return _payout(payout.pk)


def refresh(payout_id: UUID, *, now: datetime) -> Payout:
    """Updates a payout that is on its way or was recently paid; without an answer it stays unchanged."""
    try:
        return look_up_state(payout_id, now=now)
    except OutcomeUnknownError:
        return _payout(payout_id)


def look_up_state(payout_id: UUID, *, now: datetime) -> Payout:
    """Looks up a payout's state at the processor, whenever it was paid. Raises OutcomeUnknownError."""
    payout = _payout(payout_id)
    account = processor_accounts.find(payout.host, payout.property)
    if account is None or not payout.processor_ref:
        return payout
    bank_payout = processors.processor(account.processor).look_up_payout(payout.processor_ref, account_ref=account.ref)
    return payout if bank_payout is None else _update(payout, bank_payout, now=now)


def _submit(payout: Payout, *, now: datetime) -> Payout:
    with transaction.atomic():
        outcomes.mark_submitted(payout, now=now)
    return _payout(payout.pk)


def _transfer(payout: Payout, account: ProcessorAccount, *, now: datetime) -> Payout:
    """Transfers the amount to the host's balance at the processor, less what failed payouts left there."""
    missing_minor = payout.amount_minor - payout.transferred_minor
    new_transfer = processors.processor(account.processor).transfer(
        account.ref, amount_minor=missing_minor, currency=payout.currency, key=_key(payout, "transfer")
    )
    with transaction.atomic():
        unchanged_payouts = Payout.objects.filter(
            pk=payout.pk, state=State.SUBMITTED, transferred_minor=payout.transferred_minor
        )
        if unchanged_payouts.update(
            transfer_ref=new_transfer.ref, transferred_minor=payout.amount_minor, waits_for="", processor_says=""
        ):
            outcomes.post(
                payout,
                "sent",
                {Code.PAYOUT_IN_TRANSIT: missing_minor, Code.PROCESSOR_CLEARING: -missing_minor},
                now=now,
            )
    return _payout(payout.pk)


def _update(payout: Payout, bank_payout: BankPayout, *, now: datetime) -> Payout:
    with transaction.atomic():
        updated_count = Payout.objects.filter(pk=payout.pk, state=State.SUBMITTED).update(
            state=State.IN_TRANSIT,
            processor_ref=bank_payout.ref,
            trace=bank_payout.trace,
            waits_for="",
            processor_says="",
            expected_on=bank_payout.arrives_at.date(),
        )
        if updated_count:
            notices.publish_change(payout.pk, now=now)
        if bank_payout.state == PayoutState.PAID:
            outcomes.mark_paid(payout, at=now, trace=bank_payout.trace)
        elif bank_payout.state in (PayoutState.FAILED, PayoutState.CANCELLED):
            outcomes.mark_failed(payout, code=bank_payout.failure or "could_not_process", now=now)
    return _payout(payout.pk)


def _postpone(payout: Payout, sentence: str, *, processor_says: str = "") -> Payout:
    """Stores why the payout waits.

    The host reads our sentence; the processor's message stays internal because it names the platform's balances and
    ids.
    """
    fields = {"waits_for": sentence[:400], "processor_says": processor_says[:400]}
    Payout.objects.filter(pk=payout.pk).exclude(**fields).update(**fields)
    return _payout(payout.pk)


def _key(payout: Payout, operation: str) -> str:
    return f"payout:{payout.pk}:{operation}:{payout.generation}"


def _payout(payout_id: UUID) -> Payout:
    return Payout.objects.select_related("host", "property", "bank_account", "agreement").get(pk=payout_id)
