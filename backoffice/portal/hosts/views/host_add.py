"""Lets agents add a host: name, country, currency, and the first owner, who gets a link."""

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from authorization.accounts.invitation_links import hand_over
from authorization.people.members import PeopleError
from authorization.people.request import now, viewer
from backoffice.portal.hosts import acts
from billing.engine.values.money import EXPONENTS
from chargers.properties import countries, first_defaults


class HostForm(forms.Form):
    """The data required for a new host; the host adds the rest itself."""

    name = forms.CharField(max_length=200, label="Name of the host", help_text="As guests read it.")
    country = forms.ChoiceField(choices=countries.english_choices(), initial="US")
    currency = forms.ChoiceField(
        choices=[("", "The country's own"), *((code, code) for code in sorted(EXPONENTS))],
        required=False,
        help_text="Of its rates, receipts and payouts. It follows the country until money moves, and stays then.",
    )
    owner = forms.EmailField(
        max_length=254, label="E-mail of the first owner", help_text="They get a link that works once, for 7 days."
    )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if not data.get("currency") and (country := data.get("country")):
            data["currency"] = first_defaults.currency(country)
            if not data["currency"]:
                self.add_error("currency", "Choose the currency: we know none of this country.")
        return data


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def host_add(request: HttpRequest) -> HttpResponse:
    """Shows the form and, once submitted, the owner's link, which is shown only once."""
    user = viewer(request)
    if not user.is_agent:
        raise Http404
    form = HostForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            _, invited = acts.add(**form.cleaned_data, by=user, now=now())
        except acts.HostError as exc:
            form.add_error("name", str(exc))
        except PeopleError as exc:
            form.add_error("owner", str(exc))
        else:
            return hand_over(request, invited)
    return render(request, "billing/host_add.html", {"room": "people", "form": form})
