"""Plans for drivers: benefits and prices, the driver's own plans, their invoices, and cancelling."""

import uuid
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages as notes
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing.formatting import stored_sentences
from billing.formatting.money import digits, money
from billing.guest.drive import plan_change
from billing.guest.drive.entering import for_drivers, note, now
from billing.models import Driver, Invoice, PaymentCard, Plan, PlanVersion, Subscription, SubscriptionPeriod
from billing.pricing import benefits
from billing.proration import periods
from billing.sessions.drivers import payment_cards
from billing.sessions.plans import catalogue, dunning, invoice_paper, subscriptions
from billing.sessions.plans.subscriptions import SubscriptionError
from billing.sessions.visitors import limits
from chargers.properties import time_zones

_LABELS = {"connection": "connection fee", "idle": "idle time", "processing": "processing fee"}


@for_drivers
@require_safe
def overview(request: HttpRequest, driver: Driver) -> HttpResponse:
    """Shows the driver's plans, what is owed, and offers of hosts where the driver has charged."""
    own_subscriptions = driver.subscriptions.select_related("plan__host", "host", "next_plan", "card").order_by("-id")
    live = [
        _plan_context(subscription) for subscription in own_subscriptions if subscription.state in subscriptions.LIVE
    ]
    subscribed_host_ids = {entry["subscription"].host_id for entry in live}
    host_ids = _driver_host_ids(driver)
    offered_plans = catalogue.list_offered().filter(host__in=host_ids - subscribed_host_ids)
    invoices = Invoice.objects.filter(period__subscription__driver=driver).order_by("-id")
    context = {
        "here": "plans",
        "driver": driver,
        "live": live,
        "owed": subscriptions.unpaid_periods(driver),
        "ended": [subscription for subscription in own_subscriptions if subscription.state == Subscription.State.ENDED][
            :5
        ],
        "offers": [(plan, subscriptions.newest(plan)) for plan in offered_plans[:50]],
        "invoices": invoices.select_related("host")[:24],
    }
    return render(request, "drive/plans.html", context)


def _driver_host_ids(driver: Driver) -> set[int]:
    """Returns the hosts where the driver has charged, has a card or a plan, so that other hosts' plans cannot be
    enumerated.
    """
    return {
        *driver.sessions.values_list("host_id", flat=True),
        *driver.tokens.values_list("token__host_id", flat=True),
        *driver.subscriptions.values_list("host_id", flat=True),
    }


@for_drivers
@require_http_methods(["GET", "HEAD", "POST"])
def offer(request: HttpRequest, driver: Driver, pk: int) -> HttpResponse:
    """Shows price, first period, next charge and how it ends; then subscribes. Also used to change to another plan."""
    plan = Plan.objects.select_related("host").filter(pk=pk, retired_at=None).first()
    if plan is None or plan.host_id not in _driver_host_ids(driver):
        raise Http404
    card, at = payment_cards.find_default(driver), now()
    live = driver.subscriptions.filter(host=plan.host, state__in=subscriptions.LIVE).first()
    text = ""
    if request.method == "POST" and request.POST.get("version") != str(subscriptions.newest(plan).pk):
        text = gettext("The plan has changed since you opened this page: look at it again.")
    elif request.method == "POST":
        try:
            if live is not None and request.POST.get("when") == "now":
                return plan_change.agree(request, driver, live, plan)
            return _agree(driver, plan, live=live, card=card)
        except SubscriptionError as exc:
            text = gettext(str(exc))
    quoted = subscriptions.quote(plan, now=at)
    context = {
        "here": "plans",
        "driver": driver,
        "plan": plan,
        "version": quoted.version,
        "quote": quoted,
        "card": card,
        "live": live,
        "zone": live.time_zone if live else time_zones.of_host(plan.host),
        "period": subscriptions.current(live, now=at) if live else None,
        "problem": text,
        "brings": list_benefits(quoted.version),
        "places": quoted.version.properties.order_by("name"),
        **(plan_change.render(live, plan, at=at) if live else {}),
    }
    return render(request, "drive/offer.html", context)


@for_drivers
@require_safe
def return_from_bank(request: HttpRequest, driver: Driver, period_id: uuid.UUID) -> HttpResponse:
    """Receives the driver after the bank's page, and checks the payment once."""
    period = SubscriptionPeriod.objects.filter(pk=period_id, subscription__driver=driver).first()
    if period is None:
        raise Http404
    if not limits.returned_lately(period.pk):
        period = subscriptions.check(period.pk, now=now())
    return _report_payment(request, period)


@for_drivers
@require_http_methods(["GET", "HEAD", "POST"])
def subscription_page(request: HttpRequest, driver: Driver, subscription_id: uuid.UUID) -> HttpResponse:
    """Shows one plan; ends it with the period or at once, undoes that, or sets another payment card."""
    rows = driver.subscriptions.select_related("plan__host", "host", "next_plan", "card")
    subscription = rows.filter(pk=subscription_id).first()
    if subscription is None:
        raise Http404
    if request.method == "POST":
        try:
            _act(request, driver, subscription)
        except SubscriptionError as exc:
            notes.error(request, gettext(str(exc)))
        return redirect("drive:plans")
    cards = driver.payment_cards.filter(state=PaymentCard.State.READY).exclude(pk=subscription.card_id)
    offered_plans = catalogue.list_offered(host=subscription.host).exclude(pk=subscription.plan_id)
    plan_offers = [(plan, subscriptions.newest(plan)) for plan in offered_plans[:50]]
    context = {"here": "plans", "driver": driver, "cards": cards, "others": plan_offers, **_plan_context(subscription)}
    return render(request, "drive/subscription.html", context)


