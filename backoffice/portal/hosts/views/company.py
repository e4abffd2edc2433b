"""Company: the issuer on a host's receipts, and what is missing there."""

from typing import Any, Final

from django import forms
from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from authorization.accounts import fresh_login
from authorization.people import access as people
from authorization.people.request import now, viewer
from authorization.people.roles import Right
from backoffice.portal.hosts import acts as host_acts
from billing.models import ReceiptSeries, SellerFacts
from billing.payouts.payees import bank_accounts
from billing.payouts.payees.agreements import Scope
from billing.payouts.statements import seller_facts
from billing.sessions.documents import tax_numbers
from billing.sessions.documents.tax_numbers import TaxNumberError
from chargers.models import Host
from chargers.properties import countries
from chargers.properties.countries import EU

_MISSING: Final = {
    "legal_name": "the company's legal name (the host's name stands there instead)",
    "legal_address": "the company's address",
    "tax_number": "the tax number",
}
_SERIES: Final = {
    "C": "credit notes", "R": "corrected receipts", "S": "invoices of subscriptions", "SC": "their credit notes",
    "A": "statements of account", "H": "invoices to employers",
}  # fmt: skip


class CompanyForm(forms.ModelForm):  # type: ignore[type-arg]
    """The issuer on future receipts, credit notes and invoices; issued ones do not change."""

    country = forms.ChoiceField(
        choices=countries.english_choices(),
        required=False,
        help_text="Rates, receipts and payouts are in its currency. Neither can change once money has moved.",
    )

    class Meta:
        model = Host
        fields = host_acts.COMPANY_FIELDS
        labels = {"legal_name": "Legal name", "legal_address": "Address", "tax_number": "Tax number"}
        help_texts = {
            "legal_name": "As registered. Empty: the name of the host.",
            "legal_address": "Street, number, postal code and city. Documents print it in one line.",
            "tax_number": "VAT number, EIN or the like; checked by the rules of the host's country.",
        }
        widgets = {"legal_address": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["country"].disabled = host_acts.has_moved_money(self.instance)

    def clean_country(self) -> str:
        """Returns the stored country if the form has none."""
        return str(self.cleaned_data.get("country") or self.instance.country)

    def clean_legal_address(self) -> str:
        """Joins the lines of a pasted address with commas."""
        lines = self.cleaned_data["legal_address"].splitlines()
        return ", ".join(text for line in lines if (text := line.strip().rstrip(",")))

    def clean_tax_number(self) -> str:
        country = self.cleaned_data.get("country") or self.instance.country
        try:
            return tax_numbers.read(self.cleaned_data["tax_number"], country=country).text
        except TaxNumberError as exc:
            raise forms.ValidationError(str(exc)) from exc


class SellerForm(forms.Form):
    """The host's data for the yearly seller report."""

    kind = forms.ChoiceField(choices=SellerFacts.Kind.choices, label="The host is")
    taxpayer_number = forms.CharField(
        max_length=40,
        required=False,
        label="Taxpayer number",
        help_text="TIN of the country where taxes are paid; in the US the EIN, ITIN or SSN. Stored encrypted.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    registration_number = forms.CharField(
        max_length=40, required=False, label="Registration number", help_text="In the register of companies."
    )
    born_on = forms.DateField(
        required=False,
        label="Date of birth",
        help_text="Of a person; empty for a company.",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def facts(self) -> dict[str, Any]:
        """Returns the values for `seller_facts.store`."""
        data = self.cleaned_data
        texts = {name: data[name].replace("\x00", "").strip() for name in ("taxpayer_number", "registration_number")}
        return {"kind": data["kind"], "born_on": data["born_on"]} | texts


@login_required
@require_safe
def company_hosts(request: HttpRequest) -> HttpResponse:
    """Lists the hosts whose company data the user sees; redirects if there is only one."""
    visible_hosts = list(people.hosts_with(viewer(request), Right.SEE_MONEY).order_by("name"))
    if not visible_hosts:
        raise Http404
    if len(visible_hosts) == 1:
        return redirect("portal:company", host=visible_hosts[0].slug)
    rows = [(host, missing(host)) for host in visible_hosts]
    return render(request, "billing/company_hosts.html", {"room": "settings", "rows": rows})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def company(request: HttpRequest, host: str) -> HttpResponse:
    """Shows company data to roles that see money; roles that handle money can change it."""
    user = viewer(request)
    seen_host = people.hosts_with(user, Right.SEE_MONEY).filter(slug=host).first()
    if seen_host is None:
        raise Http404
    if request.method == "POST":
        if not people.has_right(user, Right.HANDLE_MONEY, seen_host):
            raise Http404
        return (
            _change_seller(request, seen_host) if request.POST.get("form") == "seller" else _change(request, seen_host)
        )
    return _page(request, seen_host, CompanyForm(instance=seen_host), _seller_form(seen_host))


def _change_seller(request: HttpRequest, host: Host) -> HttpResponse:
    """Needs a fresh log-in, and does not store the input: the session would hold a taxpayer number in clear text."""
    if fresh_login.is_stale(request):
        return fresh_login.log_in_first(request, next_step="enter the seller facts")
    form = _seller_form(host, request.POST)
    if form.is_valid():
        _save_seller(request, host, form)
        return redirect("portal:company", host=host.slug)
    return _page(request, host, CompanyForm(instance=host), form)


@fresh_login.after_log_in
def _change(request: HttpRequest, host: Host) -> HttpResponse:
    form = CompanyForm(request.POST, instance=host)
    if form.is_valid() and _save(request, form):
        return redirect("portal:company", host=host.slug)
    return _page(request, host, form, _seller_form(host))


def _seller_form(host: Host, form_data: QueryDict | None = None) -> SellerForm:
    facts = seller_facts.load(host)
    initial = {
        "kind": facts.kind,
        "taxpayer_number": seller_facts.plain_number(facts),
        "registration_number": facts.registration_number,
        "born_on": facts.born_on,
    }
    return SellerForm(form_data, initial=initial)


def _page(request: HttpRequest, host: Host, form: CompanyForm, seller: SellerForm) -> HttpResponse:
    stored_host = Host.objects.get(pk=host.pk)  # without the input
    lacking = seller_facts.missing(
        stored_host,
        seller_facts.load(stored_host),
        has_account=bool(bank_accounts.current(Scope(host=stored_host, currency=stored_host.currency))),
        is_in_eu=stored_host.country in EU,
    )
    context = {
        "room": "settings",
        "host": stored_host,
        "form": form,
        "seller": seller,
        "lacking": lacking,
        "may_change": people.has_right(viewer(request), Right.HANDLE_MONEY, stored_host),
        "missing": missing(stored_host),
        "series": [(row, _SERIES.get(row.series.rstrip("0123456789"), "receipts")) for row in _series(stored_host)],
    }
    return render(request, "billing/company.html", context)


def missing(host: Host) -> list[str]:
    """Returns what is missing on this host's receipts, as texts."""
    return [words for name, words in _MISSING.items() if not getattr(host, name)]


def _save(request: HttpRequest, form: CompanyForm) -> bool:
    """Stores the form. Returns False after adding the error to the form."""
    try:
        is_changed = host_acts.change_company(form.instance, by=viewer(request), now=now())
    except host_acts.HostError as exc:
        form.add_error("country", str(exc))
        return False
    if is_changed:
        notes.success(request, "Receipts say so from now on; those that were issued stay as they are.")
    else:
        notes.info(request, "Nothing was changed.")
    return True


def _save_seller(request: HttpRequest, host: Host, form: SellerForm) -> None:
    if host_acts.change_seller(host, form.facts(), by=viewer(request), now=now()):
        notes.success(request, "Saved. The report of the year says so.")
    else:
        notes.info(request, "Nothing was changed.")


def _series(host: Host) -> list[ReceiptSeries]:
    return list(ReceiptSeries.objects.filter(host=host).order_by("-series"))
