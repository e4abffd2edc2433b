"""Access > Mobility providers > Connection: for agents, who connect partners and debug what they exchange."""

import json
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from django import forms
from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from authorization.models import MobilityProvider, User
from authorization.people.request import now, read_query_param, viewer
from authorization.roaming import providers
from billing.models import RoamingConnection, RoamingExchange
from billing.roaming.cdrs import comparison
from billing.roaming.console import acts, health
from billing.roaming.console.acts import Particulars
from billing.roaming.console.trials import DryCdr, TrialError
from billing.roaming.docket import mail, report
from billing.roaming.docket.entries import Wrong
from billing.roaming.exchange_journal import journal
from billing.roaming.partners import connections
from chargers.lib.outbound import refusal

_ROOM: Final = {"room": "authorization", "tab": "providers"}
_PAGE: Final = 50
_TRIALS: Final = ("tokens", "authorize", "location", "cdr")


class ConnectForm(forms.Form):
    """The partner's address, and the token A that it gave us."""

    versions_url = forms.URLField(
        label="Versions URL",
        assume_scheme="https",
        max_length=200,
        widget=forms.URLInput(attrs={"placeholder": "https://partner.example/ocpi/versions"}),
    )
    token_a = forms.CharField(
        label="Token A",
        required=False,
        max_length=64,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="The token that the partner gave us to register. Leave it empty to use the one we have.",
    )
    token_form = forms.ChoiceField(
        label="Our token is sent",
        required=False,
        choices=RoamingConnection.TokenForm.choices,
        help_text="Some partners of 2.2.1 take it plain only, and some of 2.1.1 in base64.",
    )
    negates_all = forms.BooleanField(
        label="Every amount of a credit CDR is negative",
        required=False,
        help_text="OCPI wants only the total negative.",
    )

    def clean_versions_url(self) -> str:
        url: str = self.cleaned_data["versions_url"]
        parts = urlsplit(url)
        if why := refusal(parts.hostname or "", parts.port):
            raise forms.ValidationError(why)
        return url


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def roaming_connection(request: HttpRequest, key: str) -> HttpResponse:
    """Shows the connection: its state, the wizard with each step of the handshake, what waits, and what is shared."""
    user, msp = _agent(request), _provider(key)
    connection = connections.of_provider(msp)
    context: dict[str, Any] = {"form": _form(connection)}
    if request.method == "POST":
        response = _act(request, user, connection, context)
        if response is not None:
            return response
        connection = connections.of_provider(msp)
    context |= {
        **_ROOM,
        "msp": connection.msp,
        "connection": connection,
        "health": health.of_connection(connection, now=now()),
        "sites": health.shared_sites(connection) if connection.is_registered else [],
        "comparison": comparison.compare(connection, now=now()) if connection.is_registered else None,
        "hosts": connections.hosts(connection),
        "our_url": connections.our_versions_url(),
    }
    return render(request, "billing/roaming/connection.html", context)


@login_required
@require_safe
def roaming_exchanges(request: HttpRequest, key: str) -> HttpResponse:
    """Shows the exchange journal of a partner, newest first."""
    _agent(request)
    msp = _provider(key)
    connection = connections.of_provider(msp)
    rows = journal.search(connection.exchanges.order_by("-id"), read_query_param(request, "q"))
    direction, only = read_query_param(request, "direction"), read_query_param(request, "only")
    if direction in journal.Direction.values:
        rows = rows.filter(direction=direction)
    if only == "failed":
        rows = rows.exclude(failure="")
    page = Paginator(rows.defer("request", "answer"), _PAGE).get_page(read_query_param(request, "page"))
    context = {
        **_ROOM,
        "msp": msp,
        "page": page,
        "q": read_query_param(request, "q"),
        "direction": direction,
        "only": only,
    }
    return render(request, "billing/roaming/exchanges.html", context)