@for_drivers
@require_POST
def pay(request: HttpRequest, driver: Driver, period_id: uuid.UUID) -> HttpResponse:
    """Pays a fee after all attempts had failed, with the current payment card."""
    period, card = subscriptions.unpaid_periods(driver).filter(pk=period_id).first(), payment_cards.find_default(driver)
    if period is None:
        raise Http404
    if card is None:
        notes.error(request, gettext("Save a card first: it pays for the plan."))
        return redirect("drive:cards")
    note("driver.fee_paid", driver, after={"period": str(period.pk)})
    return _report_payment(request, subscriptions.pay(period, card, now=now()))


@for_drivers
@require_safe
def invoice(_request: HttpRequest, driver: Driver, label: str) -> HttpResponse:
    """Returns one of the driver's own documents as a PDF."""
    rows = Invoice.objects.filter(period__subscription__driver=driver)
    own_invoice = next((row for row in rows if row.label == label), None)
    if own_invoice is None:
        raise Http404
    response = HttpResponse(invoice_paper.pdf(own_invoice.document), content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{own_invoice.label}.pdf"'
    return response


def list_benefits(version: PlanVersion) -> list[str]:
    """Returns the benefits of a plan in the reader's language."""
    parts = []
    if version.included_wh:
        kwh = digits(_strip_zeros(Decimal(version.included_wh) / 1000))
        parts.append(gettext("%(kwh)s kWh a month are included.") % {"kwh": kwh})
    if version.discount_pct:
        parts.append(gettext("Energy costs %(pct)s %% less.") % {"pct": digits(_strip_zeros(version.discount_pct))})
    parts += [gettext("No %(fee)s.") % {"fee": gettext(_LABELS[kind])} for kind in version.waives]
    return parts


def _strip_zeros(number: Decimal) -> Decimal:
    """Removes trailing zeros: 50.000 becomes 50."""
    return Decimal(f"{number.normalize():f}")


def _agree(driver: Driver, plan: Plan, *, live: Subscription | None, card: PaymentCard | None) -> HttpResponse:
    if live is not None:
        subscriptions.change(live, plan)
        note("driver.plan_changed", driver, after={"plan": plan.name, "from": "the next period"})
        return redirect("drive:plans")
    if card is None:
        raise SubscriptionError(gettext("Save a card first: it pays for the plan."))
    period = subscriptions.subscribe(driver, plan, card=card, now=now())
    note("driver.subscribed", driver, after={"plan": plan.name, "state": period.state})
    if period.state == SubscriptionPeriod.State.CONFIRMING:
        return redirect(period.next_action_url)
    if period.state == SubscriptionPeriod.State.FAILED:
        raise SubscriptionError(_refusal_message(period))
    return redirect("drive:plans")


def _describe_end(currency: str, *, back_minor: int) -> str:
    if not back_minor:
        return gettext("It has ended. Nothing goes back to your card.")
    values = {"amount": money(back_minor, currency)}
    return gettext("It has ended. %(amount)s goes back to your card.") % values


def _act(request: HttpRequest, driver: Driver, subscription: Subscription) -> None:
    """Does what a button of the page says."""
    do = request.POST.get("do", "")
    match do:
        case "cancel":
            subscriptions.cancel(subscription)
            notes.success(request, gettext("It ends with the period that is paid; until then everything stays."))
        case "keep":
            subscriptions.keep(subscription)
            notes.success(request, gettext("It goes on."))
        case "end":
            back_minor = subscriptions.end_at_once(subscription, now=now())
            notes.success(request, _describe_end(subscription.periods.latest("number").currency, back_minor=back_minor))
        case "card":
            card_id = request.POST.get("card", "")
            ready = driver.payment_cards.filter(state=PaymentCard.State.READY)
            card = next((payment_card for payment_card in ready if str(payment_card.pk) == card_id), None)
            if card is None:
                raise Http404
            subscriptions.use_card(subscription, card, now=now())
            notes.success(request, gettext("%(card)s pays from now on.") % {"card": card})
        case _:
            raise Http404
    note(f"driver.plan_{do}", driver, after={"plan": subscription.plan.name})


def _refusal_message(period: SubscriptionPeriod) -> str:
    why = stored_sentences.local(period.failure_sentences)
    return f"{gettext('The payment was refused.')} {why} {gettext('Nothing was taken.')}"


def _report_payment(request: HttpRequest, period: SubscriptionPeriod) -> HttpResponse:
    match period.state:
        case SubscriptionPeriod.State.PAID:
            notes.success(request, gettext("It is paid. The invoice is below."))
        case SubscriptionPeriod.State.FAILED | SubscriptionPeriod.State.DUE:
            notes.error(request, _refusal_message(period))
        case _:
            notes.info(request, gettext("The card processor has not answered yet: look again in a minute."))
    return redirect("drive:plans")


def _plan_context(subscription: Subscription) -> dict[str, Any]:
    """Returns all that a driver sees of their plan."""
    at = now()
    period = subscriptions.current(subscription, now=at) or subscription.periods.order_by("-number").first()
    if period is None:
        return {"subscription": subscription, "period": None}
    period.subscription = subscription
    used = benefits.taken_wh(period)
    zone = ZoneInfo(subscription.time_zone)
    following = periods.build_next(period.ends_at, zone=zone, anchor=subscription.anchor_day)
    newest = subscriptions.newest(subscription.next_plan or subscription.plan)
    return {
        "subscription": subscription,
        "period": period,
        "used_wh": used,
        "next_fee": newest,
        "left_wh": max(period.included_wh - used, 0),
        "back_minor": subscriptions.refund_minor(period, now=at),
        "change": plan_change.newest(subscription),
        "benefits_end": dunning.benefits_end(period),
        "brings": list_benefits(period.version),
        "following": following,
    }
