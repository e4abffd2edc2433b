"""The parts of a refund, each brought to its end by itself: the processor is asked once for each, whatever happens.

A part's row is committed before the processor is asked, the key is made of it, and the answer is written by a
conditional update, together with the credit note of the whole refund (with the first part that has gone) and the
entries in the books. Whoever is killed in between is resumed with the same key.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import F

from billing import processors
from billing.books import postings
from billing.documents import receipts
from billing.models import Hold, Refund, RefundPart
from billing.processors.protocol import NotPossibleError, OutcomeUnknownError
from billing.refunds import complaint_answers

State = RefundPart.State
ON_ITS_WAY: Final = (State.SENDING, State.CHECKING)
_GONE: Final = frozenset((State.DONE, State.OTHERWISE))


def send(part_id: UUID, *, now: datetime) -> None:
    """Asks the processor, unless the part has ended or goes to no card. Not in a transaction."""
    part = RefundPart.objects.select_related("hold", "refund").get(pk=part_id)
    if part.state not in ON_ITS_WAY:
        return
    RefundPart.objects.filter(pk=part.pk).update(sent_at=now)
    try:
        if part.hold is not None:
            _ask(part, part.hold)
    except OutcomeUnknownError:
        _end(part, of=(State.SENDING,), state=State.CHECKING, failure="", now=now)
    except NotPossibleError as exc:
        _end(part, of=ON_ITS_WAY, state=State.REFUSED, failure=str(exc), now=now)
    else:
        _end(part, of=ON_ITS_WAY, state=State.DONE, failure="", now=now)


def locked(refund_id: UUID) -> Refund:
    """The refund with all that its credit note tells. Call it in a transaction."""
    rows = Refund.objects.select_for_update(of=("self",))
    return rows.select_related("receipt__rating", "receipt__session__property", "host", "credit_note").get(pk=refund_id)


def settled(refund: Refund, *, now: datetime) -> Refund:
    """Writes what follows from the parts: the state, the credit note, the books. Call it with the refund locked."""
    parts = list(refund.parts.select_related("hold"))
    refund.state = state_of({State(part.state) for part in parts})
    refund.finished_at = None if refund.state in {Refund.State.SENDING, Refund.State.CHECKING} else now
    if refund.credit_note is None and any(part.state in _GONE for part in parts):
        refund.credit_note = receipts.credit(refund, parts=parts, now=now)
        postings.refunded(refund, now=now)
    refund.save(update_fields=["state", "finished_at", "credit_note"])
    complaint_answers.follow(refund, now=now)
    for part in parts:
        if part.state == State.DONE and part.hold is not None:
            postings.part_refunded(part, refund, now=now)
    return refund


def state_of(parts: Collection[RefundPart.State]) -> Refund.State:
    """The state of the whole, from those of its parts."""
    if State.CHECKING in parts:
        return Refund.State.CHECKING
    if State.SENDING in parts:
        return Refund.State.SENDING
    if State.REFUSED not in parts:
        return Refund.State.DONE
    return Refund.State.PARTLY if _GONE & set(parts) else Refund.State.REFUSED


def _ask(part: RefundPart, hold: Hold) -> None:
    """The same key gives the same answer and one effect."""
    key = f"refund:{part.pk}:refund:{part.generation}"
    processors.processor(hold.processor).refund(
        hold.processor_ref, amount_minor=part.amount_minor, key=key, first_asked_at=part.refund.created_at
    )


def _end(part: RefundPart, *, of: tuple[State, ...], state: State, failure: str, now: datetime) -> None:
    """Once: whoever comes second finds the part moved on. What was refused is free again."""
    with transaction.atomic():
        refund = locked(part.refund_id)
        rows = RefundPart.objects.filter(pk=part.pk, generation=part.generation, state__in=of)
        finished_at = None if state in ON_ITS_WAY else now
        if not rows.update(state=state, failure=failure[:255], finished_at=finished_at):
            return
        if state == State.REFUSED and part.hold_id is not None:
            Hold.objects.filter(pk=part.hold_id).update(refunded_minor=F("refunded_minor") - part.amount_minor)
        settled(refund, now=now)
