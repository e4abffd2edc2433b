"""Reconciliation of our books with the processor's: every movement of our balance there is explained, by a rule or a
person.

Movements of the last days are read again and stored once by their id, so that late ones are found. The fee is the one
that the processor reports: a difference is posted as a correction. A movement without a match waits in suspense for a
person, who books it to a host.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Exists, Min, OuterRef, Q, QuerySet

from billing.engine.values import money
from billing.models import (
    Dispute,
    Hold,
    Payout,
    PeriodRefund,
    PlanChange,
    ProcessorTransaction,
    RefundPart,
    SubscriptionPeriod,
)
from billing.payments import processors
from billing.payments.books import postings
from billing.payments.processors.protocol import BalanceTransaction, Movement
from billing.sessions.charges import refund_attempts
from billing.sessions.processor_reports import disputes
from chargers.lib import batch
from chargers.models import Host

logger = logging.getLogger(__name__)
Match = ProcessorTransaction.Match
READ_AGAIN: Final = timedelta(days=3)
FIRST_READ: Final = timedelta(days=30)
MISSING_AFTER: Final = timedelta(days=2)
_OPEN: Final = (Match.WAITING, Match.UNKNOWN)
_AT_ONCE: Final = 1000
_FIELDS: Final = (
    "kind", "amount_minor", "fee_minor", "net_minor", "currency", "source_ref", "payment_ref", "made_at",
    "available_at", "seen_at",
)  # fmt: skip


class AnsweredError(Exception):
    """The movement was already explained; the message is a sentence."""


def pull(*, now: datetime, processor: str = "") -> int:
    """Reads the movements of our balance and explains those it can. Raises OutcomeUnknownError."""
    name = processor or processors.default()
    newest = ProcessorTransaction.objects.filter(processor=name).order_by("-made_at").first()
    since = newest.made_at - READ_AGAIN if newest else now - FIRST_READ
    listed_count = 0
    for some in batch.slices(processors.processor(name).list_balance_transactions(since=since), _AT_ONCE):
        _keep(some, processor=name, now=now)  # oldest first: after an interruption, reading starts there again
        listed_count += len(some)
    unexplained = ProcessorTransaction.objects.filter(processor=name, match__in=_OPEN)
    batch.each_of(  # a webhook may be lost
        unexplained.filter(kind=Movement.DISPUTE).iterator(_AT_ONCE),
        lambda row: disputes.sync_from_processor(row.source_ref, processor=name, now=now),
        noun="ProcessorTransaction",
        failure="could not be looked up as a dispute",
    )
    batch.run_for_rows(unexplained, lambda pk: _explain(pk, now=now), failure="could not be explained", limit=None)
    return listed_count


def missing(*, now: datetime) -> QuerySet[Hold]:
    """Returns payments of sessions that we recorded as taken over two days ago and the processor does not list."""
    unlisted_holds = Hold.objects.filter(
        ~Exists(_LISTED),
        state=Hold.State.CAPTURED,
        finished_at__gte=_listed_since(now),
        finished_at__lt=_missing_cutoff(now),
    )
    return unlisted_holds.order_by("created_at")


def missing_fees(*, now: datetime) -> QuerySet[SubscriptionPeriod]:
    """Returns plan fees that we recorded as taken over two days ago and the processor does not list."""
    paid = SubscriptionPeriod.objects.filter(
        ~Exists(_LISTED),
        state=SubscriptionPeriod.State.PAID,
        paid_at__gte=_listed_since(now),
        paid_at__lt=_missing_cutoff(now),
    )
    return paid.exclude(processor_ref="").order_by("paid_at")  # a change may have cost nothing


_LISTED: Final = ProcessorTransaction.objects.filter(
    processor=OuterRef("processor"), payment_ref=OuterRef("processor_ref"), kind=Movement.PAYMENT
)


def _listed_since(now: datetime) -> datetime:
    """Returns the time of the first movement that was read. Earlier payments are not expected in the list."""
    return ProcessorTransaction.objects.aggregate(first=Min("made_at"))["first"] or now


def _missing_cutoff(now: datetime) -> datetime:
    return now - MISSING_AFTER


def answer(transaction_id: int, *, host: Host, reason: str, by: str, now: datetime) -> ProcessorTransaction:
    """Records a person's explanation: the host and the reason. Raises AnsweredError.

    The caller records who it was in the same transaction.
    """
    with transaction.atomic():
        row = ProcessorTransaction.objects.select_for_update(of=("self",)).get(pk=transaction_id)
        if row.match != Match.UNKNOWN:
            raise AnsweredError(f"This movement is explained already: {row.finding}")
        row.match, row.host, row.finding, row.answered_by = Match.ANSWERED, host, reason[:400], by[:150]
        row.save()
        postings.put_in_suspense(row, host, now=now)
        return row


def _keep(movements: Sequence[BalanceTransaction], *, processor: str, now: datetime) -> None:
    """Stores each transaction once by its id; `payout_ref` comes only from the payout's own list, and stays."""
    rows = [
        ProcessorTransaction(
            processor=processor,
            ref=balance_transaction.ref,
            kind=balance_transaction.kind,
            amount_minor=balance_transaction.amount_minor,
            fee_minor=balance_transaction.fee_minor,
            net_minor=balance_transaction.net_minor,
            currency=balance_transaction.currency,
            source_ref=balance_transaction.source_ref,
            payment_ref=balance_transaction.payment_ref,
            payout_ref=balance_transaction.payout_ref,
            made_at=balance_transaction.created_at,
            available_at=balance_transaction.available_at,
            seen_at=now,
        )
        for balance_transaction in movements
    ]
    for names, some in (
        (_FIELDS, [row for row in rows if not row.payout_ref]),
        ((*_FIELDS, "payout_ref"), [row for row in rows if row.payout_ref]),
    ):
        ProcessorTransaction.objects.bulk_create(
            some, batch_size=_AT_ONCE, update_conflicts=True, unique_fields=["processor", "ref"], update_fields=names
        )