@login_required
@require_safe
def roaming_docket(request: HttpRequest, key: str) -> HttpResponse:
    """Shows what deviates in the newest exchanges of a partner, with a mail for each kind that it has to change."""
    _agent(request)
    msp = _provider(key)
    connection = connections.of_provider(msp)
    docket = report.compile_docket(connection)
    ours = ", ".join(str(connections.party_of(host)) for host in connections.hosts(connection))
    context = {
        **_ROOM,
        "msp": msp,
        "docket": docket,
        "max_exchanges": report.MAX_EXCHANGES,
        "partner_entries": [
            (entry, mail.write(entry, partner=msp.name, ours=ours or "us")) for entry in docket.list_by(Wrong.PARTNER)
        ],
        "our_entries": [(entry, None) for entry in docket.list_by(Wrong.US)],
        "allowed_entries": [(entry, None) for entry in docket.list_by(Wrong.NOBODY)],
    }
    return render(request, "billing/roaming/docket.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def roaming_exchange(request: HttpRequest, key: str, exchange_id: UUID) -> HttpResponse:
    """Shows one exchange: request and answer as transmitted. POST repeats a request of ours."""
    user, msp = _agent(request), _provider(key)
    exchange = RoamingExchange.objects.filter(pk=exchange_id, connection__msp=msp).select_related("connection").first()
    if exchange is None:
        raise Http404
    if request.method == "POST":
        try:
            outcome = acts.send_again(exchange, by=user, now=now())
        except TrialError as exc:
            notes.warning(request, str(exc))
        else:
            outcome_text = f"{msp.name} {outcome.failure}." if outcome.failure else f"{msp.name} took it."
            (notes.warning if outcome.failure else notes.success)(request, f"Sent again. {outcome_text}")
            return redirect("billing:roaming-exchange", key, outcome.exchange.pk)
    context = {
        **_ROOM,
        "msp": msp,
        "exchange": exchange,
        "request_text": journal.format_body(exchange.request),
        "answer_text": journal.format_body(exchange.answer),
        "related": _list_related_exchanges(exchange),
        "entries": report.examine_exchange(exchange),
    }
    return render(request, "billing/roaming/exchange.html", context)


def _act(
    request: HttpRequest, user: User, connection: RoamingConnection, context: dict[str, Any]
) -> HttpResponse | None:
    """Runs the pressed button's action; results to show go to the context."""
    match request.POST.get("act", ""):
        case "invite":
            context["token_a"] = acts.invite(connection.msp, by=user, now=now())
        case "disconnect" if connection.is_registered:
            notes.info(request, acts.disconnect(connection, by=user, now=now()).sentence)
            return redirect("billing:roaming-connection", connection.msp.key)
        case "push" if connection.is_registered:
            count = acts.push_everything(connection, by=user, now=now())
            notes.success(request, f"{count} objects are being sent once more, whole.")
            return redirect("billing:roaming-connection", connection.msp.key)
        case "try" if connection.is_registered:
            _try_out(request, user, connection, context)
        case _:
            form = ConnectForm(request.POST)
            context["form"] = form
            if form.is_valid():
                context["steps"] = acts.connect(connection.msp, Particulars(**form.cleaned_data), by=user, now=now())
    return None


def _try_out(request: HttpRequest, user: User, connection: RoamingConnection, context: dict[str, Any]) -> None:
    trial, value = request.POST.get("trial", ""), request.POST.get("value", "")
    context |= {"trial": trial, "value": value}
    if trial not in _TRIALS:
        raise Http404
    try:
        outcome = acts.try_out(connection, trial, value, by=user, now=now())
    except TrialError as exc:
        context["trial_failure"] = str(exc)
        return
    if isinstance(outcome, DryCdr):
        context["dry_cdr"] = outcome
        context["dry_cdr_text"] = json.dumps(outcome.body, indent=2, ensure_ascii=False)
    else:
        context["outcome"] = outcome
        context["outcome_text"] = journal.format_body(outcome.exchange.answer)


def _form(connection: RoamingConnection) -> ConnectForm:
    return ConnectForm(
        initial={
            "versions_url": connection.msp.versions_url,
            "token_form": connection.token_form,
            "negates_all": connection.negates_all,
        }
    )


def _list_related_exchanges(exchange: RoamingExchange) -> list[RoamingExchange]:
    """Returns exchanges with the same X-Correlation-ID: the steps of one conversation."""
    if not exchange.correlation_id:
        return []
    same = RoamingExchange.objects.filter(correlation_id=exchange.correlation_id).exclude(pk=exchange.pk)
    return list(same.defer("request", "answer").order_by("id")[:20])


def _agent(request: HttpRequest) -> User:
    """Returns the agent; connections belong to the platform. 404 for everyone else."""
    user = viewer(request)
    if not user.is_agent:
        raise Http404
    return user


def _provider(key: str) -> MobilityProvider:
    msp = providers.find(key)
    if msp is None:
        raise Http404
    return msp
