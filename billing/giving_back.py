"""Money of plans goes back to the cards that paid: planned with what it is for, then sent, each part once.

A period that began with a change was paid by the payment of the change and by those before it; what is given back of
it comes from the newest of them, and only what that one does not hold any more from the one before.
"""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from billing import billing_periods, bookkeeping, invoices, processors, rounds
from billing.models import Invoice, PeriodRefund, PlanChange, SubscriptionPeriod
from billing.processors.protocol import OutcomeUnknownError


def plan(period: SubscriptionPeriod, *, amount_minor: int, now: datetime) -> None:
    """Notes from which payments it goes back. Call it in the transaction that locked the subscription or the period."""
    left, number = amount_minor, 0
    for payment, held_minor in _payments(period):
        taken = min(left, held_minor)
        if taken <= 0:
            continue
        number, left = number + 1, left - taken
        PeriodRefund.objects.create(period=period, number=number, paid_for=payment, amount_minor=taken, planned_at=now)
    if left:
        raise RuntimeError(f"{left} of {amount_minor} were never paid for period {period.pk}")


def send_due(*, now: datetime) -> int:
    """Sends what is planned, with the same key however often it is asked; the last part brings the credit note."""
    ended = SubscriptionPeriod.objects.filter(refunded_minor__gt=0, refunds=None)
    done = rounds.each(ended.exclude(invoices__kind=Invoice.Kind.CREDIT_NOTE), lambda pk: _plan_whole(pk, now=now))
    return done + rounds.each(PeriodRefund.objects.filter(sent_at=None), lambda pk: _send(pk, now=now))


def _plan_whole(period_id: UUID, *, now: datetime) -> None:
    """All that is to go back of a period that ended early."""
    with transaction.atomic():
        period = SubscriptionPeriod.objects.select_for_update().get(pk=period_id)
        if not period.refunds.exists():
            plan(period, amount_minor=period.refunded_minor, now=now)


def _send(refund_id: int, *, now: datetime) -> None:
    rows = PeriodRefund.objects.select_related("paid_for", "period__version__plan", "period__subscription__host")
    refund = rows.get(pk=refund_id)
    period, payment = refund.period, refund.paid_for
    try:
        processors.processor(payment.processor).refund(
            payment.processor_ref, amount_minor=refund.amount_minor, key=f"period:{period.pk}:refund:{refund.number}"
        )
    except OutcomeUnknownError:
        return
    with transaction.atomic():
        SubscriptionPeriod.objects.select_for_update().get(pk=period.pk)
        if not PeriodRefund.objects.filter(pk=refund.pk, sent_at=None).update(sent_at=now):
            return
        bookkeeping.period_given_back(refund, now=now)
        if not period.refunds.filter(sent_at=None).exists():
            _credit(period, now=now)


def _credit(period: SubscriptionPeriod, *, now: datetime) -> None:
    """The credit note, where a change has not brought it already."""
    if not period.invoices.filter(kind=Invoice.Kind.CREDIT_NOTE).exists():
        tax_minor = billing_periods.tax_of(period.refunded_minor, pct=period.version.tax_pct)
        note = invoices.credit(period, total_minor=period.refunded_minor, tax_minor=tax_minor, now=now)
        bookkeeping.period_credited(note, now=now)


def _payments(period: SubscriptionPeriod) -> Iterator[tuple[SubscriptionPeriod, int]]:
    """The periods whose payments hold money of this one, the newest first, and how much each still holds."""
    at: SubscriptionPeriod | None = period
    while at is not None:
        change = PlanChange.objects.filter(made=at).select_related("period").first()
        back = PeriodRefund.objects.filter(paid_for=at).aggregate(back=Sum("amount_minor"))["back"] or 0
        yield at, at.taken_minor - back
        at = change.period if change else None
