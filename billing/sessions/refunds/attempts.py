"""The parts of a session's refund, each sent separately, and their effects on the whole refund.

The credit note of the whole refund is issued with the first part that has gone, together with the postings.
"""

from collections.abc import Collection
from datetime import datetime
from operator import attrgetter
from typing import Final
from uuid import UUID

from django.db.models import F

from billing.models import Hold, Refund, RefundPart
from billing.payments.books import postings
from billing.sessions.charges.refund_attempts import GONE, RefundAttempts
from billing.sessions.documents import receipts
from billing.sessions.refunds import complaint_answers

State = RefundPart.State


def lock_refund(refund_id: UUID) -> Refund:
    """Returns the refund, locked, with all rows of its credit note. Call it in a transaction."""
    # Two statements: a single one that waited for the lock would join old rows, without a credit note made meanwhile.
    Refund.objects.select_for_update().get(pk=refund_id)
    rows = Refund.objects.select_related("receipt__rating", "receipt__session__property", "host", "credit_note")
    return rows.get(pk=refund_id)


def apply_part_outcomes(refund: Refund, *, now: datetime) -> Refund:
    """Writes the effects of the parts: the state, the credit note, the postings. Call it with the refund locked."""
    parts = list(refund.parts.select_related("hold"))
    refund.state = state_of({State(part.state) for part in parts})
    refund.finished_at = None if refund.state in {Refund.State.SENDING, Refund.State.CHECKING} else now
    if refund.credit_note is None and any(part.state in GONE for part in parts):
        refund.credit_note = receipts.credit(refund, parts=parts, now=now)
        postings.post_refund(refund, now=now)
    refund.save(update_fields=["state", "finished_at", "credit_note"])
    complaint_answers.update_for_refund(refund, now=now)
    for part in parts:
        if part.state == State.DONE and part.hold is not None:
            postings.part_refunded(part, refund, now=now)
    return refund


def state_of(parts: Collection[RefundPart.State]) -> Refund.State:
    """Returns the state of the whole refund from those of its parts."""
    if State.CHECKING in parts:
        return Refund.State.CHECKING
    if State.SENDING in parts:
        return Refund.State.SENDING
    if State.REFUSED not in parts:
        return Refund.State.DONE
    return Refund.State.PARTLY if GONE & set(parts) else Refund.State.REFUSED


def _part(part_id: UUID) -> RefundPart:
    return RefundPart.objects.select_related("hold", "refund").get(pk=part_id)


def _handle_part_outcome(part: RefundPart, *, now: datetime) -> None:
    """Frees what was refused for another refund, and writes the effects of the part's state."""
    if part.state == State.REFUSED and part.hold_id is not None:
        Hold.objects.filter(pk=part.hold_id).update(refunded_minor=F("refunded_minor") - part.amount_minor)
    apply_part_outcomes(lock_refund(part.refund_id), now=now)


def _key(part: RefundPart) -> str:
    return f"refund:{part.pk}:refund:{part.generation}"


PARTS: Final = RefundAttempts(
    rows=RefundPart,
    load=_part,
    payment=attrgetter("hold"),
    key=_key,
    first_asked_at=attrgetter("refund.created_at"),
    follow=_handle_part_outcome,
)
