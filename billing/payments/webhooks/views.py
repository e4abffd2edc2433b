"""Webhooks: a host's endpoints, whether they accept deliveries, and the payloads sent."""

from django import forms
from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from authorization.accounts import fresh_login
from authorization.models import User
from authorization.people import access as people
from authorization.people.request import now, read_query_param, viewer
from authorization.people.roles import Right
from billing import access
from billing.models import WebhookDelivery, WebhookEndpoint
from billing.payments.webhooks import acts
from billing.payments.webhooks.deliveries import EndpointError
from chargers.models import Host
from chargers.properties import time_zones

_PAGE = 50


class EndpointForm(forms.Form):
    """The URL and event kinds of an endpoint. No choice means every kind, including future ones."""

    url = forms.CharField(
        max_length=500,
        label="Address",
        widget=forms.URLInput(attrs={"placeholder": "https://example.com/hooks"}),
        help_text="It must take a POST with JSON and answer 2xx within 10 seconds.",
    )
    kinds = forms.MultipleChoiceField(
        choices=WebhookEndpoint.Kind.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="Events",
        help_text="None chosen: everything, also what is added later.",
    )


@login_required
@require_safe
def connection_hosts(request: HttpRequest) -> HttpResponse:
    """Lists the hosts; redirects if there is only one."""
    rows = people.hosts_with(viewer(request), Right.SEE_MONEY).order_by("name")
    live, disabled = Q(webhook_endpoints__disabled_at=None), Q(webhook_endpoints__disabled_at__isnull=False)
    hosts = list(
        rows.annotate(
            endpoints=Count("webhook_endpoints", filter=live & Q(webhook_endpoints__isnull=False)),
            disabled=Count("webhook_endpoints", filter=disabled),
        )
    )
    if not hosts:
        raise Http404
    if len(hosts) == 1:
        return redirect("billing:connections", host=hosts[0].slug)
    return render(request, "billing/connection_hosts.html", {"room": "settings", "hosts": hosts})


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def connections(request: HttpRequest, host: str) -> HttpResponse:
    """Lists a host's endpoints. People who may handle money add one, and see its secret once."""
    user = viewer(request)
    owner = people.hosts_with(user, Right.SEE_MONEY).filter(slug=host).first()
    if owner is None:
        raise Http404
    may_change = people.has_right(user, Right.HANDLE_MONEY, owner)
    if request.method == "POST" and not may_change:
        raise Http404
    form = EndpointForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _add(request, owner, form)
    return _endpoints_page(request, owner, form, may_change=may_change)


@fresh_login.after_log_in
def _add(request: HttpRequest, host: Host, form: EndpointForm) -> HttpResponse:
    """Adds an endpoint after a fresh log-in, because it receives the host's events and its secret is shown."""
    url, kinds = form.cleaned_data["url"], form.cleaned_data["kinds"] or None
    try:
        new_endpoint, secret = acts.add(host, url=url, kinds=kinds, by=viewer(request), now=now())
    except EndpointError as exc:
        form.add_error("url", str(exc))
        return _endpoints_page(request, host, form, may_change=True)
    return _endpoints_page(request, host, EndpointForm(), may_change=True, new_endpoint=new_endpoint, secret=secret)


@fresh_login.after_log_in
def _make_secret(request: HttpRequest, endpoint: WebhookEndpoint) -> HttpResponse:
    """Makes a new secret after a fresh log-in, because it allows events to be forged."""
    secret = acts.new_secret(endpoint, by=viewer(request), now=now())
    return _render_endpoint(request, endpoint, may_change=True, secret=secret)


