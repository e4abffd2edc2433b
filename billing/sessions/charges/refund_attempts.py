"""Attempts at refunds to a card: each attempt is requested from the processor once, even across crashes.

The row is committed before the request, the idempotency key is derived from the row and its attempt, and the answer is
written by a conditional update together with all its effects. If a worker is killed, its request is repeated with the
same key. The rows of refunds of sessions and of plans are described by `RefundAttempts`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Generic, Protocol, TypeVar

from django.db import transaction
from django.db.models import F, QuerySet

from billing.models import AttemptedRefund, Hold, PeriodRefund, RefundPart, SubscriptionPeriod
from billing.payments import processors
from billing.payments.processors.protocol import NotPossibleError, OutcomeUnknownError
from chargers.lib import batch

State = AttemptedRefund.State
ON_ITS_WAY: Final = (State.SENDING, State.CHECKING)
GONE: Final = frozenset((State.DONE, State.OTHERWISE))
SAY_HOW: Final = "Say how it was given back: the driver reads it, and the audit trail keeps it."
_AGAIN_AFTER: Final = timedelta(seconds=10)
R = TypeVar("R", RefundPart, PeriodRefund)
R_contra = TypeVar("R_contra", contravariant=True)


class AttemptObserver(Protocol[R_contra]):
    """Writes the effects of a new state, once, in its transaction. Locks the refund that the row is a part of."""

    def __call__(self, row: R_contra, /, *, now: datetime) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundAttempts(Generic[R]):
    """How rows of one kind are refunded. `load` reads a row with everything that the other functions need."""

    rows: type[R]
    load: Callable[[Any], R]
    payment: Callable[[R], Hold | SubscriptionPeriod | None]
    """The payment that is refunded; None: the refund goes to no card, and no processor is called."""
    key: Callable[[R], str]
    first_asked_at: Callable[[R], datetime]
    """The earliest moment at which the refund may have been requested."""
    follow: AttemptObserver[R]

    def send(self, pk: Any, *, now: datetime) -> R:
        """Requests the refund unless the row is final, and returns the row with its outcome. Not in a transaction."""
        row = self.load(pk)
        if row.state not in ON_ITS_WAY:
            return row
        self._attempt(row).update(sent_at=now)
        try:
            self._ask(row)
        except OutcomeUnknownError:
            self._write(row, from_states=(State.SENDING,), state=State.CHECKING, now=now)
        except NotPossibleError as exc:
            self._write(row, from_states=ON_ITS_WAY, state=State.REFUSED, failure=str(exc), now=now)
        else:
            self._write(row, from_states=ON_ITS_WAY, state=State.DONE, now=now)
        return self.load(pk)

    def send_due(self, *, now: datetime) -> int:
        """Repeats pending requests. The idempotency key makes a second request harmless."""
        due = self.rows.objects.filter(state__in=ON_ITS_WAY).exclude(sent_at__gt=now - _AGAIN_AFTER)
        return batch.run_for_rows(due, lambda pk: self.send(pk, now=now), failure="could not be sent")

    def _ask(self, row: R) -> None:
        """Requests the refund. The same key gives the same answer and has one effect."""
        payment = self.payment(row)
        if payment is not None:
            processors.processor(payment.processor).refund(
                payment.processor_ref,
                amount_minor=row.amount_minor,
                key=self.key(row),
                first_asked_at=self.first_asked_at(row),
            )

    def _write(self, row: R, *, from_states: tuple[State, ...], state: State, now: datetime, failure: str = "") -> None:
        """Writes the new state once: the second of two workers finds that the row has changed."""
        matching_rows = self._attempt(row).filter(state__in=from_states)
        with transaction.atomic():
            if matching_rows.update(
                state=state, failure=failure[:255], finished_at=None if state in ON_ITS_WAY else now
            ):
                self.follow(self.load(row.pk), now=now)

    def _attempt(self, row: R) -> QuerySet[R]:
        return self.rows.objects.filter(pk=row.pk, generation=row.generation)


def send_again(refused: QuerySet[R]) -> int:
    """Queues refused refunds again with a new key; call `send` next. Returns their number."""
    reset_fields = {"state": State.SENDING, "failure": "", "sent_at": None, "finished_at": None}
    return refused.filter(state=State.REFUSED).update(**reset_fields, generation=F("generation") + 1)


def give_otherwise(refused: QuerySet[R], *, note: str, by: str, now: datetime) -> int:
    """Records that a person gave refused refunds back by other means. Returns their number."""
    answer_fields = {"note": note.strip()[:400], "answered_by": by[:150], "finished_at": now}
    return refused.filter(state=State.REFUSED).update(state=State.OTHERWISE, **answer_fields)
