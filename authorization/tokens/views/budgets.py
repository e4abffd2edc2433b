"""Access > the budget of a card, or of a local group: for each of its cards, or for all together."""

from decimal import Decimal
from typing import Any, Final

from django import forms
from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from authorization.models import Budget, Token, TokenGroup, User
from authorization.people import access
from authorization.people.request import now, viewer
from authorization.tokens import budgets
from authorization.tokens.acts import budgets as acts
from authorization.tokens.budgets import BudgetTerms, Scope
from billing.engine.values import money
from billing.formatting.amounts import NumberField
from chargers.models import Host
from chargers.properties import time_zones

_KWH, _MONEY = "kwh", "money"
_MAX_LIMIT: Final = Decimal(1_000_000_000)
_ROOM: Final = {"room": "authorization"}


class BudgetForm(forms.Form):
    """What may be used in a calendar month: kWh, or money in the host's currency."""

    measure = forms.ChoiceField(label="It limits", widget=forms.RadioSelect)
    limit = NumberField(label="At most in a month", min_value=Decimal(0), max_value=_MAX_LIMIT)
    stops_sessions = forms.BooleanField(
        label="Stop the session when the budget is used up",
        required=False,
        help_text="Within about a minute of the reading. Without this a running session goes on until it ends.",
    )

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._currency = currency
        field = self.fields["measure"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(_KWH, "Energy, in kWh"), (_MONEY, f"Money, in {currency}, with tax")]

    def clean(self) -> dict[str, Any]:
        form_data = super().clean() or self.cleaned_data
        limit, measure = form_data.get("limit"), form_data.get("measure")
        if limit is None or measure is None:
            return form_data
        decimals = money.EXPONENTS[self._currency] if measure == _MONEY else 3
        if limit == 0:
            self.add_error("limit", "This must be more than 0: to refuse the card, block it.")
        elif limit != round(limit, decimals):
            self.add_error("limit", f"Write at most {decimals} decimals." if decimals else "Write no decimals.")
        return form_data

    @property
    def terms(self) -> BudgetTerms:
        form_data = self.cleaned_data
        stops = form_data["stops_sessions"]
        if form_data["measure"] == _MONEY:
            exact = money.exact_minor(form_data["limit"], currency=self._currency)
            return BudgetTerms(limit_minor=int(exact), stops_sessions=stops)
        return BudgetTerms(limit_wh=int(form_data["limit"] * 1000), stops_sessions=stops)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def token_budget(request: HttpRequest, pk: int) -> HttpResponse:
    """Sets or removes what a card may use each month."""
    user = viewer(request)
    token = access.tokens(user).select_related("host").filter(pk=pk).first()
    if token is None or token.host is None or not access.may_manage(user, token.host):
        raise Http404
    return _budget_page(request, token, Scope.CARD, host=token.host, user=user)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def group_budget(request: HttpRequest, pk: int, scope: str) -> HttpResponse:
    """Sets or removes what each card of a group, or all of them together, may use each month."""
    user = viewer(request)
    group = access.groups(user).select_related("host").filter(pk=pk).first()
    if group is None or scope not in Scope.values or not access.may_manage(user, group.host):
        raise Http404
    return _budget_page(request, group, Scope(scope), host=group.host, user=user)


def _budget_page(
    request: HttpRequest, owner: Token | TokenGroup, scope: Budget.Scope, *, host: Host, user: User
) -> HttpResponse:
    budget = budgets.find(owner, scope)
    if request.method == "POST" and request.POST.get("do") == "remove":
        _remove(owner, scope, user=user)
        notes.success(request, "The budget is removed.")
        return redirect(_address(owner, user=user))
    form = BudgetForm(request.POST or None, currency=host.currency, initial=_initial(budget))
    if request.method == "POST" and form.is_valid():
        _store(owner, scope, form.terms, user=user)
        notes.success(request, "The budget is saved. It counts from the next tap.")
        return redirect(_address(owner, user=user))
    context = {
        **_ROOM,
        "tab": "tokens" if isinstance(owner, Token) else "groups",
        "owner": owner,
        "scope": scope,
        "is_card": isinstance(owner, Token),
        "budget": budget,
        "form": form,
        "zone": time_zones.of_host(host),
        "back": _address(owner, user=user),
    }
    return render(request, "authorization/budget.html", context)


def _initial(budget: Budget | None) -> dict[str, Any]:
    if budget is None:
        return {"measure": _KWH}
    if budget.limit_minor is not None:
        limit = money.major(budget.limit_minor, currency=budget.currency)
        return {"measure": _MONEY, "limit": limit, "stops_sessions": budget.stops_sessions}
    limit = f"{(Decimal(budget.limit) / 1000).normalize():f}"
    return {"measure": _KWH, "limit": limit, "stops_sessions": budget.stops_sessions}


def _store(owner: Token | TokenGroup, scope: Budget.Scope, terms: BudgetTerms, *, user: User) -> None:
    if isinstance(owner, Token):
        acts.set_for_card(owner, terms, by=user, now=now())
    else:
        acts.set_for_group(owner, scope, terms, by=user, now=now())


def _remove(owner: Token | TokenGroup, scope: Budget.Scope, *, user: User) -> None:
    if isinstance(owner, Token):
        acts.remove_from_card(owner, by=user, now=now())
    else:
        acts.remove_from_group(owner, scope, by=user, now=now())


def _address(owner: Token | TokenGroup, *, user: User) -> str:
    if isinstance(owner, Token):
        return reverse("authorization:token", args=[owner.pk])
    host_query = f"?{urlencode({'host': owner.host.slug})}" if user.is_agent else ""
    return f"{reverse('authorization:group', args=[owner.slug])}{host_query}"
