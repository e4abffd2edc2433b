"""Subscriptions: started, renewed, changed, ended; each fee is charged once, and the unused part is refunded.

The order is that of holds: our row is committed, the processor is called with a key derived from the row and the
attempt, its answer is written by a conditional update together with the document and the books. After a crash or a
repeat the result is the same. Nothing here may be called inside a database transaction unless its docstring tells
otherwise.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Prefetch, Q, QuerySet

from billing.models import Driver, Invoice, PaymentCard, Plan, PlanChange, PlanVersion, Subscription, SubscriptionPeriod
from billing.payments import processors
from billing.payments.books import postings
from billing.payments.processors.protocol import Authorization, Payment
from billing.payments.webhooks import deliveries
from billing.pricing import benefits
from billing.proration import exchange, periods
from billing.proration.periods import Span
from billing.sessions.charges.card_charges import CardCharge, Refusal
from billing.sessions.plans import charges, dunning, invoices, plan_refunds
from billing.sessions.plans.charges import LEASE
from chargers.lib import batch, ids
from chargers.lib.i18n import mark
from chargers.properties import time_zones

State = Subscription.State
Paying = SubscriptionPeriod.State
LIVE: Final = (State.PENDING, State.ACTIVE, State.PAST_DUE)


class SubscriptionError(Exception):
    """The action is not possible; the message is a sentence for the driver."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What a period would cost; amounts in minor units, with tax."""

    version: PlanVersion
    span: Span
    total_minor: int
    tax_minor: int
    included_wh: int


def newest(plan: Plan) -> PlanVersion:
    return plan.versions.order_by("-number")[0]


def newest_versions() -> "Prefetch[Any, Any, Any]":
    """Prefetches the newest version of each plan as `newest_versions`, in one query."""
    newest = PlanVersion.objects.order_by("plan_id", "-number").distinct("plan_id")
    return Prefetch("versions", newest, to_attr="newest_versions")


def newest_periods() -> "Prefetch[Any, Any, Any]":
    """Prefetches each subscription's current or last period as `newest_periods`, in one query."""
    newest = SubscriptionPeriod.objects.order_by("subscription_id", "-number").distinct("subscription_id")
    return Prefetch("periods", newest, to_attr="newest_periods")


def quote(plan: Plan, *, now: datetime) -> Quote:
    """Returns the first period if a driver subscribed now."""
    version, zone = newest(plan), ZoneInfo(time_zones.of_host(plan.host))
    span, _anchor = periods.first(now, zone=zone, by_days=_is_prorated_by_days(version))
    return _quote(version, span)


def subscribe(driver: Driver, plan: Plan, *, card: PaymentCard, now: datetime) -> SubscriptionPeriod:
    """Subscribes with the first payment; the returned period has the outcome. Raises SubscriptionError."""
    zone = time_zones.of_host(plan.host)
    version = newest(plan)
    span, anchor = periods.first(now, zone=ZoneInfo(zone), by_days=_is_prorated_by_days(version))
    try:
        with transaction.atomic():
            if Plan.objects.select_for_update(of=("self",)).get(pk=plan.pk).retired_at is not None:
                raise SubscriptionError(mark("This plan is not offered any more."))
            subscription = Subscription.objects.create(
                id=ids.generate(now=now),
                driver=driver,
                host=plan.host,
                plan=plan,
                card=card,
                time_zone=zone,
                anchor_day=anchor,
                created_at=now,
            )
            period = _open_period(subscription, number=1, offer=_quote(version, span), now=now)
    except IntegrityError as exc:
        raise SubscriptionError(mark("You have a plan of this host already: change it, or end it first.")) from exc
    return charge(period.pk, now=now)


def charge(period_id: UUID, *, now: datetime) -> SubscriptionPeriod:
    """Charges what is due, or requests the outcome again with the same key. Does nothing if another worker is at it."""
    due = SubscriptionPeriod.objects.filter(pk=period_id, due_at__lte=now)
    uncharged = due.filter(state=Paying.DUE)
    card = SubscriptionPeriod.objects.values_list("subscription__card", flat=True).get(pk=period_id)
    claimed_count = uncharged.update(state=Paying.CHARGING, due_at=now + LEASE, card=card)
    if not claimed_count and not due.filter(state=Paying.CHARGING).update(due_at=now + LEASE):
        return _period(period_id)
    period = _period(period_id)
    return _CHARGE.ask(period, _build_authorization(period), now=now, first_asked_at=period.begins_at)


def check(period_id: UUID, *, now: datetime) -> SubscriptionPeriod:
    """Returns the period with its payment's current state, after the bank's page."""
    return _CHARGE.check(period_id, now=now)


