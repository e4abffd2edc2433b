"""Access > Local groups: which cards may charge at which chargers, and when."""

from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_safe

from authorization.models import TokenGroup, User
from authorization.people import access
from authorization.people.request import now, read_query_param, viewer
from authorization.people.roles import Right
from authorization.tokens import budgets, groups, revocation
from authorization.tokens.acts import groups as acts
from authorization.tokens.group_form import GroupForm, WindowForm, WindowForms, window_initial
from chargers.properties import time_zones

_ROOM = {"room": "authorization", "tab": "groups"}
_SHOWN = 200


@login_required
@require_safe
def group_list(request: HttpRequest) -> HttpResponse:
    """Lists the groups with what they open."""
    user = viewer(request)
    rows = access.groups(user).select_related("host").prefetch_related("properties", "units", "chargers")
    rows = rows.annotate(size=Count("tokens", distinct=True)).order_by("name", "host__name")
    context = {**_ROOM, "rows": rows, "may_add": bool(access.managed_hosts(user)), "is_agent": user.is_agent}
    return render(request, "authorization/groups.html", context)


@login_required
@require_safe
def group_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Shows a group's places, times and cards. An agent names the host if several have a group with this slug."""
    user = viewer(request)
    token_groups = access.groups(user).select_related("host").prefetch_related("properties", "units", "chargers")
    if host := read_query_param(request, "host"):
        token_groups = token_groups.filter(host__slug=host)
    group = token_groups.filter(slug=slug).order_by("pk").first()
    if group is None:
        raise Http404
    of_group = budgets.load_for_group(group, now=now())
    cards = group.tokens.order_by("canonical_uid")[:_SHOWN]
    context = {
        **_ROOM,
        "group": group,
        "windows": groups.windows(group),
        "zone": time_zones.of_host(group.host),
        "budgets": of_group,
        "hides_money": of_group.has_amounts and not access.has_right(user, Right.SEE_MONEY, group.host),
        "cards": [(token, of_group.by_token.get(token.pk)) for token in cards],
        "size": group.tokens.count(),
        "may_change": access.may_manage(user, group.host),
    }
    return render(request, "authorization/group.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def group_add(request: HttpRequest) -> HttpResponse:
    """Adds a group of a host; a user who manages several chooses the host first."""
    managed = access.managed_hosts(viewer(request))
    choice = read_query_param(request, "host")
    host = next(
        (managed_host for managed_host in managed if managed_host.slug == choice),
        managed[0] if len(managed) == 1 else None,
    )
    if not managed or (choice and (host is None or host.slug != choice)):
        raise Http404
    if host is None:
        context = {**_ROOM, "hosts": managed, "title": "Add group", "question": "Whose group"}
        return render(request, "authorization/pick_host.html", context)
    return _form_page(request, TokenGroup(host=host))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def group_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Edits a group's name, places, times and flags."""
    return _form_page(request, _manageable(viewer(request), pk))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def group_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Deletes a group, after showing which cards lose which chargers. The cards remain."""
    user = viewer(request)
    group = _manageable(user, pk)
    if request.method == "POST":
        acts.delete(group, by=user, now=now())
        notes.success(request, f"“{group.name}” is deleted. Its cards are still here, and no charger was opened by it.")
        return redirect("authorization:groups")
    closing = groups.closing(group, now=now())
    context = {
        **_ROOM,
        "group": group,
        "size": group.tokens.count(),
        "closing": closing,
        "offline": revocation.offline_tokens(closing.chargers),
    }
    return render(request, "authorization/group_delete.html", context)


def _form_page(request: HttpRequest, group: TokenGroup) -> HttpResponse:
    zone = time_zones.of_host(group.host)
    with timezone.override(ZoneInfo(zone)):
        choice = request.POST or None
        before = acts.audit_values(group) if group.pk else None
        form = GroupForm(choice, instance=group, host=group.host, zone=zone)
        windows = WindowForms(choice, initial=window_initial(group), prefix="window")
        if request.method == "POST" and form.is_valid() and windows.is_valid():
            saved = _save(form, windows, before=before, user=viewer(request))
            notes.success(request, f"“{saved.name}” is saved.")
            return redirect(f"{reverse('authorization:group', args=[saved.slug])}{_host_query(viewer(request), saved)}")
        closing = groups.closing(group, now=now()) if group.pk and group.enabled else None
        context = {**_ROOM, "group": group, "form": form, "windows": windows, "zone": zone, "closing": closing}
        return render(request, "authorization/group_form.html", context)


def _manageable(user: User, pk: int) -> TokenGroup:
    group = access.groups(user).select_related("host").filter(pk=pk).first()
    if group is None or not access.may_manage(user, group.host):
        raise Http404
    return group


def _host_query(user: User, group: TokenGroup) -> str:
    return f"?{urlencode({'host': group.host.slug})}" if user.is_agent else ""


def _save(form: GroupForm, windows: Any, *, before: dict[str, object] | None, user: User) -> TokenGroup:
    """Stores the group. `before` holds the stored values of an existing one."""
    group: TokenGroup = form.instance
    rows = [window.row for window in windows if isinstance(window, WindowForm)]
    group.schedule = [row for row in rows if row]
    if before is None:
        acts.add(group, save=form.save, by=user, now=now())
    else:
        acts.change(group, save=form.save, before=before, by=user, now=now())
    return group
