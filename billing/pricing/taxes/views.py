"""The tax of each property, set once for all rates that refer to it."""

from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from authorization.people import access as people
from authorization.people.request import now, viewer
from billing.engine.rate.definition import refers_to_property
from billing.formatting.amounts import NumberField
from billing.models import PropertyTax, RateAssignment
from billing.pricing.taxes import acts
from chargers.lib import moments
from chargers.models import Property


class TaxForm(forms.Form):
    """A percentage, and the local day on which it takes effect."""

    percentage = NumberField(label="Tax (%)", min_value=Decimal(0), max_value=Decimal(100), decimal_places=3)
    begins = forms.DateField(label="From", required=False)


@dataclass(frozen=True, slots=True)
class TaxRow:
    """A property with its current tax, the planned one, and its rates that refer to it."""

    property_: Property
    current: PropertyTax | None
    planned: PropertyTax | None
    rates: tuple[str, ...]
    may_change: bool


@login_required
@require_safe
def property_taxes(request: HttpRequest) -> HttpResponse:
    """Lists every property that this person may see."""
    user = viewer(request)
    places = list(people.properties(user).filter(closed_at=None).select_related("host").order_by("host__name", "name"))
    managed = {host.pk for host in people.managed_hosts(user)}
    context = {
        "room": "rates",
        "rows": _rows(places, managed=managed, at=now()),
        "has_hosts": len({property_.host_id for property_ in places}) > 1,
    }
    return render(request, "billing/property_taxes.html", context)


@login_required
@require_POST
def property_tax_state(request: HttpRequest, slug: str) -> HttpResponse:
    """Sets the tax for sessions that start from now, or from the beginning of the given day."""
    user = viewer(request)
    property_ = people.properties(user).select_related("host").filter(slug=slug).first()
    if property_ is None or not people.may_manage(user, property_.host):
        raise Http404
    form = TaxForm(request.POST)
    if not form.is_valid():
        wrong = next(iter(form.errors.values()))[0]
        notes.error(request, f"The tax of {property_.name} was not saved. {wrong}")
        return redirect("billing:property-taxes")
    percentage, begins = form.cleaned_data["percentage"], form.cleaned_data["begins"]
    try:
        new_tax = acts.state(property_, percentage, valid_from=_midnight(begins, property_), by=user, now=now())
    except acts.TaxError as exc:
        notes.error(request, f"The tax of {property_.name} was not saved. {exc}")
    else:
        since = f"from {begins:%-d %B %Y}" if begins else "from now on"
        text = f"Sessions at {property_.name} are taxed at {percentage.normalize():f} % {since}."
        notes.success(request, text if new_tax else f"Nothing was changed: {property_.name} has that tax already.")
    return redirect("billing:property-taxes")


def _midnight(day: date | None, property_: Property) -> datetime | None:
    return moments.clamp_to_utc(datetime.combine(day, time(), tzinfo=ZoneInfo(property_.time_zone))) if day else None


def _rows(places: list[Property], *, managed: set[int], at: datetime) -> list[TaxRow]:
    """Returns the rows. Two queries."""
    taxes = list(PropertyTax.objects.filter(property__in=places).order_by("valid_from"))
    assigned = (
        RateAssignment.objects.filter(property__in=places).select_related("rate").prefetch_related("rate__versions")
    )
    names: dict[int, set[str]] = {}
    for row in assigned:
        newest = max(row.rate.versions.all(), key=lambda version: version.number, default=None)
        if newest is not None and refers_to_property(newest.definition):
            names.setdefault(row.property_id, set()).add(row.rate.name)
    return [
        TaxRow(
            property_,
            current=next(
                (tax for tax in reversed(taxes) if tax.property_id == property_.pk and tax.valid_from <= at), None
            ),
            planned=next(
                (
                    property_tax
                    for property_tax in taxes
                    if property_tax.property_id == property_.pk and property_tax.valid_from > at
                ),
                None,
            ),
            rates=tuple(sorted(names.get(property_.pk, ()))),
            may_change=property_.host_id in managed,
        )
        for property_ in places
    ]