def _endpoints_page(
    request: HttpRequest,
    host: Host,
    form: EndpointForm,
    *,
    may_change: bool,
    new_endpoint: WebhookEndpoint | None = None,
    secret: str = "",
) -> HttpResponse:
    waiting = Count("deliveries", filter=Q(deliveries__delivered_at=None, deliveries__given_up_at=None))
    context = {
        "room": "settings",
        "host": host,
        "zone": time_zones.of_host(host),
        "form": form,
        "may_change": may_change,
        "made": new_endpoint,
        "secret": secret,
        "kinds": WebhookEndpoint.Kind.choices,
        "endpoints": host.webhook_endpoints.annotate(waiting=waiting).order_by("pk"),
    }
    return render(request, "billing/connections.html", context)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def connection(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows one endpoint: its event kinds, its latest deliveries, and its actions."""
    user = viewer(request)
    endpoint = access.webhook_endpoints(user).select_related("host").filter(pk=pk).first()
    if endpoint is None:
        raise Http404
    may_change = people.has_right(user, Right.HANDLE_MONEY, endpoint.host)
    if request.method in {"GET", "HEAD"}:
        return _render_endpoint(request, endpoint, may_change=may_change)
    if not may_change:
        raise Http404
    match request.POST.get("do"):
        case "secret":
            return _make_secret(request, endpoint)
        case "delete":
            acts.delete(endpoint, by=user, now=now())
            notes.success(request, f"{endpoint.url} gets no more events.")
            return redirect("billing:connections", host=endpoint.host.slug)
        case "test":
            _show_notice(request, _queue_test(endpoint, by=user))
        case "disable":
            _show_notice(request, _disable_endpoint(endpoint, by=user))
        case "enable":
            _show_notice(request, _enable_endpoint(endpoint, by=user))
        case _:
            notes.info(request, "Nothing was changed: choose one of the buttons.")
    return redirect("billing:connection", pk=pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delivery(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows one event at one endpoint: its exact body, and its outcome. POST delivers it again."""
    user = viewer(request)
    rows = WebhookDelivery.objects.filter(endpoint__in=access.webhook_endpoints(user))
    row = rows.select_related("endpoint__host").filter(pk=pk).first()
    if row is None:
        raise Http404
    may_change = people.has_right(user, Right.HANDLE_MONEY, row.endpoint.host)
    if request.method == "POST":
        if not may_change:
            raise Http404
        _show_notice(request, _sent_again(row, by=user))
        return redirect("billing:delivery", pk=pk)
    zone = time_zones.of_host(row.endpoint.host)
    context = {"room": "settings", "delivery": row, "endpoint": row.endpoint, "zone": zone, "may_change": may_change}
    return render(request, "billing/delivery.html", context)


def _disable_endpoint(endpoint: WebhookEndpoint, *, by: User) -> str:
    is_disabled = acts.disable(endpoint, by=by, now=now())
    return "It gets no events until you enable it." if is_disabled else "It was disabled before."


def _enable_endpoint(endpoint: WebhookEndpoint, *, by: User) -> str:
    if not acts.enable(endpoint, by=by, now=now()):
        return "It was enabled before."
    return "It gets events again from now on. What was still on its way goes out within seconds."


def _sent_again(row: WebhookDelivery, *, by: User) -> str:
    """Sends the event again. Returns what was done, or why not."""
    try:
        acts.send_again(row, by=by, now=now())
    except EndpointError as exc:
        return str(exc)
    return "It is sent again within seconds, with the same id."


def _queue_test(endpoint: WebhookEndpoint, *, by: User) -> str:
    """Queues a test event. Returns what was done, or why not."""
    try:
        acts.test(endpoint, by=by, now=now())
    except EndpointError as exc:
        return str(exc)
    return "A test is sent within seconds: load this page again to see what came of it."


def _render_endpoint(
    request: HttpRequest, endpoint: WebhookEndpoint, *, may_change: bool, secret: str = ""
) -> HttpResponse:
    rows = Paginator(endpoint.deliveries.order_by("-id"), _PAGE).get_page(read_query_param(request, "page"))
    parts = [label for kind, label in WebhookEndpoint.Kind.choices if endpoint.kinds and kind in endpoint.kinds]
    context = {
        "room": "settings",
        "endpoint": endpoint,
        "host": endpoint.host,
        "page": rows,
        "kinds": parts,
        "zone": time_zones.of_host(endpoint.host),
        "may_change": may_change,
        "secret": secret,
        "made": endpoint if secret else None,
    }
    return render(request, "billing/connection.html", context)


def _show_notice(request: HttpRequest, sentence: str) -> None:
    notes.info(request, sentence)
