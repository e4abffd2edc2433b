"""Our books beside the processor's: every movement of our balance there is explained, or somebody looks at it.

Movements are read again for some days back and written once by their id, so that what came late is found. The
processor's word on its fee counts: a difference is a correcting entry. What nothing of ours explains waits for a
person, who says whose it is; it then stands in suspense in that host's books.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from billing import bookkeeping, disputes, processors, refund_parts
from billing.models import Dispute, Hold, ProcessorTransaction, RefundPart
from billing.processors.protocol import BalanceTransaction, Movement
from billing.rating import money
from chargers.models import Host

logger = logging.getLogger(__name__)
Match = ProcessorTransaction.Match
READ_AGAIN: Final = timedelta(days=3)
FIRST_READ: Final = timedelta(days=30)
MISSING_AFTER: Final = timedelta(days=2)
_OPEN: Final = (Match.WAITING, Match.UNKNOWN)


class AnsweredError(Exception):
    """Somebody explained it before; the message says so in one sentence."""


def pull(*, now: datetime, processor: str = "") -> int:
    """Reads the movements of our balance and explains what it can. Raises OutcomeUnknownError."""
    name = processor or processors.default()
    newest = ProcessorTransaction.objects.filter(processor=name).order_by("-made_at").first()
    since = newest.made_at - READ_AGAIN if newest else now - FIRST_READ
    told = list(processors.processor(name).list_balance_transactions(since=since))
    for one in told:
        _keep(one, processor=name, now=now)
    unexplained = ProcessorTransaction.objects.filter(processor=name, match__in=_OPEN)
    for row in unexplained.filter(kind=Movement.DISPUTE):  # a webhook may be lost
        disputes.learn(row.source_ref, processor=name, now=now)
    for row in unexplained.order_by("made_at", "id"):
        _explain(row, now=now)
    return len(told)


def missing(*, now: datetime) -> QuerySet[Hold]:
    """Payments that we know as taken for two days, and the processor's list does not."""
    listed = ProcessorTransaction.objects.filter(
        processor=OuterRef("processor"), payment_ref=OuterRef("processor_ref"), kind=Movement.PAYMENT
    )
    first = ProcessorTransaction.objects.order_by("made_at").first()
    since = first.made_at if first else now
    taken = Hold.objects.filter(state=Hold.State.CAPTURED, finished_at__gte=since)
    return taken.filter(~Exists(listed), finished_at__lt=now - MISSING_AFTER).order_by("created_at")


def answer(transaction_id: int, *, host: Host, reason: str, by: str, now: datetime) -> ProcessorTransaction:
    """A person says whose it is and why. Raises AnsweredError.

    The caller records who it was in the same transaction.
    """
    with transaction.atomic():
        row = ProcessorTransaction.objects.select_for_update(of=("self",)).get(pk=transaction_id)
        if row.match != Match.UNKNOWN:
            raise AnsweredError(f"This movement is explained already: {row.finding}")
        row.match, row.host, row.finding, row.answered_by = Match.ANSWERED, host, reason[:400], by[:150]
        row.save()
        bookkeeping.put_in_suspense(row, host, now=now)
        return row


def _keep(told: BalanceTransaction, *, processor: str, now: datetime) -> None:
    facts: dict[str, Any] = {
        "kind": told.kind,
        "amount_minor": told.amount_minor,
        "fee_minor": told.fee_minor,
        "net_minor": told.net_minor,
        "currency": told.currency,
        "source_ref": told.source_ref,
        "payment_ref": told.payment_ref,
        "made_at": told.created_at,
        "available_at": told.available_at,
    }
    if told.payout_ref:
        facts["payout_ref"] = told.payout_ref
    ProcessorTransaction.objects.update_or_create(processor=processor, ref=told.ref, defaults=facts | {"seen_at": now})


