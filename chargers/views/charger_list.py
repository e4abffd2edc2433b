"""Chargers: which have a problem, since when, and what they earn."""

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from authorization.members.acts import saved_views as acts
from authorization.people import access, list_views
from authorization.people.request import read_query_param, viewer
from authorization.people.roles import Right
from chargers.lib import streams
from chargers.listing import columns
from chargers.listing.columns import Column
from chargers.pages import charger_csv, charger_table, live
from chargers.pages.charger_table import TableQuery
from chargers.pages.state_bar import segments
from chargers.text import reporting_periods

_PAGE: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """A column's header: its link for ordering, and the present order."""

    column: Column
    href: str
    aria_sort: str


@login_required
@require_safe
@live.follows_rows(live.of_fleet)
def charger_list(request: HttpRequest) -> HttpResponse:
    """Lists chargers, those with a problem first by default; filters are in the address."""
    preference = list_views.preference(viewer(request), page=charger_table.PAGE)
    if not request.GET and (preferred := preference.default_view):
        return redirect(_address(preferred.query, preferred.pk))
    list_query = charger_table.parse_query(request, preference=preference)
    keys = charger_table.list_ordered_keys(list_query)
    page = Paginator(keys, _PAGE).get_page(read_query_param(request, "page"))
    live.set_shown_rows(request, list(page.object_list))
    context = {**_context(list_query, page), "query": request.GET.urlencode()}
    template = "chargers/list.html"
    if request.htmx and request.htmx.target == "fleet":  # type: ignore[attr-defined]
        return render(request, f"{template}#fleet", context)
    return render(request, template, {**context, **_build_page_context(list_query)})


@login_required
@require_safe
def charger_list_csv(request: HttpRequest) -> HttpResponseBase:
    """Downloads every matching charger, in the order of the list, with every column."""
    list_query = charger_table.parse_query(request)
    name = f"chargers-{list_query.at:%Y-%m-%d}.csv"
    return streams.build_download(
        request, charger_csv.render_pieces(list_query), name=name, content_type="text/csv; charset=utf-8"
    )


@login_required
@require_POST
def list_columns(request: HttpRequest) -> HttpResponse:
    """Stores the columns that the user sees."""
    column_keys = [key for key in columns.BY_KEY if key in request.POST.getlist("column")]
    acts.choose_columns(column_keys, page=charger_table.PAGE, by=viewer(request))
    back = request.POST.get("back", "")
    is_ours = back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()})
    return redirect(back if is_ours else reverse("chargers:list"))


def _context(list_query: TableQuery, page: Page[int]) -> dict[str, Any]:
    """Returns the context of the table, also for its refreshes."""
    return {
        "wanted": list_query,
        "rows": charger_table.rows(list_query, list(page.object_list)),
        "headers": [_header(column, list_query) for column in list_query.columns],
        "shown": {column.key for column in list_query.columns},
        "pages": page,
        "matching": page.paginator.count,
        "period": list_query.period,
        "may_act": access.may_somewhere(list_query.user, Right.OPERATE),
    }


def _build_page_context(list_query: TableQuery) -> dict[str, Any]:
    """Returns the rest of the page: states, filters, views."""
    hosts = list(access.hosts_with(list_query.user, Right.SEE).order_by("name")[: _PAGE + 1])
    return {
        "room": "chargers",
        "filter": list_query.filter,
        "filter_query": urlencode(list_query.filter.asked()),
        "views": list_views.visible_saved_views(list_query.user, page=charger_table.PAGE).order_by("name"),
        "all_columns": [
            column
            for column in columns.COLUMNS
            if not column.is_fixed and (list_query.sees_money or not column.needs_money)
        ],
        "periods": reporting_periods.TITLES.items(),
        "may_add": access.managed_properties(list_query.user).exists(),
        "share_with": hosts[:_PAGE],
        "segments": segments(list_query),
    }


def _header(column: Column, list_query: TableQuery) -> Header:
    is_this = column.key == list_query.sort.key
    descends = not list_query.descends if is_this else column.descends
    parameters = list_query.parameters(f"{'-' if descends else ''}{column.key}")
    return Header(
        column=column,
        href=f"?{urlencode(parameters)}" if column.can_sort else "",
        aria_sort=("descending" if list_query.descends else "ascending") if is_this else "",
    )


def _address(query: str, view: int) -> str:
    return f"{reverse('chargers:list')}?{query}{'&' if query else ''}view={view}"
