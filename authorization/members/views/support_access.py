"""Settings > Support access: which personal data agents asked for, may see, and opened."""

from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from authorization.members.acts import data_grants as acts
from authorization.models import DataGrant, User
from authorization.people import access, data_grants
from authorization.people.data_grants import GrantError
from authorization.people.request import now, viewer
from authorization.people.roles import Right
from chargers.models import Host

_LIMIT = 50


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def support_access(request: HttpRequest, host: str) -> HttpResponse:
    """Shows open requests, current access with its journal, and past access; a POST answers or revokes."""
    user, at = viewer(request), now()
    managed_host = _host(user, host)
    if request.method == "POST":
        _act(request, managed_host, user)
        return redirect("settings-support-access", host=managed_host.slug)
    rows = DataGrant.objects.filter(host=managed_host).select_related("agent").order_by("-asked_at")
    holding = list(rows.filter(data_grants.live(now=at)).prefetch_related("openings"))
    waiting = list(rows.filter(data_grants.waiting(now=at)))
    shown_pks = {grant.pk for grant in (*holding, *waiting)}
    past = rows.exclude(pk__in=shown_pks).prefetch_related("openings")[:_LIMIT]
    context = {"room": "settings", "host": managed_host, "waiting": waiting, "holding": holding, "past": past}
    context["may_answer"] = not user.is_agent
    return render(request, "authorization/support_access.html", context)


def _act(request: HttpRequest, host: Host, user: User) -> None:
    key = request.POST.get("grant", "")
    grant = DataGrant.objects.filter(host=host, pk=int(key)).first() if key.isdecimal() and len(key) < 19 else None
    if grant is None:
        notes.error(request, "There is no such request.")
        return
    do = request.POST.get("do", "")
    try:
        match do:
            case "approve" | "decline":
                acts.answer(grant, approves=do == "approve", by=user, now=now())
                notes.success(request, "Approved." if do == "approve" else "Declined: the agent sees nothing.")
            case "revoke":
                acts.revoke(grant, by=user, now=now())
                notes.success(request, "Revoked: the agent sees nothing more.")
            case _:
                notes.error(request, "Nothing was changed: this button is not known.")
    except GrantError as exc:
        notes.error(request, str(exc))


def _host(user: User, slug: str) -> Host:
    host = access.hosts_with(user, Right.PEOPLE).filter(slug=slug).first()
    if host is None:
        raise Http404
    return host
