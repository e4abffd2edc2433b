"""Balances of the simulated processor, ours and those of hosts' accounts: each is the sum of its movements."""

import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final

from django.db import transaction
from django.db.models import Q, Sum
from django.db.models.functions import Coalesce

from billing.engine.values import money
from billing.models import SimulatedAccount, SimulatedBalanceTransaction, SimulatedClock
from billing.payments.processors.protocol import Balance, BalanceTransaction, Movement, NotPossibleError
from billing.payments.processors.simulated import clock

PENDING_FOR: Final = timedelta(days=2)
OURS: Final = ""


def open_account(*, bank: str = SimulatedAccount.Bank.TAKES) -> str:
    """Opens a host's account and returns its reference."""
    account = SimulatedAccount.objects.create(ref=f"acct_{secrets.token_hex(8)}", bank=bank, created_at=clock.now())
    return account.ref


def set_fee(*, percent: Decimal, fixed_minor: int) -> None:
    """Sets the processor's fee for future payments."""
    SimulatedClock.objects.update_or_create(pk=1, defaults={"fee_pct": percent, "fee_fixed_minor": fixed_minor})


def fee_of(amount_minor: int) -> int:
    """Returns the processor's fee for a payment, at most its amount."""
    terms = SimulatedClock.objects.first() or SimulatedClock()
    share = money.round_half_away(Fraction(Decimal(terms.fee_pct)) * amount_minor / 100)
    return min(share + terms.fee_fixed_minor, amount_minor)


def account(ref: str) -> SimulatedAccount:
    """Returns the account, locked until the end of the transaction, so that its balance cannot change meanwhile."""
    if ref == OURS:
        SimulatedAccount.objects.get_or_create(ref=OURS, defaults={"created_at": clock.now()})
    simulated_account = SimulatedAccount.objects.select_for_update().filter(ref=ref).first()
    if simulated_account is None:
        raise NotPossibleError(f"There is no account {ref}.")
    return simulated_account


def record_movement(
    account: SimulatedAccount,
    kind: Movement,
    amount_minor: int,
    *,
    currency: str,
    source_ref: str,
    payment_ref: str = "",
    fee_minor: int = 0,
    pending_for: timedelta = timedelta(0),
) -> SimulatedBalanceTransaction:
    now = clock.now()
    return SimulatedBalanceTransaction.objects.create(
        ref=f"txn_{secrets.token_hex(12)}",
        account=account,
        kind=kind,
        amount_minor=amount_minor,
        fee_minor=fee_minor,
        net_minor=amount_minor - fee_minor,
        currency=currency,
        source_ref=source_ref,
        payment_ref=payment_ref,
        created_at=now,
        available_at=now + pending_for,
    )


def available(account: SimulatedAccount, currency: str) -> int:
    """Returns what can be moved now, in minor units; negative if owed to the processor."""
    rows = account.movements.filter(currency=currency, available_at__lte=clock.now())
    net_minor: int = rows.aggregate(net=Coalesce(Sum("net_minor"), 0))["net"]
    return net_minor


def require_available(account: SimulatedAccount, amount_minor: int, *, currency: str) -> None:
    """Raises NotPossibleError if this amount cannot be moved now."""
    if amount_minor <= 0:
        raise NotPossibleError(f"{amount_minor} is no amount that can be moved.")
    available_minor = available(account, currency)
    if amount_minor > available_minor:
        requested, available_text = (
            money.text(amount_minor, currency=currency),
            money.text(available_minor, currency=currency),
        )
        raise NotPossibleError(f"{requested} is more than the {available_text} that are available.")


def balance_of(currency: str, *, account_ref: str) -> Balance:
    with transaction.atomic():
        owner = account(account_ref)
        free_minor = available(owner, currency)
        pending = owner.movements.filter(currency=currency, available_at__gt=clock.now())
        return Balance(
            currency=currency,
            available_minor=free_minor,
            pending_minor=pending.aggregate(net=Coalesce(Sum("net_minor"), 0))["net"],
        )


def list_transactions(*, since: datetime | None, payout: str, account_ref: str) -> Iterator[BalanceTransaction]:
    rows = SimulatedBalanceTransaction.objects.filter(account__ref=account_ref)
    if since is not None:
        rows = rows.filter(created_at__gte=since)
    if payout:
        rows = rows.filter(Q(payout__ref=payout) & ~Q(source_ref=payout))
    for row in rows.select_related("payout").order_by("created_at", "id").iterator(chunk_size=500):
        yield BalanceTransaction(
            ref=row.ref,
            kind=Movement(row.kind),
            amount_minor=row.amount_minor,
            fee_minor=row.fee_minor,
            net_minor=row.net_minor,
            currency=row.currency,
            source_ref=row.source_ref,
            payment_ref=row.payment_ref,
            created_at=row.created_at,
            available_at=row.available_at,
            payout_ref=row.payout.ref if row.payout else "",
        )