def _explain(transaction_id: int, *, now: datetime) -> None:
    with transaction.atomic():
        row = ProcessorTransaction.objects.select_for_update(of=("self",)).get(pk=transaction_id)
        if row.match not in _OPEN:
            return
        explained, before = _BY_KIND.get(Movement(row.kind), _unheard_of), (row.match, row.finding)
        match, finding, host = explained(row, now=now)
        row.match, row.finding, row.host = match, finding[:400], host
        row.save(update_fields=["match", "finding", "host", "refund_part", "period_refund"])
    if match == Match.UNKNOWN and before != (row.match, row.finding):  # logged once per finding
        logger.warning("Movement %s of %s is not explained: %s", row.ref, row.processor, finding)


_Finding = tuple[str, str, Host | None]


def _payment(row: ProcessorTransaction, *, now: datetime) -> _Finding:
    hold = _hold_of(row)
    if hold is None:
        return _plan_fee(row, now=now)
    if hold.state != Hold.State.CAPTURED:
        return Match.WAITING, "The processor took a payment that we do not know as taken yet.", hold.session.host
    if hold.captured_minor != row.amount_minor:
        known_amount = money.text(hold.captured_minor, currency=hold.currency)
        return Match.UNKNOWN, f"We know of {known_amount} that were taken with this payment.", hold.session.host
    if hold.fee_minor is None:
        Hold.objects.filter(pk=hold.pk).update(fee_minor=row.fee_minor)
        hold.fee_minor = row.fee_minor
        postings.fee_kept(hold, now=now)
    elif hold.fee_minor != row.fee_minor:
        session_id, fee_minor = hold.session_id, hold.fee_minor
        postings.fee_corrected(
            row, hold.session.host, last4=hold.last4, known_minor=fee_minor, now=now, session_id=session_id
        )
    return Match.EXPLAINED, f"The payment of session {hold.session_id}.", hold.session.host


def _plan_fee(row: ProcessorTransaction, *, now: datetime) -> _Finding:
    """Posts what the processor kept of a plan's fee, which only this movement reports."""
    period = _period_of(row)
    if period is None:
        return _plan_change(row)
    host = period.subscription.host
    if period.state != SubscriptionPeriod.State.PAID:
        return Match.WAITING, "The processor took a plan's fee that we do not know as taken yet.", host
    if period.taken_minor != row.amount_minor:
        known_amount = money.text(period.taken_minor, currency=period.currency)
        return Match.UNKNOWN, f"We know of {known_amount} that were taken for this plan's period.", host
    postings.fee_corrected(row, host, last4=period.last4, known_minor=0, now=now)
    return Match.EXPLAINED, f"{_name_of(period)}.", host


def _refund(row: ProcessorTransaction, *, now: datetime) -> _Finding:
    """Matches a part of a refund. Each part explains one movement: another of the same amount is not ours."""
    parts = RefundPart.objects.filter(
        Q(movement=None) | Q(movement=row),
        hold__processor=row.processor,
        hold__processor_ref=row.payment_ref,
        amount_minor=-row.amount_minor,
    )
    possible = parts.filter(state__in=(RefundPart.State.DONE, *refund_attempts.ON_ITS_WAY))
    part = possible.select_related("refund__host", "refund__credit_note").order_by("finished_at", "id").first()
    if part is None:
        return _plan_refund(row)
    if part.state != RefundPart.State.DONE:
        return Match.WAITING, "A refund that we do not know as done yet.", part.refund.host
    row.refund_part = part
    return Match.EXPLAINED, f"Credit note {part.refund.credit_note}.", part.refund.host


