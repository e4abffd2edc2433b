"""Transfers to hosts' accounts and payouts to banks, limited by the balance.

The bank may return a payout after it was paid.
"""

import secrets
from datetime import timedelta
from typing import Final

from django.db import transaction

from billing.models import SimulatedAccount, SimulatedPayout, SimulatedTransfer
from billing.payments.processors.protocol import BankPayout, Movement, NotPossibleError, PayoutState, Transfer
from billing.payments.processors.simulated import accounts, balance, clock, deliveries
from billing.payments.processors.simulated.requests import Kind, run_once

LEAVES_AFTER: Final = timedelta(hours=1)
ARRIVES_AFTER: Final = timedelta(days=2)
RETURNS_AFTER: Final = timedelta(days=3)
"""Counted from its arrival."""
State = SimulatedPayout.State
_TRANSFERS: Kind[SimulatedTransfer] = Kind(rows=SimulatedTransfer.objects.all, answered=("reversed_minor",))
_PAYOUTS: Kind[SimulatedPayout] = Kind(rows=SimulatedPayout.objects.all, answered=("state", "failure_code"))
_STATES: Final = {
    State.PENDING: PayoutState.PENDING,
    State.IN_TRANSIT: PayoutState.IN_TRANSIT,
    State.PAID: PayoutState.PAID,
    State.FAILED: PayoutState.FAILED,
}
_FAILURES: Final = {
    "account_closed": "The bank account has been closed.",
    "no_account": "The bank account could not be found.",
    "declined": "The bank has declined this payout.",
}


def transfer(account_ref: str, *, amount_minor: int, currency: str, key: str) -> Transfer:
    def act() -> SimulatedTransfer:
        own_account, host_account = balance.account(balance.OURS), _hosts(account_ref)
        balance.require_available(own_account, amount_minor, currency=currency)
        transfer_row = SimulatedTransfer.objects.create(
            ref=f"tr_{secrets.token_hex(12)}",
            account=host_account,
            amount_minor=amount_minor,
            currency=currency,
            created_at=clock.now(),
        )
        balance.record_movement(
            own_account, Movement.TRANSFER, -amount_minor, currency=currency, source_ref=transfer_row.ref
        )
        balance.record_movement(
            host_account, Movement.TRANSFER, amount_minor, currency=currency, source_ref=transfer_row.ref
        )
        deliveries.deliver("transfer.created", ref=transfer_row.ref)
        return transfer_row

    parameters = {"account": account_ref, "amount_minor": amount_minor, "currency": currency}
    return _build_transfer(run_once(key, parameters, act, kind=_TRANSFERS, operation="transfer")[0])


def reverse(ref: str, *, amount_minor: int, key: str) -> Transfer:
    def act() -> SimulatedTransfer:
        own_account = balance.account(balance.OURS)
        transfer_row = SimulatedTransfer.objects.select_for_update().select_related("account").filter(ref=ref).first()
        if transfer_row is None:
            raise NotPossibleError(f"There is no transfer {ref}.")
        reversible_minor = transfer_row.amount_minor - transfer_row.reversed_minor
        if amount_minor > reversible_minor:
            raise NotPossibleError(
                f"{amount_minor} is more than the {reversible_minor} of the transfer that can be taken back."
            )
        host_account = balance.account(transfer_row.account.ref)
        balance.require_available(host_account, amount_minor, currency=transfer_row.currency)
        transfer_row.reversed_minor += amount_minor
        transfer_row.save()
        balance.record_movement(
            host_account, Movement.TRANSFER_BACK, -amount_minor, currency=transfer_row.currency, source_ref=ref
        )
        balance.record_movement(
            own_account, Movement.TRANSFER_BACK, amount_minor, currency=transfer_row.currency, source_ref=ref
        )
        deliveries.deliver("transfer.reversed", ref=ref)
        return transfer_row

    parameters = {"ref": ref, "amount_minor": amount_minor}
    return _build_transfer(run_once(key, parameters, act, kind=_TRANSFERS, operation="reverse_transfer")[0])


def pay_out(account_ref: str, *, amount_minor: int, currency: str, key: str, bank_ref: str) -> BankPayout:
    def act() -> SimulatedPayout:
        account = balance.account(account_ref)
        accounts.check_bank(account_ref, bank_ref)
        balance.require_available(account, amount_minor, currency=currency)
        return _send_payout(account, amount_minor, currency=currency)

    parameters = {"account": account_ref, "amount_minor": amount_minor, "currency": currency}
    parameters |= {"bank": bank_ref} if bank_ref else {}
    return _answer(run_once(key, parameters, act, kind=_PAYOUTS, operation="pay_out")[0])


