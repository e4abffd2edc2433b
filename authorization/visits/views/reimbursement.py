"""Access > Reimbursement: which card is paid for at which charger, by whom, and which link is missing."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from authorization.decide.reasons import links
from authorization.identifiers import uids
from authorization.models import ReimbursementContract, ReimbursementRate, User
from authorization.people import access
from authorization.people.request import now, read_query_param, viewer
from authorization.people.roles import Right
from authorization.visits import reimbursement
from authorization.visits.acts import reimbursements as acts
from authorization.visits.acts.reimbursements import Rate, Terms
from authorization.visits.reimbursement import Missing
from authorization.visits.reimbursement_form import ContractForm, initial
from billing.engine.values.money import EXPONENTS
from chargers.models import Host
from chargers.properties import time_zones

_ROOM: Final = {"room": "authorization", "tab": "reimbursement"}
_PAGE: Final = 50


@login_required
@require_safe
def reimbursement_list(request: HttpRequest) -> HttpResponse:
    """Lists all contracts; for a card and a charger, shows which link is missing between them."""
    user, query, at = viewer(request), read_query_param(request, "q"), now()
    visible = (
        access.reimbursements(user).select_related("host", "token__msp").prefetch_related("chargers__property", "rates")
    )
    contracts = reimbursement.find(visible, query) if query else visible
    page = Paginator(contracts.distinct().order_by("employer", "name", "pk"), _PAGE).get_page(
        read_query_param(request, "page")
    )
    managed = {host.pk for host in access.managed_hosts(user)}
    sees_money = set(access.hosts_with(user, Right.SEE_MONEY).values_list("pk", flat=True))
    missing = _missing(user, uid=query, charger_id=read_query_param(request, "charger"), at=at)
    context = {
        **_ROOM,
        "page": page,
        "q": query,
        "rows": [(contract, reimbursement.is_in_force(contract, at), _rate(contract, at)) for contract in page],
        "missing": missing,
        "may_mend": missing is not None and missing.charger.property.host_id in managed,
        "managed": managed,
        "sees_money": sees_money,
        "now": at,
    }
    return render(request, "authorization/reimbursement.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def reimbursement_add(request: HttpRequest) -> HttpResponse:
    """Adds a contract; a user who manages several hosts chooses one first."""
    user = viewer(request)
    managed = access.managed_hosts(user)
    charger = (
        access.chargers(user).select_related("property").filter(charger_id=read_query_param(request, "charger")).first()
    )
    choice = read_query_param(request, "host")
    host = next(
        (managed_host for managed_host in managed if managed_host.slug == choice),
        managed[0] if len(managed) == 1 else None,
    )
    if host is None and charger is not None:
        host = next((managed_host for managed_host in managed if managed_host.pk == charger.property.host_id), None)
    if not managed or (choice and (host is None or host.slug != choice)):
        raise Http404
    if host is None:
        context = {**_ROOM, "hosts": managed, "title": "Add contract", "question": "Whose chargers"}
        return render(request, "authorization/pick_host.html", context)
    first = {"uid": read_query_param(request, "uid"), "chargers": [charger.pk] if charger else []}
    return _form_page(request, host, contract=None, first=first)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def reimbursement_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Edits who pays what for this card, and where."""
    contract = _manageable(viewer(request), pk)
    return _form_page(request, contract.host, contract=contract, first={})


@login_required
@require_POST
def reimbursement_link(request: HttpRequest, pk: int) -> HttpResponse:
    """Adds the missing link between the contract's card and one charger."""
    user = viewer(request)
    contract = _manageable(user, pk)
    charger_id = request.POST.get("charger", "").replace("\x00", "")
    charger = (
        access.chargers(user)
        .select_related("property")
        .filter(charger_id=charger_id, property__host=contract.host)
        .first()
    )
    if charger is None:
        raise Http404
    if acts.link(contract, charger, by=user, now=now()):
        notes.success(request, f"{contract.employer} now pays for {contract.token.uid} at {charger.station_id}.")
    return redirect(links.reimbursement(uid=contract.token.uid, charger_id=charger.charger_id))


