"""Settings > Refund offers: the limits within which guests take offers by themselves, and the latest offers."""

from typing import Any, Final

from django import forms
from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from authorization.accounts import fresh_login
from authorization.people import access as people
from authorization.people.request import now, viewer
from authorization.people.roles import Right
from billing import access
from billing.engine.values import money as values
from billing.formatting.amounts import AmountField
from billing.formatting.money import money
from billing.models import RefundOffer, RefundOfferTerms
from billing.sessions.offers import acts, terms
from billing.sessions.offers.offers import OfferError
from billing.sessions.offers.terms import TermsError, WantedTerms
from billing.sessions.refunds import refunds
from billing.sessions.refunds.refunds import RefundError
from chargers.models import Host

_LIMIT: Final = 100
_FIELDS: Final = ("most", "month")


class TermsForm(forms.Form):
    """The limits in major units of the host's currency."""

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = currency
        alone = money(refunds.limit_minor(currency), currency)
        self.fields["most"] = AmountField(
            currency=currency,
            label=f"For one session, at most ({currency})",
            help_text=f"With tax. Above {alone} a refund needs a second person.",
        )
        self.fields["month"] = AmountField(
            currency=currency,
            label=f"In a month, at most ({currency})",
            help_text="For all sessions together, in your time zone. What is beyond it waits for you.",
        )

    def limits(self) -> WantedTerms:
        max_minor, month = (
            int(values.exact_minor(self.cleaned_data[name], currency=self.currency)) for name in _FIELDS
        )
        return WantedTerms(currency=self.currency, most_minor=max_minor, month_minor=month)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def offer_settings(request: HttpRequest, host: str) -> HttpResponse:
    """Shows the limits and the newest offers of a host."""
    user = viewer(request)
    owner = people.hosts_with(user, Right.SEE_MONEY).filter(slug=host).first()
    if owner is None:
        raise Http404
    may_change = people.has_right(user, Right.HANDLE_MONEY, owner)
    current = terms.find(owner)
    form = _form(request, owner, current)
    if request.method == "POST":
        if not may_change:
            raise Http404
        change = _give_more if _gives_more(form, current) else _change
        return change(request, owner, form)
    return _page(request, owner, form, may_change=may_change)


def _page(request: HttpRequest, host: Host, form: TermsForm, *, may_change: bool) -> HttpResponse:
    current = terms.find(host)
    rows = access.refund_offers(viewer(request)).filter(host=host).order_by("-id")
    context = {
        "room": "settings",
        "host": host,
        "terms": current,
        "form": form,
        "may_change": may_change,
        "offers": rows.select_related("receipt__session__charger", "receipt__session__property", "refund")[:_LIMIT],
        "taken_minor": terms.taken_minor(host, currency=current.currency, now=now()) if current else 0,
        "most": _LIMIT,
    }
    return render(request, "billing/refund_offers.html", context, status=400 if form.errors else 200)


def _form(request: HttpRequest, host: Host, current: RefundOfferTerms | None) -> TermsForm:
    currency = current.currency if current else host.currency
    initial = {}
    if current is not None:
        amounts = (current.most_minor, current.month_minor)
        initial = {name: values.major(minor, currency=currency) for name, minor in zip(_FIELDS, amounts, strict=True)}
    posted = request.POST if request.method == "POST" and "off" not in request.POST else None
    return TermsForm(posted, initial=initial, currency=currency)


def _gives_more(form: TermsForm, current: RefundOfferTerms | None) -> bool:
    """Whether the form switches offers on or raises a limit. Its errors are reported without a log-in."""
    if not form.is_valid():  # also if it switches them off: then it is not bound
        return False
    new_limits = form.limits()
    return current is None or new_limits.most_minor > current.most_minor or new_limits.month_minor > current.month_minor


def _change(request: HttpRequest, host: Host, form: TermsForm) -> HttpResponse:
    user, response = viewer(request), redirect("settings-refund-offers", host=host.slug)
    if "off" in request.POST:
        acts.turn_off(host, by=user, now=now())
        notes.success(request, "Offers wait for you from now on. What guests were offered before stays offered.")
        return response
    if not form.is_valid():
        return _page(request, host, form, may_change=True)
    try:
        acts.set_terms(host, form.limits(), by=user, now=now())
    except TermsError as exc:
        form.add_error(exc.field.removesuffix("_minor"), str(exc))
        return _page(request, host, form, may_change=True)
    notes.success(request, "Within these limits guests are offered their money back at once, from now on.")
    return response


_give_more = fresh_login.after_log_in(_change)
"""Needs a fresh log-in, because guests take refunds by themselves within the limits: a stolen login must not raise
them.
"""


@login_required
@require_POST
def offer_answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Refunds a bill that looks wrong, or leaves it as it is with the reason; on the page Money."""
    user = viewer(request)
    offer = access.refund_offers(user).select_related("host").filter(pk=pk).first()
    if offer is None or not people.has_right(user, Right.HANDLE_MONEY, offer.host):
        raise Http404
    try:
        if request.POST.get("answer") == "give":
            return _give(request, offer)
        reason = request.POST.get("reason", "").replace("\x00", "")
        acts.dismiss(offer, reason=reason, by=user, now=now())
        notes.success(request, "The bill stays as it is.")
    except (OfferError, RefundError) as exc:
        notes.error(request, str(exc))
    return redirect("billing:money")


@fresh_login.after_log_in
def _give(request: HttpRequest, offer: RefundOffer) -> HttpResponse:
    """Gives the refund, after a fresh log-in. Raises OfferError and RefundError."""
    acts.give(offer, by=viewer(request), now=now())
    notes.success(request, f"{money(offer.total_minor, offer.currency)} goes back.")
    return redirect("billing:money")
