"""Switching plans within a period: the terms, the agreement, the payment, and the change itself, exactly once.

The terms are stored when the driver agrees. A higher fee is charged with a key derived from that row, and the old plan
stays until the processor confirms the payment. Then, or at once if nothing is due, one transaction shortens the old
period, opens the new one, and writes both documents and the postings. A worker that is killed in between, or repeats
the work, reaches the same state. Nothing here may be called inside a transaction.
"""

from dataclasses import asdict
from datetime import datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from billing.models import DriverToken, Plan, PlanChange, Session, Subscription, SubscriptionPeriod
from billing.payments import processors
from billing.payments.books import postings
from billing.payments.processors.protocol import Authorization, Payment
from billing.payments.webhooks import deliveries
from billing.pricing import benefits
from billing.proration import exchange
from billing.sessions.charges.card_charges import CardCharge, Refusal
from billing.sessions.plans import charges, dunning, invoices, plan_refunds, subscriptions
from billing.sessions.plans.charges import LEASE
from billing.sessions.plans.subscriptions import SubscriptionError
from chargers.lib import batch, ids
from chargers.lib.i18n import mark

State = PlanChange.State


def offer(subscription: Subscription, plan: Plan, *, now: datetime) -> PlanChange:
    """Returns what the change would be, without storing it: its amounts, days and energy.

    Raises SubscriptionError with the reason.
    """
    period = subscriptions.current(subscription, now=now)
    version = subscriptions.newest(plan)
    if plan.host_id != subscription.host_id or plan.retired_at is not None:
        raise SubscriptionError(mark("This plan is not offered any more."))
    if plan.pk == subscription.plan_id:
        raise SubscriptionError(mark("You have this plan."))
    subscriptions.wait_for_change(subscription)
    if subscription.state != Subscription.State.ACTIVE or period is None or not _is_paid(period):
        raise SubscriptionError(mark("The fee of this period is not paid yet: you can change from now on once it is."))
    if period.currency != version.currency:
        raise SubscriptionError(mark("This plan has another currency: you can have it from the next period."))
    period.subscription = subscription
    zone = ZoneInfo(subscription.time_zone)
    old = _old(period, is_used_today=_is_used_today(period, zone=zone, now=now))
    new = exchange.New(fee_minor=version.fee_minor, tax_pct=version.tax_pct, included_wh=version.included_wh)
    plan_exchange = exchange.calculate(old, new, now=now, zone=zone, anchor=subscription.anchor_day)
    return PlanChange(
        id=ids.generate(now=now),
        subscription=subscription,
        period=period,
        version=version,
        agreed_at=now,
        due_at=now,
        currency=version.currency,
        card=subscription.card,
        processor=processors.default(),
        is_used_today=old.is_used_today,
        **asdict(plan_exchange),
    )


def begin(subscription: Subscription, plan: Plan, *, seen_amounts: tuple[int, int], now: datetime) -> PlanChange:
    """Stores that the driver agrees to the amounts shown: the new plan's charge and the old plan's refund, in minor
    units.

    The returned row has the outcome. Raises SubscriptionError.
    """
    with transaction.atomic():
        locked = Subscription.objects.select_for_update(of=("self",)).select_related("card").get(pk=subscription.pk)
        if Plan.objects.select_for_update(of=("self",)).get(pk=plan.pk).retired_at is not None:
            raise SubscriptionError(mark("This plan is not offered any more."))
        change = offer(locked, plan, now=now)
        if (change.total_minor, change.credit_minor) != seen_amounts:
            raise SubscriptionError(mark("The price has changed since you opened this page: look at it again."))
        change.save(force_insert=True)
        if not change.due_minor:
            _carry_out(change, {}, now=now)
    if change.due_minor:
        return charge(change.pk, now=now)
    plan_refunds.send_due(now=now)
    return _change(change.pk)


def charge(change_id: UUID, *, now: datetime) -> PlanChange:
    """Charges the difference, or requests the outcome again with the same key.

    Does nothing if another worker is at it.
    """
    due_changes = PlanChange.objects.filter(pk=change_id, state=State.CHARGING, due_at__lte=now)
    if not due_changes.update(due_at=now + LEASE):
        return _change(change_id)
    change = _change(change_id)
    return _CHARGE.ask(change, _build_authorization(change), now=now, first_asked_at=change.agreed_at)


def check(change_id: UUID, *, now: datetime) -> PlanChange:
    """Returns the change with its payment's current state, after the bank's page."""
    return _CHARGE.check(change_id, now=now)


def read_payment(change_id: UUID, *, now: datetime) -> PlanChange:
    """Reads from the processor a payment that the bank has asked about. Raises OutcomeUnknownError."""
    return _CHARGE.learn(change_id, now=now)


def keep_up(*, now: datetime) -> int:
    """Continues unfinished changes. May run twice, late or concurrently."""
    charging = PlanChange.objects.filter(state=State.CHARGING, due_at__lte=now)
    processed_count = batch.run_for_rows(charging, lambda pk: charge(pk, now=now))
    stale = PlanChange.objects.filter(state=State.CONFIRMING, due_at__lte=now)
    return processed_count + batch.run_for_rows(stale, lambda pk: charges.call_back(_CHARGE, pk, now=now))


def _apply_payment(change: PlanChange, payment: Payment, *, now: datetime) -> None:
    with transaction.atomic():
        Subscription.objects.select_for_update().get(pk=change.subscription_id)
        _carry_out(change, {"processor_ref": payment.ref, "last4": payment.last4}, now=now)