def _plan_change(row: ProcessorTransaction) -> _Finding:
    """Matches the payment of a change that is not carried out yet."""
    rows = PlanChange.objects.filter(processor=row.processor, processor_ref=row.payment_ref).exclude(processor_ref="")
    change = rows.select_related("subscription__host").first()
    if change is None:
        return Match.UNKNOWN, "Money came in for no payment of ours.", None
    return Match.WAITING, "The difference for another plan, which is not carried out yet.", change.subscription.host


def _plan_refund(row: ProcessorTransaction) -> _Finding:
    """Matches a refund after a plan ended early or was changed for a cheaper one. Each explains one movement."""
    refunds = PeriodRefund.objects.filter(
        Q(movement=None) | Q(movement=row),
        paid_for__processor=row.processor,
        paid_for__processor_ref=row.payment_ref,
        amount_minor=-row.amount_minor,
    )
    possible = refunds.filter(state__in=(PeriodRefund.State.DONE, *refund_attempts.ON_ITS_WAY))
    part = possible.select_related("period__subscription__host", "period__version__plan").order_by("id").first()
    if part is None:
        return Match.UNKNOWN, "Money went back to a card, and nobody here asked for it.", None
    host = part.period.subscription.host
    if part.state != PeriodRefund.State.DONE:
        return Match.WAITING, "A plan's refund that we do not know as done yet.", host
    row.period_refund = part
    return Match.EXPLAINED, f"Given back of the plan {part.period.version.plan}, period {part.period.number}.", host


def _dispute(row: ProcessorTransaction, *, now: datetime) -> _Finding:
    """Matches a dispute that was looked up before."""
    disputes = Dispute.objects.filter(processor=row.processor).filter(
        Q(processor_ref=row.source_ref) | Q(hold__processor_ref=row.payment_ref)
    )
    dispute = disputes.select_related("host").first()
    if dispute is None:
        return _plan_dispute(row)
    return Match.EXPLAINED, f"The dispute of {dispute.opened_at:%Y-%m-%d}.", dispute.host


def _plan_dispute(row: ProcessorTransaction) -> _Finding:
    """Leaves disputes of plan fees to a person: our disputes are about sessions."""
    period = _period_of(row)
    if period is None:
        return Match.UNKNOWN, "A dispute of no payment of ours.", None
    return Match.UNKNOWN, f"A dispute of a plan's fee. {_name_of(period)}.", period.subscription.host


def _transfer(row: ProcessorTransaction, *, now: datetime) -> _Finding:
    """Matches a payout's transfer to a host's account, which lowers our balance; the books have it since then."""
    payout = Payout.objects.filter(transfer_ref=row.source_ref).exclude(transfer_ref="").select_related("host").first()
    if payout is not None:
        return Match.EXPLAINED, f"{payout}.", payout.host
    if now - row.made_at < MISSING_AFTER:
        return Match.WAITING, "A transfer to a host's account that we do not know as done yet.", None
    return Match.UNKNOWN, "Moved to a host's account, and no payout of ours asked for it.", None


def _explain_payout(_row: ProcessorTransaction, *, now: datetime) -> _Finding:
    return Match.WAITING, "Paid out to our own bank: it is compared with its statement.", None


def _unheard_of(_row: ProcessorTransaction, *, now: datetime) -> _Finding:
    return Match.UNKNOWN, "The processor charged or paid something that belongs to no payment.", None


_BY_KIND: Final[dict[Movement, Callable[..., _Finding]]] = {
    Movement.PAYMENT: _payment,
    Movement.REFUND: _refund,
    Movement.DISPUTE: _dispute,
    Movement.DISPUTE_BACK: _dispute,
    Movement.TRANSFER: _transfer,
    Movement.TRANSFER_BACK: _transfer,
    Movement.PAYOUT: _explain_payout,
    Movement.PAYOUT_BACK: _explain_payout,
}


def _hold_of(row: ProcessorTransaction) -> Hold | None:
    rows = Hold.objects.select_related("session__host")
    return rows.filter(processor=row.processor, processor_ref=row.payment_ref).exclude(processor_ref="").first()


def _period_of(row: ProcessorTransaction) -> SubscriptionPeriod | None:
    rows = SubscriptionPeriod.objects.select_related("subscription__host", "version__plan", "change")
    return rows.filter(processor=row.processor, processor_ref=row.payment_ref).exclude(processor_ref="").first()


def _name_of(period: SubscriptionPeriod) -> str:
    return f"The fee of the plan {period.version.plan}, period {period.number}, from {period.begins_at:%Y-%m-%d}"