def read_payment(period_id: UUID, *, now: datetime) -> SubscriptionPeriod:
    """Reads from the processor a payment that the bank has asked about. Raises OutcomeUnknownError."""
    return _CHARGE.learn(period_id, now=now)


def current(subscription: Subscription, *, now: datetime) -> SubscriptionPeriod | None:
    """Returns the current period, paid or not."""
    rows = subscription.periods.filter(begins_at__lte=now, ends_at__gt=now)
    return rows.select_related("version__plan").order_by("-number").first()


def change(subscription: Subscription, plan: Plan) -> None:
    """Switches to another plan of the same host with the next period. Raises SubscriptionError."""
    if plan.host_id != subscription.host_id or plan.retired_at is not None:
        raise SubscriptionError(mark("This plan is not offered any more."))
    following = None if plan.pk == subscription.plan_id else plan
    wait_for_change(subscription)
    if not _live(subscription).update(next_plan=following, ends_at_period_end=False):
        raise SubscriptionError(mark("This plan has ended already."))


def cancel(subscription: Subscription) -> None:
    """Ends the subscription with the paid period; until then nothing changes. Raises SubscriptionError."""
    wait_for_change(subscription)
    if not _live(subscription).filter(state=State.ACTIVE).update(ends_at_period_end=True, next_plan=None):
        raise SubscriptionError(mark("This plan has ended already, or its payment is due: end it at once."))


def keep(subscription: Subscription) -> None:
    """Withdraws a cancellation while the period still runs."""
    _live(subscription).update(ends_at_period_end=False)


def refund_minor(period: SubscriptionPeriod, *, now: datetime) -> int:
    """Returns the refund if the period ended now: for the days after today, but at most the share of unused energy."""
    if period.state != Paying.PAID or period.earned_at is not None:
        return 0
    zone = ZoneInfo(period.subscription.time_zone)
    share = periods.remaining_share(now, begins_at=period.begins_at, ends_at=period.ends_at, zone=zone)
    carried_wh, used_wh = benefits.carried_wh(period), benefits.taken_wh(period)
    unused = exchange.unused_share(own_wh=period.included_wh - carried_wh, carried_wh=carried_wh, used_wh=used_wh)
    return periods.part(period.total_minor, share=min(share, unused))


def end_at_once(subscription: Subscription, *, now: datetime) -> int:
    """Ends the subscription now and refunds the unused part to the card.

    Returns its amount. Raises SubscriptionError.
    """
    with transaction.atomic():
        locked = Subscription.objects.select_for_update().get(pk=subscription.pk)
        if locked.state not in {State.ACTIVE, State.PAST_DUE}:
            raise SubscriptionError(mark("This plan has ended already."))
        wait_for_change(locked)
        if locked.periods.filter(state__in=(Paying.CHARGING, Paying.CONFIRMING)).exists():
            raise SubscriptionError(mark("A payment of it is on its way: try again in a minute."))
        period = current(locked, now=now)
        back = 0
        if period is not None:
            period.subscription = locked
            back = refund_minor(period, now=now)
            SubscriptionPeriod.objects.filter(pk=period.pk, refunded_minor=0).update(refunded_minor=back)
        locked.periods.filter(state=Paying.DUE).update(state=Paying.FAILED)
        _end(locked, reason=mark("You ended it."), now=now)
    plan_refunds.send_due(now=now)
    return back


def use_card(subscription: Subscription, card: PaymentCard, *, now: datetime) -> None:
    """Charges another card in future; a due payment is tried with it at once."""
    _live(subscription).update(card=card)
    unpaid = subscription.periods.filter(state=Paying.DUE)
    unpaid.update(due_at=now)
    for period in unpaid:
        charge(period.pk, now=now)


def unpaid_periods(driver: Driver) -> QuerySet[SubscriptionPeriod]:
    """Returns the driver's invoiced periods whose payment failed for good and is still owed."""
    unpaid = SubscriptionPeriod.objects.filter(subscription__driver=driver, state=Paying.FAILED)
    return unpaid.filter(invoices__kind=Invoice.Kind.INVOICE).select_related("subscription__host", "version__plan")


def pay(period: SubscriptionPeriod, card: PaymentCard, *, now: datetime) -> SubscriptionPeriod:
    """Pays a failed period; the plan itself has ended and stays so."""
    Subscription.objects.filter(pk=period.subscription_id).update(card=card)
    given_up = SubscriptionPeriod.objects.filter(pk=period.pk, state=Paying.FAILED)
    given_up.update(state=Paying.DUE, generation=F("generation") + 1, due_at=now)
    return charge(period.pk, now=now)


