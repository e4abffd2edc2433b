"""What a session cost and no card covered: owed until the guest pays it, a refund reduces it, or a person writes it
off.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from billing.models import Hold, Receivable, Session
from billing.payments.books import postings
from chargers.sentences.stored import Sentences

State = Receivable.State


class NotOpenError(Exception):
    """The debt was already paid or written off; the message is a sentence that tells which."""


def open_for(session: Session, *, amount_minor: int, currency: str, why: Sentences, now: datetime) -> Receivable:
    """Opens a debt of the session.

    Call it in the transaction that settles the session. The receipt has already posted it.
    """
    return Receivable.objects.create(
        session=session,
        host_id=session.host_id,
        amount_minor=amount_minor,
        currency=currency,
        reason_sentences=why,
        created_at=now,
    )


def add(
    session: Session, owed: Receivable | None, *, amount_minor: int, currency: str, why: Sentences, now: datetime
) -> Receivable:
    """Adds an amount to the session's open debt, which the caller has locked, or opens a new one."""
    if owed is None:
        return open_for(session, amount_minor=amount_minor, currency=currency, why=why, now=now)
    owed.amount_minor += amount_minor
    owed.save(update_fields=["amount_minor"])
    return owed


def mark_paid(payment: Hold, *, now: datetime) -> None:
    """Marks the debt as paid by this charge. Call it in the transaction that learns of the charge."""
    owed = Receivable.objects.filter(session=payment.session_id, state=State.OPEN)
    owed.filter(amount_minor__lte=payment.captured_minor + F("reduced_minor")).update(state=State.PAID, closed_at=now)


def reduce(owed: Receivable, *, amount_minor: int, now: datetime) -> None:
    """Reduces the debt by a refund, and closes it when nothing is left. Call it in the transaction that locked the row.

    The credit note posts it to the books; no money moves.
    """
    owed.reduced_minor += amount_minor
    if not owed.left_minor:
        owed.state, owed.closed_at = State.REDUCED, now
    owed.save(update_fields=["reduced_minor", "state", "closed_at"])


def give_up(receivable_id: int, *, reason: str, by: str, now: datetime) -> Receivable:
    """Writes the amount off; the host bears it. Raises NotOpenError.

    The caller records the actor in the same transaction.
    """
    with transaction.atomic():
        rows = Receivable.objects.select_for_update(of=("self",)).select_related("host", "session")
        receivable = rows.get(pk=receivable_id)
        afterwards = Hold.objects.filter(session=receivable.session_id, role__in=Hold.AFTERWARDS)
        on_its_way = afterwards.filter(state__in=Hold.UNDECIDED)
        if receivable.state != State.OPEN:
            raise NotOpenError(f"This is not open any more: {receivable.get_state_display().lower()}.")
        if on_its_way.exists():
            raise NotOpenError("Its payment is under way: wait until the processor has answered.")
        receivable.state, receivable.closed_at = State.GIVEN_UP, now
        receivable.answer, receivable.answered_by = reason[:400], by[:150]
        receivable.save()
        postings.given_up(receivable, now=now)
        return receivable
