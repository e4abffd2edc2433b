"""Rates > Plans: the host's monthly plans for drivers, and their subscribers."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from authorization.models import User
from authorization.people import access as people
from authorization.people.request import now, viewer
from authorization.people.roles import Right
from billing.engine.values import money
from billing.engine.values.money import EXPONENTS
from billing.formatting import contacts
from billing.formatting.amounts import AmountField, NumberField
from billing.models import Plan, PlanVersion, Subscription
from billing.pricing import benefits
from billing.sessions.plans import dunning, subscriptions
from billing.sessions.plans.acts import plans as acts
from billing.sessions.plans.catalogue import PlanTerms
from chargers.models import Host, Property
from chargers.properties import time_zones

WAIVES: Final = (("connection", "Connection fee"), ("idle", "Idle fee"), ("processing", "Processing fee"))
_LIVE: Final = Q(subscriptions__state__in=("active", "past_due"))


class PlanForm(forms.Form):
    """A plan's terms as the host enters them."""

    name = forms.CharField(max_length=100, label="Name")
    fee = forms.Field(label="Monthly fee", help_text="With its tax.")
    tax_pct = NumberField(min_value=0, max_value=100, decimal_places=3, initial=0, label="Tax within the fee (%)")
    included_kwh = NumberField(
        min_value=0, max_value=100_000, decimal_places=3, initial=0, label="Included energy (kWh a month)"
    )
    discount_pct = NumberField(
        min_value=0, max_value=100, decimal_places=3, initial=0, label="Discount on the energy price (%)"
    )
    waives = forms.MultipleChoiceField(
        choices=WAIVES, required=False, widget=forms.CheckboxSelectMultiple, label="Fees that it waives"
    )
    proration = forms.ChoiceField(
        choices=PlanVersion.Proration.choices,
        widget=forms.RadioSelect,
        label="First period",
        initial=PlanVersion.Proration.DAYS,
    )
    properties = forms.ModelMultipleChoiceField(
        queryset=Property.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="Where",
        help_text="None chosen: everywhere.",
    )

    def __init__(self, *args: Any, host: Host, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._host = host
        self.fields["fee"] = AmountField(
            currency=host.currency,
            min_value=Decimal(1).scaleb(-EXPONENTS[host.currency]),
            label=f"Monthly fee ({host.currency})",
            help_text="With its tax.",
        )
        self.fields["properties"].queryset = Property.objects.filter(host=host).order_by("name")  # type: ignore[attr-defined]

    def offer(self) -> PlanTerms:
        fields, currency = self.cleaned_data, self._host.currency
        return PlanTerms(
            fee_minor=money.round_half_away(money.exact_minor(fields["fee"], currency=currency)),
            currency=currency,
            tax_pct=fields["tax_pct"],
            included_wh=int(fields["included_kwh"] * 1000),
            discount_pct=fields["discount_pct"],
            waives=tuple(fields["waives"]),
            proration=PlanVersion.Proration(fields["proration"]),
            properties=tuple(fields["properties"]),
        )


def visible(user: User) -> QuerySet[Plan]:
    """Returns the plans of hosts whose money this person may see."""
    return Plan.objects.filter(host__in=people.hosts_with(user, Right.SEE_MONEY))


@login_required
@require_safe
def plan_list(request: HttpRequest) -> HttpResponse:
    """Lists the offered plans with the number of their subscribers."""
    user = viewer(request)
    rows = visible(user).select_related("host").annotate(had=Count("subscriptions", filter=_LIVE))
    plans: Any = rows.order_by("retired_at", "name").prefetch_related(subscriptions.newest_versions())[:200]
    context = {
        "room": "rates",
        "rows": [(plan, plan.newest_versions[0]) for plan in plans],
        "hosts": people.hosts_with(user, Right.MANAGE).order_by("name")[:50],
    }
    return render(request, "billing/plans.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def plan_add(request: HttpRequest, host: str) -> HttpResponse:
    user = viewer(request)
    owner = people.hosts_with(user, Right.MANAGE).filter(slug=host).first()
    if owner is None:
        raise Http404
    form = PlanForm(request.POST or None, host=owner)
    if request.method == "POST" and form.is_valid():
        name = form.cleaned_data["name"].replace("\x00", "")
        new_version = acts.add(owner, name=name, offer=form.offer(), by=user, now=now())
        return redirect("billing:plan", pk=new_version.plan_id)
    return render(request, "billing/plan_form.html", {"room": "rates", "host": owner, "form": form})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def plan_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows a plan with its subscribers, and the form for a new version."""
    user = viewer(request)
    plan = visible(user).select_related("host").filter(pk=pk).first()
    if plan is None:
        raise Http404
    may_change = people.may_manage(user, plan.host)
    if request.method == "POST" and not may_change:
        raise Http404
    version = subscriptions.newest(plan)
    form = PlanForm(request.POST or None, host=plan.host, initial=_initial(version))
    if request.method == "POST" and form.is_valid():
        name = form.cleaned_data["name"].replace("\x00", "")
        new_version = acts.change(plan, version, name=name, offer=form.offer(), by=user, now=now())
        notes.success(request, f"Version {new_version.number} counts from now on, for who has it from the next period.")
        return redirect("billing:plan", pk=plan.pk)
    context = {
        "room": "rates",
        "plan": plan,
        "version": version,
        "form": form,
        "may_change": may_change,
        "zone": time_zones.of_host(plan.host),
        "subscribers": _subscribers(plan),
    }
    return render(request, "billing/plan.html", context)


@login_required
@require_POST
def plan_retire(request: HttpRequest, pk: int) -> HttpResponse:
    user = viewer(request)
    plan = visible(user).select_related("host").filter(pk=pk).first()
    if plan is None:
        raise Http404
    if acts.retire(plan, by=user, now=now()):
        notes.success(request, "Nobody can choose it any more; who has it keeps it until they end it.")
    return redirect("billing:plan", pk=pk)


def _subscribers(plan: Plan) -> list[dict[str, Any]]:
    """Returns the newest 200. The number of queries does not depend on theirs."""
    rows = plan.subscriptions.select_related("driver__user").prefetch_related(
        subscriptions.newest_periods(), "changes__period__version__plan", "changes__version__plan"
    )
    newest: list[Any] = list(rows.order_by("-id")[:200])
    usage_by_period = benefits.taken_by_period(
        [period for subscription in newest for period in subscription.newest_periods]
    )
    return [_subscriber(subscription, usage_by_period=usage_by_period) for subscription in newest]


def _subscriber(subscription: Subscription, *, usage_by_period: Mapping[UUID, int]) -> dict[str, Any]:
    """Returns a subscriber as the host sees them: the address masked, with what was paid and used."""
    period = next(iter(subscription.newest_periods), None)  # type: ignore[attr-defined]
    user = subscription.driver.user
    if period is not None:
        period.subscription = subscription
    return {
        "change": max(subscription.changes.all(), key=lambda change: change.agreed_at, default=None),
        "subscription": subscription,
        "who": contacts.mask_address(user.email) if user else "deleted account",
        "period": period,
        "used_wh": usage_by_period[period.pk] if period else 0,
        "benefits_end": dunning.benefits_end(period) if period and subscription.state == "past_due" else None,
    }


def _initial(version: PlanVersion) -> dict[str, Any]:
    fee = Decimal(version.fee_minor).scaleb(-EXPONENTS[version.currency])
    return {
        "name": version.plan.name,
        "fee": fee,
        "tax_pct": f"{version.tax_pct.normalize():f}",
        "included_kwh": Decimal(version.included_wh) / 1000,
        "discount_pct": f"{version.discount_pct.normalize():f}",
        "waives": version.waives,
        "proration": version.proration,
        "properties": list(version.properties.all()),
    }
