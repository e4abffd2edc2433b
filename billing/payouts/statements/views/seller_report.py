"""The yearly seller report: payments by seller, who is reported and why, missing data. For agents."""

from typing import Any, Final

from allauth.account.decorators import reauthentication_required
from django import forms
from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from authorization.people.request import now, viewer
from billing.engine.values import money
from billing.models import ReportingThreshold
from billing.payouts.statements import acts
from billing.payouts.statements import seller_report as report
from chargers.properties import countries

_FIRST: Final = 2020


class ReportForm(forms.Form):
    """The year, and the country of the hosts."""

    year = forms.IntegerField(
        min_value=_FIRST, max_value=2199, widget=forms.NumberInput(attrs={"inputmode": "numeric"})
    )
    country = forms.ChoiceField(choices=[("", "All countries"), *countries.english_choices()], required=False)


class ThresholdForm(forms.Form):
    """The sums above which hosts are reported, since a year."""

    scheme = forms.ChoiceField(choices=ReportingThreshold.Scheme.choices)
    from_year = forms.IntegerField(min_value=2000, max_value=2199, label="From the year")
    currency = forms.ChoiceField(choices=[(code, code) for code in ("EUR", "USD")])
    above = forms.DecimalField(min_value=0, max_digits=12, decimal_places=2, label="More than")
    above_count = forms.IntegerField(min_value=0, label="By more payments than")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def seller_report(request: HttpRequest) -> HttpResponse:
    """Shows the report; a POST returns the CSV, with full numbers after a fresh login."""
    if not viewer(request).is_agent:
        raise Http404
    if request.POST.get("act") == "threshold":
        return _set_threshold(request)
    if request.POST.get("act") == "remove-threshold":
        return _remove_threshold(request)
    submitted = request.POST if request.method == "POST" else request.GET
    year = now().year - 1
    form = ReportForm(submitted if "year" in submitted else {"year": year, "country": ""})
    if not form.is_valid():
        return render(request, "billing/seller_report.html", {"room": "books", "form": form})
    if request.method == "POST":
        if request.POST.get("numbers") == "whole":
            answer: HttpResponse = _download_full_csv(request, form)
            return answer
        return _csv(request, form, is_whole=False)
    context: dict[str, Any] = {"room": "books", "form": form, "year": form.cleaned_data["year"]}
    context |= {"thresholds": report.thresholds(), "threshold_form": ThresholdForm()}
    context["sellers"] = report.sellers(form.cleaned_data["year"], country=form.cleaned_data["country"])
    return render(request, "billing/seller_report.html", context)


def _set_threshold(request: HttpRequest) -> HttpResponse:
    form = ThresholdForm(request.POST)
    if form.is_valid():
        form_data = form.cleaned_data
        acts.set_threshold(
            form_data["scheme"],
            from_year=form_data["from_year"],
            currency=form_data["currency"],
            by=viewer(request),
            now=now(),
            above_minor=int(money.exact_minor(form_data["above"], currency=form_data["currency"])),
            above_count=form_data["above_count"],
        )
        notes.success(request, "The threshold is set; reports of those years follow it from now on.")
    else:
        notes.error(
            request, " ".join(f"{form.fields[name].label}: {errors[0]}" for name, errors in form.errors.items())
        )
    return redirect("billing:seller-report")


def _remove_threshold(request: HttpRequest) -> HttpResponse:
    pk = request.POST.get("threshold", "")
    threshold = ReportingThreshold.objects.filter(pk=int(pk)).first() if pk.isdecimal() and len(pk) < 10 else None
    if threshold is not None and acts.remove_threshold(threshold, by=viewer(request), now=now()):
        notes.success(request, f"The threshold of {threshold} is removed; the one before it holds again.")
    else:
        notes.info(request, "Nothing was changed: this threshold is gone already.")
    return redirect("billing:seller-report")


@reauthentication_required  # type: ignore[untyped-decorator]
def _download_full_csv(request: HttpRequest, form: ReportForm) -> HttpResponse:
    return _csv(request, form, is_whole=True)


def _csv(request: HttpRequest, form: ReportForm, *, is_whole: bool) -> HttpResponse:
    year, country = form.cleaned_data["year"], form.cleaned_data["country"]
    text = acts.seller_report(year, country=country, is_whole=is_whole, by=viewer(request), now=now())
    response = HttpResponse(text.encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="sellers-{year}{country and "-"}{country}.csv"'
    return response
