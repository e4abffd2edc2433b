"""The map of a page: its data for the browser, and what is drawn where no script runs or nothing draws in 3D."""

from collections.abc import Sequence
from typing import Any, Final

from django.conf import settings
from django.urls import reverse

from chargers.listing import order
from chargers.listing.sites import Site
from chargers.properties import site_map

_LEGEND: Final = [(kind, order.TITLES[state]) for state, kind in order.STATE_KINDS.items()]


def context(sites: Sequence[Site], *, query: str) -> dict[str, Any]:
    """Returns the context of `chargers/map_frame.html`; `query`: the filters, as the data is asked for with them."""
    map_sites = [
        site_map.Site(
            site.slug, site.name, site.latitude, site.longitude, is_well=site.is_well, has_chargers=bool(site.total)
        )
        for site in sites
    ]
    data = reverse("chargers:map-data")
    return {
        "map": {
            "pins": site_map.pins(map_sites),
            "width": site_map.WIDTH,
            "height": site_map.HEIGHT,
            "data": f"{data}?{query}" if query else data,
            "tiles": settings.MAP_TILES_URL,
            "attribution": settings.MAP_TILES_ATTRIBUTION,
            "legend": _LEGEND,
        }
    }