def keep_up(*, now: datetime) -> int:
    """Does all that is due: renewals, charges, timeouts, earnings and refunds. May run twice, late or concurrently."""
    ended = Subscription.objects.filter(state=State.ACTIVE).exclude(periods__ends_at__gt=now)
    processed_count = batch.run_for_rows(ended, lambda pk: _renew(pk, now=now))
    due = SubscriptionPeriod.objects.filter(state__in=(Paying.DUE, Paying.CHARGING), due_at__lte=now)
    processed_count += batch.run_for_rows(due, lambda pk: charge(pk, now=now))
    stale = SubscriptionPeriod.objects.filter(state=Paying.CONFIRMING, due_at__lte=now)
    processed_count += batch.run_for_rows(stale, lambda pk: charges.call_back(_CHARGE, pk, now=now))
    unearned_periods = SubscriptionPeriod.objects.filter(state=Paying.PAID, earned_at=None)
    is_over = Q(ends_at__lte=now) | Q(subscription__state=State.ENDED)
    settled = unearned_periods.filter(is_over).exclude(
        Q(refunded_minor__gt=0) & ~Q(invoices__kind=Invoice.Kind.CREDIT_NOTE)
    )
    processed_count += batch.run_for_rows(settled, lambda pk: _earn(pk, now=now))
    return processed_count + plan_refunds.send_due(now=now)


def _renew(subscription_id: UUID, *, now: datetime) -> None:
    """Opens and invoices the next period; or ends the subscription if the driver wanted that."""
    with transaction.atomic():
        rows = Subscription.objects.select_for_update(of=("self",)).select_related(
            "plan", "next_plan", "host", "driver"
        )
        subscription = rows.get(pk=subscription_id)
        last = subscription.periods.order_by("-number").first()
        if subscription.state != State.ACTIVE or last is None or last.ends_at > now:
            return
        if subscription.changes.filter(state__in=PlanChange.OPEN).exists():
            return  # the change decides which plan continues
        if subscription.ends_at_period_end:
            _end(subscription, reason=mark("You ended it."), now=now)
            return
        plan = subscription.next_plan or subscription.plan
        zone = ZoneInfo(subscription.time_zone)
        span = periods.build_next(last.ends_at, zone=zone, anchor=subscription.anchor_day)
        Subscription.objects.filter(pk=subscription.pk).update(plan=plan, next_plan=None)
        period = _open_period(subscription, number=last.number + 1, offer=_quote(newest(plan), span), now=now)
        postings.post_invoice(invoices.issue(period, now=now), now=now)


def _open_period(subscription: Subscription, *, number: int, offer: Quote, now: datetime) -> SubscriptionPeriod:
    """Opens a period. Call it in a transaction; its number is unique, in case two callers open it at once."""
    return SubscriptionPeriod.objects.create(
        id=ids.generate(now=now),
        subscription=subscription,
        number=number,
        version=offer.version,
        begins_at=offer.span.begins_at,
        ends_at=offer.span.ends_at,
        full_minor=offer.version.fee_minor,
        total_minor=offer.total_minor,
        tax_minor=offer.tax_minor,
        included_wh=offer.included_wh,
        currency=offer.version.currency,
        due_at=now,
        processor=processors.default(),
    )


def _apply_payment(period: SubscriptionPeriod, payment: Payment, *, now: datetime) -> None:
    facts: dict[str, Any] = {"processor_ref": payment.ref, "last4": payment.last4, "next_action_url": ""}
    facts |= {"failure_sentences": (), "decline": "", "paid_at": now}
    with transaction.atomic():
        charging_rows = SubscriptionPeriod.objects.filter(pk=period.pk, state__in=(Paying.CHARGING, Paying.CONFIRMING))
        if not charging_rows.update(state=Paying.PAID, **facts):
            return
        paid_period = _period(period.pk)
        invoice = paid_period.invoices.filter(kind=Invoice.Kind.INVOICE).first()
        if invoice is None:
            invoice = invoices.issue(paid_period, now=now)
            postings.post_invoice(invoice, now=now)
        postings.period_paid(paid_period, amount_minor=paid_period.total_minor, now=now)
        Subscription.objects.filter(pk=paid_period.subscription_id, state__in=(State.PENDING, State.PAST_DUE)).update(
            state=State.ACTIVE, past_due_since=None
        )
        if paid_period.subscription.state in LIVE:  # not if the driver pays what an ended plan had left owed
            is_first = paid_period.number == 1
            kind = deliveries.Kind.SUBSCRIPTION_BEGUN if is_first else deliveries.Kind.SUBSCRIPTION_RENEWED
            deliveries.publish(kind, paid_period, now=now)
        dunning.notify_paid(paid_period, invoice, now=now)


