"""A host's payout agreement: every version, and a form for the next one for agents."""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from authorization.people import access as people
from authorization.people import second_person
from authorization.people.request import now, viewer
from authorization.people.roles import Right
from billing.engine.values import money
from billing.models import PayoutAgreement
from billing.payouts.payees import acts as payee_act_acts
from billing.payouts.payees import agreements, changes, terms
from billing.payouts.payees.agreements import Scope, TermsError
from chargers.lib import moments
from chargers.models import Host, Property
from chargers.properties import time_zones

_AMOUNTS = ("processing_fixed", "subscription", "threshold", "reserve", "two_people_above")
_PLAIN = (
    "platform_fee_pct", "processing", "processing_pct", "cycle", "delay_days", "tax_remitter", "way", "self_billing",
)  # fmt: skip


class AgreementForm(forms.Form):
    """The next version. Amounts are in major units of the currency."""

    place = forms.ModelChoiceField(
        queryset=Property.objects.none(), required=False, label="For", empty_label="All properties"
    )
    currency = forms.CharField(max_length=3, min_length=3)
    valid_from = forms.DateField(
        label="Begins on", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="With a period: the first of a month for monthly payouts, a Monday for weekly ones. The first "
        "agreement begins on any day before something is sold.",
    )  # fmt: skip
    platform_fee_pct = forms.DecimalField(label="Platform fee, %", max_digits=5, decimal_places=2)
    processing = forms.ChoiceField(label="Card processing", choices=PayoutAgreement.Processing.choices)
    processing_pct = forms.DecimalField(
        label="Agreed processing price, %", max_digits=5, decimal_places=2, required=False, initial=0
    )
    processing_fixed = forms.DecimalField(
        label="Agreed processing price, for each payment", max_digits=12, required=False, initial=0
    )
    subscription = forms.DecimalField(label="Subscription a month", max_digits=12, required=False, initial=0)
    cycle = forms.ChoiceField(label="Cycle", choices=PayoutAgreement.Cycle.choices)
    delay_days = forms.IntegerField(label="Delay, days", help_text="From the end of the period to the payout.")
    threshold = forms.DecimalField(
        label="Smallest payout", max_digits=12, required=False, initial=0,
        help_text="What is less is carried to the next payout.",
    )  # fmt: skip
    reserve = forms.DecimalField(
        label="Reserve", max_digits=12, required=False, initial=0, help_text="Always kept back."
    )
    tax_remitter = forms.ChoiceField(label="Tax", choices=PayoutAgreement.Remitter.choices)
    way = forms.ChoiceField(label="Payment method", choices=PayoutAgreement.Way.choices)
    two_people_above = forms.DecimalField(
        label="Two people approve above", max_digits=12, required=False,
        help_text="Empty: one person is enough for any amount.",
    )  # fmt: skip
    self_billing = forms.BooleanField(label="The platform issues the host's invoice to itself", required=False)

    def __init__(self, *arguments: Any, host: Host, **more: Any) -> None:
        super().__init__(*arguments, **more)
        places = self.fields["place"]
        assert isinstance(places, forms.ModelChoiceField)
        places.queryset = Property.objects.filter(host=host).order_by("name")

    def clean_currency(self) -> str:
        currency_code = str(self.cleaned_data["currency"]).upper()
        if currency_code not in money.EXPONENTS:
            raise forms.ValidationError("Use a currency's three letters, such as EUR.")
        return currency_code

    def terms(self) -> dict[str, Any]:
        """Returns the terms as `agreements.agree` takes them."""
        form_data, currency = self.cleaned_data, self.cleaned_data["currency"]
        amounts: dict[str, int | None] = {f"{name}_minor": _minor(form_data[name], currency) for name in _AMOUNTS}
        if form_data["two_people_above"] is None:
            amounts["two_people_above_minor"] = None
        plain = {name: form_data[name] for name in _PLAIN}
        return plain | amounts | {"processing_pct": form_data["processing_pct"] or Decimal(0)}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def payout_agreement(request: HttpRequest, host: str) -> HttpResponse:
    """Shows every version; agents enter the next one."""
    user = viewer(request)
    owner = people.hosts_with(user, Right.SEE_MONEY).filter(slug=host).first()
    if owner is None or (request.method == "POST" and not user.is_agent):
        raise Http404
    if "withdraw" in request.POST or "confirm" in request.POST:
        return _confirm_or_withdraw(request, owner)
    if request.method != "POST":
        return _page(request, owner, AgreementForm(host=owner, initial=_initial(request, owner)))
    form = AgreementForm(request.POST, host=owner)
    if form.is_valid() and _enter_agreement(request, owner, form):
        return redirect("billing:payout-agreement", host=owner.slug)
    return _page(request, owner, form)


