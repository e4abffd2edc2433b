"""One charge or hold on a card for a row of ours, from the request to its final state.

The row is committed before the processor is called. The idempotency key is derived from the row, so that a retry
charges once, even after a crash. The answer is written by conditional updates. The rows of a session's holds and
charges, a plan's periods and its changes are described by `CardCharge`. Nothing here may be called inside a database
transaction.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar, assert_never
from uuid import UUID

from billing.models import Hold, PlanChange, SubscriptionPeriod
from billing.payments import processors
from billing.payments.processors.protocol import (
    Authorization,
    NotPossibleError,
    OutcomeUnknownError,
    Payment,
    PaymentState,
    Processor,
)
from billing.sentences.payments import PaymentCode
from chargers.sentences import stored
from chargers.sentences.stored import Sentences

logger = logging.getLogger(__name__)
R = TypeVar("R", Hold, SubscriptionPeriod, PlanChange)
R_contra = TypeVar("R_contra", contravariant=True)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why nothing was taken, for the payer.

    `code` is the processor's; `payment` is its final state, if one was made.
    """

    why: Sentences
    code: str = ""
    payment: Payment | None = None


class Answered(Protocol[R_contra]):
    """Writes the effects of the processor's answer. A repeat changes nothing."""

    def __call__(self, row: R_contra, payment: Payment, /, *, now: datetime) -> None: ...


class Refused(Protocol[R_contra]):
    """Writes the effects of a refusal. A repeat changes nothing."""

    def __call__(self, row: R_contra, refusal: Refusal, /, *, now: datetime) -> None: ...


class Checked(Protocol[R_contra]):
    """Notes that the processor was asked for a payment's state; None: the processor does not know it."""

    def __call__(self, row: R_contra, payment: Payment | None, /, *, now: datetime) -> None: ...


class Unanswered(Protocol[R_contra]):
    """Notes that the outcome is unknown."""

    def __call__(self, row: R_contra, /, *, now: datetime) -> None: ...


class Operation(Protocol):
    """The operation at the processor: `charge` or `authorize`."""

    def __call__(self, authorization: Authorization, /, *, key: str, first_asked_at: datetime | None) -> Payment: ...


def _charge(_row: object, processor: Processor) -> Operation:
    return processor.charge


def _is_always_checked(_row: object) -> bool:
    return True


def _not_taken(row: object, payment: Payment, /, *, now: datetime) -> None:
    logger.error("%s was held instead of charged, as %s, at %s", row, payment.ref, now)


def _leave_unchanged(row: object, _payment: Payment | None = None, /, *, now: datetime) -> None:
    """Leaves the row unchanged, so that it is retried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardCharge(Generic[R]):
    """How rows of one kind are charged. `load` reads a row with everything that the other functions need."""

    load: Callable[[UUID], R]
    key: Callable[[R], str]
    taken: Answered[R]
    confirming: Answered[R]
    refused: Refused[R]
    held: Answered[R] = _not_taken
    unanswered: Unanswered[R] = _leave_unchanged
    checked: Checked[R] = _leave_unchanged
    operation: Callable[[R, Processor], Operation] = _charge
    is_checked: Callable[[R], bool] = _is_always_checked
    """Whether to ask the processor for the state of a payment.

    A row that is not in progress may be charged anew instead.
    """

    def ask(self, row: R, authorization: Authorization, *, now: datetime, first_asked_at: datetime | None = None) -> R:
        """Requests the money, or the outcome again. `first_asked_at`: when it may first have been requested."""
        operation = self.operation(row, processors.processor(row.processor))
        try:
            payment = operation(authorization, key=self.key(row), first_asked_at=first_asked_at)
        except OutcomeUnknownError:
            self.unanswered(row, now=now)
        except NotPossibleError as exc:
            self.refused(row, Refusal(stored.free(str(exc))), now=now)
        else:
            self.apply(row, payment, now=now)
        return self.load(row.pk)

    def learn(self, pk: UUID, *, now: datetime) -> R:
        """Reads the payment's state from the processor: after a doubt, a webhook, or the bank's page.

        Raises OutcomeUnknownError.
        """
        row = self.load(pk)
        if not self.is_checked(row):
            return row
        payment = processors.processor(row.processor).look_up(ref=row.processor_ref, key=self.key(row))
        if payment is not None:
            self.apply(row, payment, now=now)
        self.checked(row, payment, now=now)
        return self.load(pk)

    def check(self, pk: UUID, *, now: datetime) -> R:
        """Returns the row with the payment's current state, or as it was if the processor does not answer."""
        try:
            return self.learn(pk, now=now)
        except OutcomeUnknownError:
            return self.load(pk)

    def apply(self, row: R, payment: Payment, *, now: datetime) -> None:
        """Writes the processor's state; events may come in any order."""
        match payment.state:
            case PaymentState.CAPTURED:
                self.taken(row, payment, now=now)
            case PaymentState.NEEDS_AUTHENTICATION:
                self.confirming(row, payment, now=now)
            case PaymentState.AUTHORISED:
                self.held(row, payment, now=now)
            case PaymentState.DECLINED | PaymentState.CANCELLED | PaymentState.EXPIRED:
                why = payment.why or stored.build_sentence(PaymentCode.DECLINED)
                self.refused(row, Refusal(why, payment.decline or "", payment), now=now)
            case _:
                assert_never(payment.state)
