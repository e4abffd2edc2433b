"""Refunds of plans to the cards that paid: planned with their purpose, then sent, each part once.

What the processor refuses, such as a refund of a disputed payment, waits for an agent. The credit note is issued with
the last part, unless a change has issued it already.

A period that began with a change was paid by the payment of the change and by those before it. A refund is taken from
the newest of them, and only the remainder from the one before.
"""

from collections.abc import Iterator
from datetime import datetime
from operator import attrgetter
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet, Sum

from billing.models import Invoice, PeriodRefund, PlanChange, SubscriptionPeriod
from billing.payments.books import postings
from billing.proration import periods
from billing.sessions.charges import refund_attempts
from billing.sessions.charges.refund_attempts import GONE, RefundAttempts
from billing.sessions.plans import invoices
from chargers.lib import batch

State = PeriodRefund.State


class AnsweredError(Exception):
    """The refund was already answered, or a field is missing; the message is a sentence for the agent."""


def plan(period: SubscriptionPeriod, *, amount_minor: int, now: datetime) -> None:
    """Plans from which payments the amount is refunded.

    Call it in the transaction that locked the subscription or the period.
    """
    remaining_minor, number = amount_minor, 0
    for payment, held_minor in _payments(period):
        part_minor = min(remaining_minor, held_minor)
        if part_minor <= 0:
            continue
        number, remaining_minor = number + 1, remaining_minor - part_minor
        PeriodRefund.objects.create(
            period=period, number=number, paid_for=payment, amount_minor=part_minor, planned_at=now
        )
    if remaining_minor:
        raise RuntimeError(f"{remaining_minor} of {amount_minor} were never paid for period {period.pk}")


def send_due(*, now: datetime) -> int:
    """Sends planned refunds, each with the same key however often it is called.

    The last part issues the credit note.
    """
    ended = SubscriptionPeriod.objects.filter(refunded_minor__gt=0, refunds=None)
    planned_count = batch.run_for_rows(
        ended.exclude(invoices__kind=Invoice.Kind.CREDIT_NOTE), lambda pk: _plan_whole(pk, now=now)
    )
    return planned_count + _ATTEMPTS.send_due(now=now)


def list_refused() -> QuerySet[PeriodRefund]:
    """Returns the refunds that wait for an agent, oldest first."""
    rows = PeriodRefund.objects.filter(state=State.REFUSED).order_by("id")
    return rows.select_related(
        "paid_for", "period__version__plan", "period__subscription__host", "period__subscription__driver__user"
    )


def send(refund_id: int, *, now: datetime) -> PeriodRefund:
    """Requests the refund, with the same key however often it is called; not in a transaction.

    The row has the outcome.
    """
    return _ATTEMPTS.send(refund_id, now=now)


def send_again(refund_id: int) -> PeriodRefund:
    """Queues it again with a new key; call `send` next. Raises AnsweredError."""
    if not refund_attempts.send_again(PeriodRefund.objects.filter(pk=refund_id)):
        raise _build_answered_error(refund_id)
    return find(refund_id)


def give_otherwise(refund_id: int, *, note: str, by: str, now: datetime) -> PeriodRefund:
    """Records that an agent refunded it from the platform's bank account. Raises AnsweredError."""
    if not note.strip():
        raise AnsweredError(refund_attempts.SAY_HOW)
    refund_rows = PeriodRefund.objects.filter(pk=refund_id)
    with transaction.atomic():
        if not refund_attempts.give_otherwise(refund_rows, note=note, by=by, now=now):
            raise _build_answered_error(refund_id)
        refund = find(refund_id)
        _post_outcome(refund, now=now)
    return refund


def _plan_whole(period_id: UUID, *, now: datetime) -> None:
    """Plans the whole refund of a period that ended early."""
    with transaction.atomic():
        period = SubscriptionPeriod.objects.select_for_update().get(pk=period_id)
        if not period.refunds.exists():
            plan(period, amount_minor=period.refunded_minor, now=now)


def _post_outcome(refund: PeriodRefund, *, now: datetime) -> None:
    if refund.state in GONE:
        SubscriptionPeriod.objects.select_for_update().get(pk=refund.period_id)
        post = postings.period_given_back if refund.state == State.DONE else postings.period_given_otherwise
        post(refund, now=now)
        _credit(refund.period, now=now)


def _credit(period: SubscriptionPeriod, *, now: datetime) -> None:
    """Issues the credit note with the last part, unless a change has issued it already."""
    if period.refunds.exclude(state__in=GONE).exists():
        return
    if not period.invoices.filter(kind=Invoice.Kind.CREDIT_NOTE).exists():
        tax_minor = periods.tax_of(period.refunded_minor, pct=period.version.tax_pct)
        note = invoices.credit(period, total_minor=period.refunded_minor, tax_minor=tax_minor, now=now)
        postings.period_credited(note, now=now)


def find(refund_id: int) -> PeriodRefund:
    rows = PeriodRefund.objects.select_related("paid_for", "period__version__plan", "period__subscription__host")
    return rows.get(pk=refund_id)


def _build_answered_error(refund_id: int) -> AnsweredError:
    state = PeriodRefund.objects.get(pk=refund_id).get_state_display().lower()
    return AnsweredError(f"Nothing was changed: this does not wait any more, it is {state}.")


def _key(refund: PeriodRefund) -> str:
    """Returns the idempotency key. The first attempt has no number, as before there were retries."""
    key = f"period:{refund.period_id}:refund:{refund.number}"
    return key if refund.generation == 1 else f"{key}:{refund.generation}"


def _payments(period: SubscriptionPeriod) -> Iterator[tuple[SubscriptionPeriod, int]]:
    """Yields the periods whose payments contain money of this one, newest first, and how much each still has."""
    at: SubscriptionPeriod | None = period
    while at is not None:
        change = PlanChange.objects.filter(made=at).select_related("period").first()
        back = PeriodRefund.objects.filter(paid_for=at).aggregate(back=Sum("amount_minor"))["back"] or 0
        yield at, at.taken_minor - back
        at = change.period if change else None


_ATTEMPTS: Final = RefundAttempts(
    rows=PeriodRefund,
    load=find,
    payment=attrgetter("paid_for"),
    key=_key,
    first_asked_at=attrgetter("planned_at"),
    follow=_post_outcome,
)