def settle_debt(account_ref: str, *, currency: str) -> BankPayout | None:
    """Debits the bank for a negative balance, by a payout with a negative amount; None if nothing is owed."""
    with transaction.atomic():
        account = balance.account(account_ref)
        available_minor = balance.available(account, currency)
        return _answer(_send_payout(account, available_minor, currency=currency)) if available_minor < 0 else None


def find_payout(ref: str, *, account_ref: str) -> BankPayout | None:
    with transaction.atomic():
        rows = SimulatedPayout.objects.select_for_update(of=("self",)).select_related("account")
        payout = rows.filter(ref=ref, account__ref=account_ref).first()
        return _answer(_advance_payout(payout)) if payout else None


def move_on() -> None:
    """Advances every payout to the processor's clock, so that webhooks arrive without a request."""
    moving = SimulatedPayout.objects.exclude(state=State.FAILED).exclude(state=State.PAID, returns_at=None)
    for ref, account_ref in list(moving.values_list("ref", "account__ref")):
        find_payout(ref, account_ref=account_ref)


def fail(ref: str, *, code: str) -> None:
    """Simulates that the bank returns the payout, whether it was paid or not."""
    with transaction.atomic():
        _fail_payout(SimulatedPayout.objects.select_for_update().get(ref=ref), code)


def _hosts(account_ref: str) -> SimulatedAccount:
    if account_ref == balance.OURS:
        raise NotPossibleError("A transfer goes to an account of a host.")
    return balance.account(account_ref)


def _send_payout(account: SimulatedAccount, amount_minor: int, *, currency: str) -> SimulatedPayout:
    """Sends a payout. Only a payout of the whole available balance reports its balance transactions."""
    now = clock.now()
    arrives_at = now + ARRIVES_AFTER
    payout = SimulatedPayout.objects.create(
        ref=f"po_{secrets.token_hex(12)}",
        account=account,
        amount_minor=amount_minor,
        currency=currency,
        trace=secrets.token_hex(8).upper(),
        created_at=now,
        arrives_at=arrives_at,
        returns_at=arrives_at + RETURNS_AFTER if account.bank == SimulatedAccount.Bank.RETURNS else None,
    )
    balance.record_movement(account, Movement.PAYOUT, -amount_minor, currency=currency, source_ref=payout.ref)
    if not balance.available(account, currency):
        account.movements.filter(payout=None, currency=currency, available_at__lte=clock.now()).update(payout=payout)
    deliveries.deliver("payout.created", ref=payout.ref)
    return payout


def _advance_payout(payout: SimulatedPayout) -> SimulatedPayout:
    now = clock.now()
    if payout.state == State.PENDING and payout.created_at + LEAVES_AFTER <= now:
        _change_state(payout, State.IN_TRANSIT)
    if payout.state == State.IN_TRANSIT and payout.arrives_at <= now:
        _change_state(payout, State.PAID)
    if payout.state == State.PAID and payout.returns_at and payout.returns_at <= now:
        _fail_payout(payout, "account_closed")
    return payout


def _fail_payout(payout: SimulatedPayout, code: str) -> None:
    if payout.state == State.FAILED:
        return
    payout.failure_code = code
    _change_state(payout, State.FAILED)
    account = balance.account(payout.account.ref)
    balance.record_movement(
        account, Movement.PAYOUT_BACK, payout.amount_minor, currency=payout.currency, source_ref=payout.ref
    )


def _change_state(payout: SimulatedPayout, state: SimulatedPayout.State) -> None:
    payout.state = state
    payout.save()
    deliveries.deliver(f"payout.{state}", ref=payout.ref)


def _build_transfer(transfer_row: SimulatedTransfer) -> Transfer:
    return Transfer(
        ref=transfer_row.ref,
        account_ref=transfer_row.account.ref,
        amount_minor=transfer_row.amount_minor,
        reversed_minor=transfer_row.reversed_minor,
        currency=transfer_row.currency,
    )


def _answer(payout: SimulatedPayout) -> BankPayout:
    return BankPayout(
        ref=payout.ref,
        account_ref=payout.account.ref,
        state=_STATES[State(payout.state)],
        amount_minor=payout.amount_minor,
        currency=payout.currency,
        arrives_at=payout.arrives_at,
        failure=payout.failure_code,
        sentence=_FAILURES.get(payout.failure_code, ""),
        trace=payout.trace,
    )
