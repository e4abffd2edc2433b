"""Idempotency as real processors have it: a key acts once, and a repeat gets the first answer."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Generic, TypeVar

from django.db import transaction
from django.db.models import Model, QuerySet

from billing.models import SimulatedPayment, SimulatedRequest
from billing.payments.processors.protocol import KEYS_KEPT, IdempotencyConflictError
from billing.payments.processors.simulated import clock

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind(Generic[Row]):
    """A kind of object, with the fields of its answers: a repeat returns them as they were."""

    rows: Callable[[], QuerySet[Row]]
    answered: tuple[str, ...]

    def asked_with(self, key: str) -> QuerySet[Row]:
        """Returns what was made with that key; a payment knows its own requests."""
        subjects = SimulatedRequest.objects.filter(key=key).exclude(subject="")
        return self.rows().filter(ref__in=subjects.values("subject"))


_KEPT: Final = timedelta(hours=24)
PAYMENTS: Kind[SimulatedPayment] = Kind(
    rows=SimulatedPayment.objects.all, answered=("state", "captured_minor", "refunded_minor", "decline_code")
)


def run_once(
    key: str, parameters: dict[str, Any], act: Callable[[], Row], *, kind: Kind[Row], operation: str
) -> tuple[Row, bool]:
    """Acts and stores the key in one transaction; returns True with the row if this was the first time.

    Raises IdempotencyConflictError if the key was used before with other parameters.
    """
    full_parameters = parameters | {"operation": operation}
    with transaction.atomic():
        _lock(key)
        request = SimulatedRequest.objects.filter(key=key).first()
        if request is None or clock.now() - request.created_at > _KEPT:
            row = act()
            answer = {name: getattr(row, name) for name in kind.answered}
            subject_fields = {"payment": row} if isinstance(row, SimulatedPayment) else {"subject": row.ref}  # type: ignore[attr-defined]
            facts = {"parameters": full_parameters, "answer": answer, "created_at": clock.now(), **subject_fields}
            SimulatedRequest.objects.update_or_create(key=key, defaults=facts)
            return row, True
    if request.parameters != full_parameters:
        raise IdempotencyConflictError(f"The key {key} was used with other parameters.")
    row = kind.rows().get(**({"pk": request.payment_id} if request.payment_id else {"ref": request.subject}))
    for name in kind.answered:
        setattr(row, name, request.answer[name])
    return row, False


def find_repeated_payment(key: str, first_asked_at: datetime | None) -> SimulatedPayment | None:
    """Returns the payment that the key acted on, if the first request may be older than the stored keys."""
    if first_asked_at is None or clock.now() - first_asked_at <= KEYS_KEPT:
        return None
    request = SimulatedRequest.objects.filter(key=key).select_related("payment").first()
    return request.payment if request else None


def _lock(key: str) -> None:
    number = int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest(), "big", signed=True)
    with transaction.get_connection().cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])