def _carry_out(change: PlanChange, payment_facts: dict[str, str], *, now: datetime) -> None:
    """Carries the change out, once: a second caller finds it done.

    Call it in the transaction that locked the subscription.
    """
    if not PlanChange.objects.filter(pk=change.pk, state__in=PlanChange.OPEN).exists():
        return
    old = change.period
    new_period = _open_period(change, payment_facts, now=now)
    PlanChange.objects.filter(pk=change.pk).update(
        state=State.DONE,
        made=new_period,
        finished_at=now,
        next_action_url="",
        failure_sentences=(),
        decline="",
        **payment_facts,
    )
    new_period.change = change
    SubscriptionPeriod.objects.filter(pk=old.pk).update(refunded_minor=change.credit_minor)
    Subscription.objects.filter(pk=change.subscription_id).update(
        plan=change.version.plan, next_plan=None, ends_at_period_end=False
    )
    if change.credit_minor:
        postings.period_credited(invoices.credit_change(change, now=now), now=now)
    invoice = invoices.issue(new_period, now=now)
    postings.post_invoice(invoice, now=now)
    if change.due_minor:
        postings.period_paid(new_period, amount_minor=change.due_minor, now=now)
    if change.back_minor:
        plan_refunds.plan(old, amount_minor=change.back_minor, now=now)
    deliveries.publish(deliveries.Kind.SUBSCRIPTION_CHANGED, new_period, now=now)
    dunning.notify_changed(change, invoice, now=now)


def _open_period(change: PlanChange, payment_facts: dict[str, str], *, now: datetime) -> SubscriptionPeriod:
    """Opens the rest of the period under the new plan. Its number is unique, in case two callers open it at once."""
    return SubscriptionPeriod.objects.create(
        id=ids.generate(now=now),
        subscription=change.subscription,
        number=change.period.number + 1,
        version=change.version,
        begins_at=change.agreed_at,
        ends_at=change.period.ends_at,
        full_minor=change.version.fee_minor,
        total_minor=change.total_minor,
        tax_minor=change.tax_minor,
        included_wh=change.own_wh + change.carried_wh,
        currency=change.currency,
        due_at=change.agreed_at,
        state=SubscriptionPeriod.State.PAID,
        paid_at=now,
        card=change.card,
        processor=change.processor,
        **payment_facts,
    )


def _refuse(change: PlanChange, refusal: Refusal, *, now: datetime) -> None:
    """Records the refusal and its reason; the plan stays."""
    PlanChange.objects.filter(pk=change.pk, state__in=PlanChange.OPEN).update(
        state=State.REFUSED,
        decline=refusal.code[:30],
        failure_sentences=refusal.why,
        next_action_url="",
        finished_at=now,
    )


def _old(period: SubscriptionPeriod, *, is_used_today: bool) -> exchange.Old:
    carried_wh = benefits.carried_wh(period)
    return exchange.Old(
        begins_at=period.begins_at,
        ends_at=period.ends_at,
        total_minor=period.total_minor,
        tax_pct=period.version.tax_pct,
        own_wh=period.included_wh - carried_wh,
        carried_wh=carried_wh,
        used_wh=benefits.taken_wh(period),
        is_used_today=is_used_today,
    )


def _is_paid(period: SubscriptionPeriod) -> bool:
    is_whole = period.earned_at is None and period.refunded_minor == 0
    return period.state == SubscriptionPeriod.State.PAID and is_whole


def _is_used_today(period: SubscriptionPeriod, *, zone: ZoneInfo, now: datetime) -> bool:
    """Whether a session with this period's benefits runs now, or ran at any time today."""
    midnight = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    today = Q(state=Session.State.CHARGING) | Q(stopped_at__gte=midnight)
    if Session.objects.filter(today, benefits__period=str(period.pk)).exclude(state=Session.State.FAILED).exists():
        return True
    return any(_applied_period_id(session) == str(period.pk) for session in _not_attached(period).filter(today))


def _not_attached(period: SubscriptionPeriod) -> QuerySet[Session]:
    """Returns very recent sessions with the driver's charging cards, which `sessions.attach_drivers` has not seen."""
    subscription, unfinished = period.subscription, (Session.State.CHARGING, Session.State.STOPPED)
    recent_sessions = Session.objects.filter(driver=None, host=subscription.host_id, state__in=unfinished)
    return recent_sessions.filter(token__driver_token__driver=subscription.driver_id)


def _applied_period_id(session: Session) -> str:
    """Returns the period whose plan will apply to it."""
    owned = DriverToken.objects.get(token=session.token_id)
    at = session.started_at or session.opened_at
    granted = benefits.find_for_driver(
        owned.driver_id, host_id=session.host_id, property_id=session.property_id, now=at
    )
    return granted["period"] if granted else ""


def _change(change_id: UUID) -> PlanChange:
    rows: Any = PlanChange.objects.select_related(
        "subscription__host", "subscription__driver__user", "period__version__plan", "version__plan", "card", "made"
    )
    change: PlanChange = rows.get(pk=change_id)
    return change


def _build_authorization(change: PlanChange) -> Authorization:
    return Authorization(
        amount_minor=change.due_minor,
        currency=change.currency,
        card=change.card.ref,
        customer_ref=change.card.customer_ref,
        description=f"Plan change {change.pk}",
        is_off_session=False,
        return_url=f"{settings.PUBLIC_BASE_URL}/drive/plans/changes/{change.pk}/back",
    )


def _key(change: PlanChange) -> str:
    return f"change:{change.pk}:charge:1"


_CHARGE: Final = CardCharge(
    load=_change,
    key=_key,
    taken=_apply_payment,
    confirming=charges.confirm,
    refused=_refuse,
    is_checked=charges.is_confirming,
)