def _explain(row: ProcessorTransaction, *, now: datetime) -> None:
    explained = _BY_KIND.get(Movement(row.kind), _unheard_of)
    with transaction.atomic():
        match, finding, host = explained(row, now=now)
        row.match, row.finding, row.host = match, finding[:400], host
        row.save(update_fields=["match", "finding", "host", "refund_part"])
    if match == Match.UNKNOWN:
        logger.warning("Movement %s of %s is not explained: %s", row.ref, row.processor, finding)


_Finding = tuple[str, str, Host | None]


def _payment(row: ProcessorTransaction, *, now: datetime) -> _Finding:
    hold = _hold_of(row)
    if hold is None:
        return Match.UNKNOWN, "Money came in for no payment of ours.", None
    if hold.state != Hold.State.CAPTURED:
        return Match.WAITING, "The processor took a payment that we do not know as taken yet.", hold.session.host
    if hold.captured_minor != row.amount_minor:
        ours = money.text(hold.captured_minor, currency=hold.currency)
        return Match.UNKNOWN, f"We know of {ours} that were taken with this payment.", hold.session.host
    if hold.fee_minor is None:
        Hold.objects.filter(pk=hold.pk).update(fee_minor=row.fee_minor)
        hold.fee_minor = row.fee_minor
        bookkeeping.fee_kept(hold, now=now)
    elif hold.fee_minor != row.fee_minor:
        bookkeeping.fee_corrected(row, hold, now=now)
    return Match.EXPLAINED, f"The payment of session {hold.session_id}.", hold.session.host


def _refund(row: ProcessorTransaction, *, now: datetime) -> _Finding:
    """Each part explains one movement: another of the same amount is none of ours."""
    found = RefundPart.objects.filter(
        Q(movement=None) | Q(movement=row),
        hold__processor=row.processor,
        hold__processor_ref=row.payment_ref,
        amount_minor=-row.amount_minor,
    )
    possible = found.filter(state__in=(RefundPart.State.DONE, *refund_parts.ON_ITS_WAY))
    part = possible.select_related("refund__host", "refund__credit_note").order_by("finished_at", "id").first()
    if part is None:
        return Match.UNKNOWN, "Money went back to a card, and nobody here asked for it.", None
    if part.state != RefundPart.State.DONE:
        return Match.WAITING, "A refund that we do not know as done yet.", part.refund.host
    row.refund_part = part
    return Match.EXPLAINED, f"Credit note {part.refund.credit_note}.", part.refund.host


def _dispute(row: ProcessorTransaction, *, now: datetime) -> _Finding:
    """The dispute was asked about before."""
    found = Dispute.objects.filter(processor=row.processor).filter(
        Q(processor_ref=row.source_ref) | Q(hold__processor_ref=row.payment_ref)
    )
    dispute = found.select_related("host").first()
    if dispute is None:
        return Match.UNKNOWN, "A dispute of no payment of ours.", None
    return Match.EXPLAINED, f"The dispute of {dispute.opened_at:%Y-%m-%d}.", dispute.host


def _moved(_row: ProcessorTransaction, *, now: datetime) -> _Finding:
    return Match.WAITING, "Moved to a bank or to a host's account: it is compared with the payouts.", None


def _unheard_of(_row: ProcessorTransaction, *, now: datetime) -> _Finding:
    return Match.UNKNOWN, "The processor charged or paid something that belongs to no payment.", None


_BY_KIND: Final[dict[Movement, Callable[..., _Finding]]] = {
    Movement.PAYMENT: _payment,
    Movement.REFUND: _refund,
    Movement.DISPUTE: _dispute,
    Movement.DISPUTE_BACK: _dispute,
    Movement.TRANSFER: _moved,
    Movement.TRANSFER_BACK: _moved,
    Movement.PAYOUT: _moved,
    Movement.PAYOUT_BACK: _moved,
}


def _hold_of(row: ProcessorTransaction) -> Hold | None:
    rows = Hold.objects.select_related("session__host")
    return rows.filter(processor=row.processor, processor_ref=row.payment_ref).exclude(processor_ref="").first()
