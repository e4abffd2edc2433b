"""The map of chargers: the filters of the list, each property with the states of its chargers, and its data."""

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page, require_safe

from authorization.people import access
from chargers.listing import sites
from chargers.listing.sites import Site
from chargers.models import Property
from chargers.pages import charger_table, drawn_map
from chargers.pages.charger_table import TableQuery
from chargers.pages.state_bar import segments


@login_required
@require_safe
def charger_map(request: HttpRequest) -> HttpResponse:
    """Shows the chargers that match the filters of the list on a map."""
    list_query = charger_table.parse_query(request)
    placed = sites.sites(list_query.chargers, _properties(list_query))
    query = urlencode(list_query.filter.asked())
    matching = list_query.chargers.count()
    context = {
        "room": "chargers",
        "wanted": list_query,
        "filter": list_query.filter,
        "filter_query": query,
        "segments": segments(list_query),
        "matching": matching,
        "unplaced": matching - sum(site.total for site in placed),
        **drawn_map.context(placed, query=query),
    }
    return render(request, "chargers/map.html", context)


@login_required
@require_safe
@cache_control(private=True, no_cache=True)
@conditional_page
def charger_map_data(request: HttpRequest) -> HttpResponse:
    """Returns what the map shows; unchanged since the browser's copy: 304 without content."""
    list_query = charger_table.parse_query(request)
    return JsonResponse(
        {"sites": [_build_site_json(site) for site in sites.sites(list_query.chargers, _properties(list_query))]}
    )


def _properties(list_query: TableQuery) -> QuerySet[Property]:
    """Returns the properties to show: those of matching chargers, or without a filter all that are in use."""
    visible_properties = access.properties(list_query.user).filter(closed_at=None)
    return (
        visible_properties.filter(pk__in=list_query.chargers.values("property"))
        if list_query.is_narrowed
        else visible_properties
    )


def _build_site_json(site: Site) -> dict[str, Any]:
    return {
        "id": site.property_id,
        "slug": site.slug,
        "name": site.name,
        "at": [site.longitude, site.latitude],
        "counts": site.counts,
        "chargers": [[charger.station_id, charger.charger_id, charger.kind] for charger in site.named],
    }