def _confirm_or_withdraw(request: HttpRequest, host: Host) -> HttpResponse:
    """Confirms or withdraws a version that waits, or has not begun."""
    posted_pk = request.POST.get("withdraw") or request.POST.get("confirm", "")
    rows = PayoutAgreement.objects.filter(host=host).select_related("host", "property")
    agreement = rows.filter(pk=int(posted_pk) if posted_pk.isdecimal() and len(posted_pk) < 19 else 0).first()
    if agreement is None:
        notes.info(request, "Nothing was changed: this version is not there any more.")
        return redirect("billing:payout-agreement", host=host.slug)
    try:
        if "withdraw" in request.POST:
            payee_act_acts.withdraw_agreement(agreement, by=viewer(request), now=now())
            notes.success(request, f"Version {agreement.number} was withdrawn.")
        else:
            payee_act_acts.confirm_agreement(agreement, by=viewer(request), now=now())
            notes.success(request, f"Version {agreement.number} is agreed, and {host.name} hears of it by e-mail.")
    except TermsError as exc:
        notes.error(request, str(exc))
    return redirect("billing:payout-agreement", host=host.slug)


def _enter_agreement(request: HttpRequest, host: Host, form: AgreementForm) -> bool:
    form_data = form.cleaned_data
    scope = Scope(host=host, currency=form_data["currency"], property_=form_data["place"])
    begins_at = _local_midnight(form_data["valid_from"], scope)
    try:
        agreement = payee_act_acts.agree(scope, valid_from=begins_at, by=viewer(request), now=now(), **form.terms())
    except TermsError as exc:
        name = exc.term.removesuffix("_minor")
        form.add_error(name if name in form.fields else None, str(exc))
        return False
    begins = f"Version {agreement.number} for {scope.text()} begins on {form_data['valid_from']:%-d %B %Y}"
    if agreement.state == PayoutAgreement.State.WAITING:
        notes.warning(request, f"{begins} if a second person agrees to it: {_why_two(agreement)}.")
    else:
        notes.success(request, f"{begins}. {host.name} hears of it by e-mail.")
    return True


def _why_two(agreement: PayoutAgreement) -> str:
    return "; ".join(changes.beyond_one(agreements.find_replaced_terms(agreement), agreement))


def _page(request: HttpRequest, host: Host, form: AgreementForm) -> HttpResponse:
    rows = PayoutAgreement.objects.filter(host=host).select_related("host", "property")
    if not viewer(request).is_agent:
        rows = rows.filter(state=PayoutAgreement.State.AGREED)
    false = Q(state=PayoutAgreement.State.REPLACED, made_by=agreements.BY_STANDARD)  # for each look, up to 144 a day
    false_count, rows = rows.filter(false).count(), rows.exclude(false)
    at = now()
    versions = [_version(agreement, at=at) for agreement in rows.order_by("property__name", "currency", "-number")]
    context = {
        "room": "payouts",
        "host": host,
        "versions": versions,
        "standard": terms.rows(PayoutAgreement(host=host, currency=host.currency)),
        "false_count": false_count,
        "form": form,
        "may_agree": viewer(request).is_agent,
        "mine": second_person.find_own_acts(viewer(request), {row.pk: agreements.first_of(row) for row in rows}),
        "zone": time_zones.of_host(host),
    }
    return render(request, "billing/payout_agreement.html", context)


def _version(agreement: PayoutAgreement, *, at: datetime) -> dict[str, Any]:
    """Returns a version, with its changes if it has not begun."""
    waits = agreement.state == PayoutAgreement.State.WAITING
    is_future = agreement.valid_from > at
    return {
        "row": agreement,
        "terms": terms.rows(agreement),
        "is_in_force": agreements.in_force(Scope.from_row(agreement), at=at) == agreement,
        "is_future": is_future,
        "waits": waits,
        "is_replaced": agreement.state == PayoutAgreement.State.REPLACED,
        "why": _why_two(agreement) if waits else "",
        "changes": changes.compare(agreements.find_replaced_terms(agreement), agreement) if waits or is_future else [],
    }


def _initial(request: HttpRequest, host: Host) -> dict[str, Any]:
    """Returns the current terms, so that only changes need to be typed."""
    scopes = agreements.scopes(host)
    currency = scopes[-1].currency if scopes else host.currency
    scope = Scope(host=host, currency=currency)
    agreement = agreements.in_force(scope, at=now()) or PayoutAgreement(**scope.fields(), **agreements.STANDARD)
    amounts = {name: _major(getattr(agreement, f"{name}_minor"), currency) for name in _AMOUNTS}
    return {name: getattr(agreement, name) for name in _PLAIN} | amounts | {"currency": currency}


def _local_midnight(day: date, scope: Scope) -> datetime:
    zone = scope.property_.time_zone if scope.property_ else time_zones.of_host(scope.host)
    return moments.clamp_to_utc(datetime.combine(day, time(), tzinfo=ZoneInfo(zone)))


def _minor(amount: Decimal | None, currency: str) -> int:
    return money.round_half_away(money.exact_minor(amount or Decimal(0), currency=currency))


def _major(minor: int | None, currency: str) -> str:
    return "" if minor is None else money.major(minor, currency=currency)
