"""Start: a host's steps from sign-up to the first charger online."""

from typing import Final

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from authorization.people import access as people
from authorization.people.request import read_query_param, viewer
from authorization.people.roles import Right
from backoffice.portal.onboarding import onboarding

_LIMIT: Final = 20


@login_required
@require_safe
def start_hosts(request: HttpRequest) -> HttpResponse:
    """Lists the hosts that this user sets up, with their progress; redirects if there is only one."""
    hosts = people.hosts_with(viewer(request), Right.MANAGE).order_by("-pk")
    sought = read_query_param(request, "q")
    hosts_shown = list(hosts.filter(name__icontains=sought)[: _LIMIT + 1] if sought else hosts[: _LIMIT + 1])
    if len(hosts_shown) == 1 and not sought:
        return redirect("portal:start", host=hosts_shown[0].slug)
    rows = [onboarding.of_host(host) for host in hosts_shown[:_LIMIT]]
    context = {"room": "dashboard", "rows": rows, "q": sought, "has_more": len(hosts_shown) > _LIMIT}
    return render(request, "billing/start_hosts.html", context)


@login_required
@require_safe
def start_page(request: HttpRequest, host: str) -> HttpResponse:
    """Shows one host's steps: done or missing, and where to do them."""
    host_row = people.hosts_with(viewer(request), Right.MANAGE).filter(slug=host).first()
    if host_row is None:
        raise Http404
    return render(request, "billing/start.html", {"room": "dashboard", "onboarding": onboarding.of_host(host_row)})