@login_required
@require_POST
def reimbursement_end(request: HttpRequest, pk: int) -> HttpResponse:
    """Ends a contract now; its rates and chargers stay readable."""
    contract = _manageable(viewer(request), pk)
    if acts.end(contract, by=viewer(request), now=now()):
        notes.success(request, f"“{contract.name}” has ended. A running session goes on.")
    return redirect("authorization:reimbursement")


def _form_page(
    request: HttpRequest, host: Host, *, contract: ReimbursementContract | None, first: dict[str, Any]
) -> HttpResponse:
    zone, decimals = time_zones.of_host(host), EXPONENTS[host.currency]
    today = now().astimezone(ZoneInfo(zone)).date()
    first_values = initial(contract, zone=zone, decimals=decimals) if contract else {"starts_on": today, **first}
    form = ContractForm(
        request.POST or None, host=host, zone=zone, decimals=decimals, is_new=contract is None, initial=first_values
    )
    if request.method == "POST" and form.is_valid():
        saved = _save(form, host, contract=contract, user=viewer(request))
        notes.success(request, f"“{saved.name}” is saved.")
        return redirect("authorization:reimbursement")
    context = {
        **_ROOM,
        "host": host,
        "contract": contract,
        "form": form,
        "zone": zone,
        "rates": contract.rates.order_by("-from_date") if contract else [],
        "has_ended": contract is not None and contract.active_to is not None and contract.active_to <= now(),
    }
    return render(request, "authorization/reimbursement_form.html", context)


def _save(
    form: ContractForm, host: Host, *, contract: ReimbursementContract | None, user: User
) -> ReimbursementContract:
    at = now()
    today = at.astimezone(ZoneInfo(time_zones.of_host(host))).date()
    if contract is None:
        terms = _terms(form, host, usual=form.cleaned_data["starts_on"])
        return acts.add(host, terms, uid=form.cleaned_data["uid"], by=user, now=at)
    acts.change(contract, _terms(form, host, usual=today), by=user, now=at)
    return contract


def _terms(form: ContractForm, host: Host, *, usual: date) -> Terms:
    """Returns the terms. `usual` is the first day of the rate if the form names none."""
    form_data = form.cleaned_data
    per_kwh, cap, fee = form_data["per_kwh"], form_data["cap"], form_data["service_fee"] or Decimal(0)
    return Terms(
        name=form_data["name"],
        employer=form_data["employer"],
        employer_contact=form_data["employer_contact"],
        active_from=form.active_from,
        active_to=form.active_to,
        monthly_cap_minor=None if cap is None else int(Decimal(cap).scaleb(EXPONENTS[host.currency])),
        service_fee_minor=int(fee.scaleb(EXPONENTS[host.currency])),
        service_tax_pct=form_data["service_tax_pct"] or Decimal(0),
        chargers=form_data["chargers"],
        rate=None if per_kwh is None else Rate(per_kwh=per_kwh, from_date=form_data["rate_from"] or usual),
    )


def _missing(user: User, *, uid: str, charger_id: str, at: datetime) -> Missing | None:
    """Returns what is missing, if the address names a card and a charger that the user sees."""
    if not uid or not charger_id or uids.from_wire(uid) is None:
        return None
    charger = access.chargers(user).select_related("property").filter(charger_id=charger_id).first()
    if charger is None:
        return None
    contracts = access.reimbursements(user).select_related("token")
    return reimbursement.missing(contracts, uid=uid, charger=charger, now=at)


def _rate(contract: ReimbursementContract, at: datetime) -> ReimbursementRate | None:
    """Returns the current rate, in the time zone of its first charger."""
    zone = next((charger.property.time_zone for charger in contract.chargers.all()), "UTC")
    return reimbursement.rate_on(contract.rates.all(), at.astimezone(ZoneInfo(zone)).date())


def _manageable(user: User, pk: int) -> ReimbursementContract:
    contract = access.reimbursements(user).select_related("host", "token").filter(pk=pk).first()
    if contract is None or not access.may_manage(user, contract.host):
        raise Http404
    return contract
