"""Authorization > Local groups: which cards open which doors."""

from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from authorization import access
from chargers.views.frame import viewer


@login_required
@require_safe
def group_list(request: HttpRequest) -> HttpResponse:
    """Which cards open which doors."""
    groups = access.groups(viewer(request)).select_related("host").prefetch_related("properties", "units", "chargers")
    rows = groups.annotate(size=Count("tokens", distinct=True)).order_by("name")
    return render(request, "authorization/groups.html", {"room": "authorization", "tab": "groups", "rows": rows})


@login_required
@require_safe
def group_page(request: HttpRequest, slug: str) -> HttpResponse:
    """One group: its doors and its cards."""
    groups = access.groups(viewer(request)).select_related("host").prefetch_related("properties", "units", "chargers")
    group = groups.filter(slug=slug).first()
    if group is None:
        raise Http404
    context = {
        "room": "authorization",
        "tab": "groups",
        "group": group,
        "tokens": group.tokens.order_by("canonical_uid")[:200],
        "size": group.tokens.count(),
    }
    return render(request, "authorization/group.html", context)
