"""Chargers > Views: saved lists."""

from urllib.parse import urlencode

from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from authorization.members.acts import saved_views as acts
from authorization.members.acts.saved_views import ViewError, ViewSettings
from authorization.models import SavedView
from authorization.people import access, list_views
from authorization.people.request import now, viewer
from authorization.people.roles import Right
from chargers.listing import columns
from chargers.listing.filters import ChargerFilter
from chargers.models import Host
from chargers.pages import charger_table
from chargers.text import reporting_periods

_KEPT = (*ChargerFilter.Meta.fields, "period", "sort")
_MAX_DIGITS = 9


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def saved_views(request: HttpRequest) -> HttpResponse:
    """Lists the user's own views and those of the user's hosts, to open, rename, delete, or make the first page."""
    user = viewer(request)
    visible_views = list_views.visible_saved_views(user, page=charger_table.PAGE)
    if request.method == "POST":
        try:
            return _run_action(request)
        except ViewError as exc:
            notes.error(request, str(exc))
            return redirect("chargers:views")
    context = {
        "room": "chargers",
        "views": [
            (view, _describe_filters(view)) for view in visible_views.select_related("user", "host").order_by("name")
        ],
        "default_view": list_views.preference(user, page=charger_table.PAGE).default_view,
        "managed": set(access.hosts_with(user, Right.MANAGE).values_list("pk", flat=True)),
    }
    return render(request, "chargers/views.html", context)


def _run_action(request: HttpRequest) -> HttpResponse:
    """Runs the posted action. Raises ViewError and NotAllowedError."""
    user, at = viewer(request), now()
    match request.POST.get("do"):
        case "save":
            return _save_view(request)
        case "rename":
            acts.rename(_view(request), request.POST.get("name", ""), by=user, now=at)
        case "delete":
            acts.delete(_view(request), by=user, now=at)
            notes.success(request, "Deleted.")
        case "default":
            acts.open_with(_view(request), page=charger_table.PAGE, by=user)
            notes.success(request, "Chargers opens with this view.")
        case "no_default":
            acts.open_with(None, page=charger_table.PAGE, by=user)
            notes.success(request, "Chargers opens with all chargers.")
        case _:
            raise ViewError("Say what is to be done with which view.")
    return redirect("chargers:views")


def _save_view(request: HttpRequest) -> HttpResponse:
    posted_query = QueryDict(request.POST.get("query", "")[:1000])
    query = urlencode({name: posted_query[name] for name in _KEPT if posted_query.get(name)})
    view = acts.save(
        ViewSettings(
            page=charger_table.PAGE,
            name=request.POST.get("name", ""),
            query=query,
            columns=[key for key in columns.BY_KEY if key in request.POST.getlist("column")],
            host=_host(request),
        ),
        by=viewer(request),
        now=now(),
    )
    notes.success(request, f"Saved as “{view.name}”.")
    return redirect(f"{reverse('chargers:list')}?{query}{'&' if query else ''}view={view.pk}")


def _host(request: HttpRequest) -> Host | None:
    """Returns the host with which the view is shared; 404 for a host that the user may not see."""
    slug = request.POST.get("host", "").replace("\x00", "")
    if not slug:
        return None
    host = access.hosts_with(viewer(request), Right.SEE).filter(slug=slug).first()
    if host is None:
        raise Http404
    return host


def _view(request: HttpRequest) -> SavedView:
    text = request.POST.get("view", "")
    is_number = text.isascii() and text.isdecimal() and len(text) <= _MAX_DIGITS
    visible_views = list_views.visible_saved_views(viewer(request), page=charger_table.PAGE).select_related("host")
    view = visible_views.filter(pk=int(text)).first() if is_number else None
    if view is None:
        raise Http404
    return view


def _describe_filters(view: SavedView) -> str:
    """Describes the filters and order of a view, for the list of views."""
    parameters = QueryDict(view.query)
    states = dict(ChargerFilter.STATES)
    words = [
        f"“{parameters['q']}”" if parameters.get("q") else "",
        states.get(parameters.get("state", ""), ""),
        f"tag {parameters['tag']}" if parameters.get("tag") else "",
        reporting_periods.TITLES.get(parameters.get("period", ""), ""),
    ]
    column = columns.BY_KEY.get(parameters.get("sort", "").removeprefix("-"))
    words.append(f"by {column.title.lower()}" if column else "")
    return ", ".join(word for word in words if word) or "All chargers"
