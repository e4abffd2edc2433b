"""Reverses a bank line's effect on a payout: restores its previous state and posts counter-entries.

Call these in the transaction that locked the payout's row.
"""

from datetime import datetime

from billing.models import BankAccount, BankMatch, LedgerEntry, Payout, PayoutAgreement, PayoutCarry
from billing.payments.books import ledger
from billing.payouts.cycle import cycle, notices
from billing.payouts.payees import bank_accounts
from billing.payouts.payees.agreements import Scope

State = Payout.State
Kind = BankMatch.Kind
_FAILED = (State.FAILED, State.RETURNED)
_UNPAID = {"paid_at": None, "reconciled_at": None}


def lock(payout: Payout) -> None:
    """Locks the payout's scope until the transaction ends, so that no other period takes over what failed."""
    cycle.lock(Scope.from_row(payout))


def not_left(payout: Payout, *, now: datetime) -> None:
    """Undoes a departure: the payout did not leave the platform's account with this line."""
    has_arrived = BankMatch.objects.filter(payout=payout, kind=Kind.ARRIVED).exists()
    if payout.way == PayoutAgreement.Way.PROCESSOR:
        if not has_arrived:
            _not_reconciled(payout, now=now)
        return
    _reverse(payout, "booked", now=now)
    if not has_arrived and payout.state in (State.PAID, State.RECONCILED):
        _change(payout, State.SUBMITTED, now=now, **_UNPAID)


def not_arrived(payout: Payout, *, before: str, now: datetime) -> None:
    """Undoes an arrival: the payout did not arrive at the host's account with this line.

    `before` is its state before the match.
    """
    has_left = BankMatch.objects.filter(payout=payout, kind=Kind.LEFT).exists()
    by_file = payout.way == PayoutAgreement.Way.BANK_FILE
    if by_file and not has_left:
        _change(payout, State.SUBMITTED, now=now, **_UNPAID)
    elif not by_file and before == State.IN_TRANSIT:
        _change(payout, State.IN_TRANSIT, now=now, **_UNPAID)
    elif by_file or not has_left:
        _not_reconciled(payout, now=now)


def not_returned(payout: Payout, *, matched_at: datetime, now: datetime) -> str:
    """Undoes a return: the payout did not come back with this line.

    Restores the payout's previous state if the line made it fail. Returns what prevents this, or an empty text.
    """
    _reverse(payout, "booked_back", now=now)
    if payout.way == PayoutAgreement.Way.PROCESSOR:
        Payout.objects.filter(pk=payout.pk).update(transferred_minor=payout.amount_minor)
    if payout.failed_at != matched_at:
        return ""  # it failed before the line, which only brought the money
    carry = PayoutCarry.objects.select_for_update().filter(payout=payout, kind=PayoutCarry.Kind.FAILED).first()
    if payout.state not in _FAILED or carry is None or carry.taken_by_id is not None:
        after = cycle.paid_again_in(payout)
        return f"{payout.label} was taken over by {after.label if after else 'a later payout'} meanwhile."
    carry.delete()
    _reverse(payout, "failed", now=now)
    _restore_account(payout)
    rows = _remove_failed_carry(payout)
    _change(payout, _state_before_return(payout), now=now, failure="", failed_at=None, bridge=rows)
    return ""


def _state_before_return(payout: Payout) -> State:
    if payout.paid_at is None:
        return State.SUBMITTED
    arrived = BankMatch.objects.filter(payout=payout, kind=Kind.ARRIVED).exists()
    return State.RECONCILED if arrived else State.PAID


def _remove_failed_carry(payout: Payout) -> list[dict[str, object]]:
    """Returns the bridge without the row that carried the failed amount on."""
    rows = []
    for row in payout.bridge:
        if row["kind"] != "carried_out":
            rows.append(row)
            continue
        parts = [part for part in row["parts"] if part["kind"] != PayoutCarry.Kind.FAILED]
        if parts:
            minor = row["amount_minor"] + payout.amount_minor
            rows.append({"kind": "carried_out", "amount_minor": minor, "parts": parts})
    return rows


def _restore_account(payout: Payout) -> None:
    """Restores a bank account that this return made unusable, unless another account replaced it."""
    account = payout.bank_account
    if account is None or account.failure != payout.failure or account.ended_at != payout.failed_at:
        return
    scope = Scope.from_row(payout)
    if bank_accounts.current(scope) == account:
        refused = BankAccount.objects.filter(pk=account.pk, state=BankAccount.State.ERRORED)
        refused.update(state=BankAccount.State.CONFIRMED, failure="", ended_at=None)


def _not_reconciled(payout: Payout, *, now: datetime) -> None:
    if payout.state == State.RECONCILED:
        _change(payout, State.PAID, now=now, reconciled_at=None)


def _change(payout: Payout, state: State, *, now: datetime, **fields: object) -> None:
    Payout.objects.filter(pk=payout.pk).update(state=state, **fields)
    notices.publish_reversal(payout.pk, now=now)


def _reverse(payout: Payout, kind: str, *, now: datetime) -> None:
    """Reverses the entry, if any; a later entry of its kind gets the next generation."""
    entries = LedgerEntry.objects.filter(source_type="payout", source_id=str(payout.pk), kind=kind, reversed_by=None)
    entry = entries.order_by("-generation").first()
    if entry is not None:
        ledger.reverse(entry, memo=f"{payout}: the match of its bank line was taken back", now=now)
        generation = max(payout.generation, entry.generation + 1)
        Payout.objects.filter(pk=payout.pk).update(generation=generation)
        payout.generation = generation
