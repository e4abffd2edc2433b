"""A property's terms for holds on guests' cards: how much is held, and what happens near that amount."""

from decimal import Decimal
from typing import Any, Final

from django import forms
from django.conf import settings
from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from authorization.people import access
from authorization.people.request import now, viewer
from billing.engine.values import money
from billing.formatting.amounts import AmountField
from billing.models import HoldPolicy
from billing.sessions.holds import acts, hold_amount, hold_bounds
from chargers.models import Property

_DIGITS: Final = 9
"""Before the decimal point."""


class HoldsForm(forms.Form):
    """A property's terms for holds; empty fields are the default.

    Amounts are in major units of the host's currency, with its decimals.
    """

    energy_kwh = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=1000,
        label="Energy that it is to cover, kWh",
        help_text="Of the highest price of the rate, with all fees.",
    )
    least = forms.Field(required=False, label="At least")
    most = forms.Field(required=False, label="At most")
    at_limit = forms.ChoiceField(
        choices=HoldPolicy.AtLimit.choices,
        label="When the cost comes near to it",
        widget=forms.RadioSelect,
        help_text="Guests read before they pay which of the two holds.",
    )

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._currency = currency
        decimals, least = money.EXPONENTS[currency], min(money.everyday_unit(currency), Decimal(1))
        for name in ("least", "most"):
            self.fields[name] = AmountField(
                currency=currency,
                required=False,
                min_value=least,
                max_digits=_DIGITS + decimals,
                label=f"{self.fields[name].label} ({currency})",
            )

    def clean(self) -> dict[str, Any]:
        form_data = self.cleaned_data
        bounds = {name: _minor(form_data.get(name), currency=self._currency) for name in ("least", "most")}
        for name, fault in hold_bounds.faults(**bounds, currency=self._currency).items():
            self.add_error(name, fault)
        return form_data


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def holds_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Shows the terms of one property; its managers change them."""
    property_ = access.properties(viewer(request)).select_related("host").filter(slug=slug).first()
    if property_ is None or not access.may_manage(viewer(request), property_.host):
        raise Http404
    policy, currency = (
        HoldPolicy.objects.filter(host=property_.host, property=property_).first(),
        property_.host.currency,
    )
    form = HoldsForm(request.POST or None, initial=_initial(policy, currency=currency), currency=currency)
    if request.method == "POST" and request.POST.get("do") == "default":
        _keep(request, property_, None)
        return redirect("billing:holds", slug=slug)
    if request.method == "POST" and form.is_valid():
        _keep(request, property_, _convert_hold_fields(form.cleaned_data, currency=currency))
        return redirect("billing:holds", slug=slug)
    context = {
        "room": "properties",
        "place": property_,
        "form": form,
        "known": policy,
        "currency": currency,
        "usual": hold_amount.usual(currency, is_fast=False),
        "fast": hold_amount.usual(currency, is_fast=True),
    }
    return render(request, "billing/holds.html", context)


def _keep(request: HttpRequest, property_: Property, terms: dict[str, Any] | None) -> None:
    """Saves the terms; None restores the defaults."""
    acts.set_holds(property_, terms, by=viewer(request), now=now())
    notes.success(request, "From the next guest on it is held like that. Running sessions keep what is held.")


def _convert_hold_fields(fields: dict[str, Any], *, currency: str) -> dict[str, Any]:
    return {
        "energy_kwh": fields["energy_kwh"],
        "least_minor": _minor(fields["least"], currency=currency),
        "most_minor": _minor(fields["most"], currency=currency),
        "at_limit": fields["at_limit"],
    }


def _initial(policy: HoldPolicy | None, *, currency: str) -> dict[str, Any]:
    if policy is None:
        return {"at_limit": settings.HOLD_AT_LIMIT}
    least, max_amount = (_major(minor, currency=currency) for minor in (policy.least_minor, policy.most_minor))
    return {"energy_kwh": policy.energy_kwh, "least": least, "most": max_amount, "at_limit": policy.at_limit}


def _minor(amount: Decimal | None, *, currency: str) -> int | None:
    return None if amount is None else money.round_half_away(money.exact_minor(amount, currency=currency))


def _major(minor: int | None, *, currency: str) -> Decimal | None:
    return None if minor is None else Decimal(minor).scaleb(-money.EXPONENTS[currency])
