"""One charge of a card for a row of ours, a plan's period or the difference of a change: from asking to its end.

The row is `charging` while an answer is awaited and `confirming` while the cardholder's bank asks. The key is made of
it, so that whoever asks again, also after a killed worker, charges once. Nothing here may be called inside a database
transaction, because it asks the card processor.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Generic, Protocol, TypeVar
from uuid import UUID

from billing import processors
from billing.models import PlanChange, SubscriptionPeriod
from billing.processors.protocol import Authorization, NotPossibleError, OutcomeUnknownError, Payment, PaymentState
from billing.sentences.payments import PaymentCode
from chargers.sentences import stored
from chargers.sentences.stored import Sentences

logger = logging.getLogger(__name__)
R = TypeVar("R", SubscriptionPeriod, PlanChange)
R_contra = TypeVar("R_contra", contravariant=True)

LEASE: Final = timedelta(minutes=2)
"""So long nobody else asks for a row that somebody is asking for."""
_CONFIRM_WITHIN: Final = timedelta(minutes=30)
_CHARGING, _CONFIRMING = "charging", "confirming"


class Taken(Protocol[R_contra]):
    """Writes what follows from the money: once, whoever comes second."""

    def __call__(self, row: R_contra, payment: Payment, /, *, now: datetime) -> None: ...


class Refused(Protocol[R_contra]):
    """Writes what follows from a refusal, once. `code` is the processor's."""

    def __call__(self, row: R_contra, /, *, code: str, why: Sentences, now: datetime) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CardCharge(Generic[R]):
    """How rows of one kind are charged. `load` reads a row with all that the others want of it."""

    rows: type[R]
    load: Callable[[UUID], R]
    key: Callable[[R], str]
    wanted: Callable[[R], Authorization]
    first_asked_at: Callable[[R], datetime]
    """The earliest moment at which it can have been asked."""
    taken: Taken[R]
    refused: Refused[R]

    def ask(self, row: R, *, now: datetime) -> R:
        """Charges, or asks again what came of it. Without an answer it is still being charged: ask again later."""
        try:
            payment = processors.processor(row.processor).charge(
                self.wanted(row), key=self.key(row), first_asked_at=self.first_asked_at(row)
            )
        except OutcomeUnknownError:
            return row
        except NotPossibleError as exc:
            self.refused(row, code="", why=stored.free(str(exc)), now=now)
        else:
            self._apply(row, payment, now=now)
        return self.load(row.pk)

    def learn(self, pk: UUID, *, now: datetime) -> R:
        """Asks the processor how a payment stands that the bank has asked about. Raises OutcomeUnknownError."""
        row = self.load(pk)
        if row.state != _CONFIRMING:
            return row
        payment = processors.processor(row.processor).look_up(ref=row.processor_ref, key=self.key(row))
        if payment is not None:
            self._apply(row, payment, now=now)
        return self.load(pk)

    def check(self, pk: UUID, *, now: datetime) -> R:
        """How the payment stands, after the bank's page; as it stood where the processor is silent."""
        try:
            return self.learn(pk, now=now)
        except OutcomeUnknownError:
            return self.load(pk)

    def call_back(self, pk: UUID, *, now: datetime) -> None:
        """The bank's question was not answered in time: nobody is to confirm the payment later."""
        row = self.check(pk, now=now)
        if row.state != _CONFIRMING:
            return
        try:
            processors.processor(row.processor).cancel(row.processor_ref, key=f"{self.key(row)}:cancel")
        except (NotPossibleError, OutcomeUnknownError):
            return  # confirmed at this very moment, or not known: the next round looks again
        self.refused(row, code="", why=stored.one(PaymentCode.NOT_CONFIRMED_IN_TIME), now=now)

    def _apply(self, row: R, payment: Payment, *, now: datetime) -> None:
        match payment.state:
            case PaymentState.CAPTURED:
                self.taken(row, payment, now=now)
            case PaymentState.NEEDS_AUTHENTICATION:
                self.rows.objects.filter(pk=row.pk, state=_CHARGING).update(
                    state=_CONFIRMING, processor_ref=payment.ref, due_at=now + _CONFIRM_WITHIN,
                    next_action_url=payment.authentication_url[:500],
                )  # fmt: skip
            case PaymentState.DECLINED | PaymentState.CANCELLED | PaymentState.EXPIRED:
                why = payment.why or stored.one(PaymentCode.DECLINED)
                self.refused(row, code=payment.decline or "", why=why, now=now)
            case PaymentState.AUTHORISED:
                logger.error("%s %s was held instead of charged", self.rows.__name__, row.pk)
