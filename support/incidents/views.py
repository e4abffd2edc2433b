"""Settings > Status page: whether a host's status page is public."""

from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from authorization.people import access
from authorization.people.request import now, viewer
from authorization.people.roles import Right
from support.incidents import status
from support.incidents.acts import status_pages as acts


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def status_settings(request: HttpRequest, host: str) -> HttpResponse:
    """Shows and changes the setting; off by default."""
    user = viewer(request)
    owner = access.hosts_with(user, Right.MANAGE).filter(slug=host).first()
    if owner is None:
        raise Http404
    if request.method == "POST":
        is_public = request.POST.get("public") == "yes"
        acts.publish(owner, is_public=is_public, by=user, now=now())
        notes.success(request, "Everybody can see it now." if is_public else "Nobody sees it any more.")
        return redirect("settings-status-page", host=host)
    at = now()
    context = {
        "room": "settings",
        "host": owner,
        "is_public": status.is_public(owner),
        "status": status.status_of(owner, now=at),
    }
    return render(request, "support/status_settings.html", context)