def _handle_decline(period: SubscriptionPeriod, refusal: Refusal, *, now: datetime) -> None:
    """Handles a declined payment: the first one ends the subscription; a later one is retried on the days of the
    settings.
    """
    facts = {"decline": refusal.code[:30], "failure_sentences": refusal.why, "next_action_url": ""}
    charging_rows = SubscriptionPeriod.objects.filter(pk=period.pk, state__in=(Paying.CHARGING, Paying.CONFIRMING))
    with transaction.atomic():
        subscription = Subscription.objects.select_for_update().get(pk=period.subscription_id)
        again_at = None if period.number == 1 else dunning.next_try(period)
        if again_at is None:
            if charging_rows.update(state=Paying.FAILED, **facts):
                reason = mark("The payment was refused.") if period.number == 1 else dunning.GIVEN_UP
                _end(subscription, reason=reason, now=now)
        elif charging_rows.update(
            state=Paying.DUE, generation=period.generation + 1, due_at=max(again_at, now), **facts
        ):
            live = Subscription.objects.filter(pk=subscription.pk, state=State.ACTIVE)
            if live.update(state=State.PAST_DUE, past_due_since=now):
                deliveries.publish(deliveries.Kind.SUBSCRIPTION_PAST_DUE, _period(period.pk), now=now)
        else:
            return
        if period.number > 1:
            dunning.notify_refused(_period(period.pk), again_at=again_at, now=now)


def _earn(period_id: UUID, *, now: datetime) -> None:
    """Posts what was paid for a finished period as the host's."""
    with transaction.atomic():
        Subscription.objects.select_for_update().get(periods=period_id)
        unearned_periods = SubscriptionPeriod.objects.filter(pk=period_id, earned_at=None)
        if unearned_periods.exclude(changes__state__in=PlanChange.OPEN).update(earned_at=now):
            postings.period_earned(_period(period_id), now=now)


def _end(subscription: Subscription, *, reason: str, now: datetime) -> None:
    """Ends the subscription.

    Call it in the transaction that locked it. A webhook reports the end only if the subscription had begun.
    """
    ended = Subscription.objects.filter(pk=subscription.pk, state__in=LIVE).update(
        state=State.ENDED, ended_at=now, end_reason=reason[:255], past_due_since=None, next_plan=None
    )
    if ended and subscription.state != State.PENDING:
        deliveries.publish(deliveries.Kind.SUBSCRIPTION_ENDED, subscription, now=now)


def _quote(version: PlanVersion, span: Span) -> Quote:
    total = periods.part(version.fee_minor, share=span.share)
    return Quote(
        version=version,
        span=span,
        total_minor=total,
        tax_minor=periods.tax_of(total, pct=version.tax_pct),
        included_wh=periods.part(version.included_wh, share=span.share),
    )


def _is_prorated_by_days(version: PlanVersion) -> bool:
    return version.proration == PlanVersion.Proration.DAYS


def wait_for_change(subscription: Subscription) -> None:
    """Raises SubscriptionError while an immediate change is undecided."""
    if subscription.changes.filter(state__in=PlanChange.OPEN).exists():
        raise SubscriptionError(mark("A change of your plan is on its way: wait until it is decided."))


def _live(subscription: Subscription) -> QuerySet[Subscription]:
    return Subscription.objects.filter(pk=subscription.pk, state__in=LIVE)


def _period(period_id: UUID) -> SubscriptionPeriod:
    rows = SubscriptionPeriod.objects.select_related(
        "subscription__host", "subscription__driver__user", "subscription__plan", "version__plan", "card"
    )
    return rows.get(pk=period_id)


def _build_authorization(period: SubscriptionPeriod) -> Authorization:
    assert period.card is not None
    is_first = period.number == 1
    return Authorization(
        amount_minor=period.total_minor,
        currency=period.currency,
        card=period.card.ref,
        customer_ref=period.card.customer_ref,
        description=f"Plan period {period.pk}",
        is_off_session=not is_first,
        return_url=f"{settings.PUBLIC_BASE_URL}/drive/plans/{period.pk}/back" if is_first else "",
    )


def _key(period: SubscriptionPeriod) -> str:
    return f"period:{period.pk}:charge:{period.generation}"


_CHARGE: Final = CardCharge(
    load=_period,
    key=_key,
    taken=_apply_payment,
    confirming=charges.confirm,
    refused=_handle_decline,
    is_checked=charges.is_confirming,
)
