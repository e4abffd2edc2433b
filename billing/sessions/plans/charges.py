"""What charges of a plan's period and of a change have in common, in addition to `payments.card_charges`.

The row is `charging` while an answer is awaited and `confirming` while the cardholder's bank asks.
"""

from datetime import datetime, timedelta
from typing import Final, TypeVar
from uuid import UUID

from billing.models import PlanChange, SubscriptionPeriod
from billing.payments import processors
from billing.payments.processors.protocol import NotPossibleError, OutcomeUnknownError, Payment
from billing.sentences.payments import PaymentCode
from billing.sessions.charges.card_charges import CardCharge, Refusal
from chargers.sentences import stored

R = TypeVar("R", SubscriptionPeriod, PlanChange)

LEASE: Final = timedelta(minutes=2)
"""How long a row is left to the worker that is charging it."""
_CONFIRM_WITHIN: Final = timedelta(minutes=30)
_CHARGING, _CONFIRMING = "charging", "confirming"


def is_confirming(row: SubscriptionPeriod | PlanChange) -> bool:
    return row.state == _CONFIRMING


def confirm(row: SubscriptionPeriod | PlanChange, payment: Payment, /, *, now: datetime) -> None:
    """Waits for the cardholder's answer to their bank, at most half an hour."""
    type(row)._default_manager.filter(pk=row.pk, state=_CHARGING).update(
        state=_CONFIRMING,
        processor_ref=payment.ref,
        due_at=now + _CONFIRM_WITHIN,
        next_action_url=payment.authentication_url[:500],
    )


def call_back(charge: CardCharge[R], pk: UUID, *, now: datetime) -> None:
    """Cancels a payment whose confirmation timed out, so that it cannot be confirmed later."""
    row = charge.check(pk, now=now)
    if not is_confirming(row):
        return
    try:
        processors.processor(row.processor).cancel(row.processor_ref, key=f"{charge.key(row)}:cancel")
    except (NotPossibleError, OutcomeUnknownError):
        return  # confirmed at this moment, or unknown: the next round checks again
    charge.refused(row, Refusal(stored.build_sentence(PaymentCode.NOT_CONFIRMED_IN_TIME)), now=now)
