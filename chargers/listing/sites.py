"""Chargers by property, for the map: how many are in each state, and the worst of them by name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from django.db.models import QuerySet

from chargers.listing import order
from chargers.models import Charger, Property

_NAMED: Final = 8
"""How many chargers of a property are named; the list has all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedCharger:
    """A charger with the style of its state (`order.STATE_KINDS`)."""

    station_id: str
    charger_id: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A property with coordinates in degrees (WGS 84). `counts`: its chargers by the style of their state."""

    property_id: int
    slug: str
    name: str
    latitude: float
    longitude: float
    counts: dict[str, int] = field(default_factory=dict)
    named: list[NamedCharger] = field(default_factory=list)

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def is_well(self) -> bool:
        return "bad" not in self.counts


def sites(chargers: QuerySet[Charger], properties: QuerySet[Property]) -> list[Site]:
    """Returns the properties that have coordinates, by name, with those of the chargers there. Two queries."""
    places = properties.exclude(latitude=None).exclude(longitude=None).order_by("name")
    by_property: Mapping[int, Site] = {
        pk: Site(property_id=pk, slug=slug, name=name, latitude=float(latitude), longitude=float(longitude))
        for pk, slug, name, latitude, longitude in places.values_list("pk", "slug", "name", "latitude", "longitude")
        if latitude is not None and longitude is not None
    }
    standing = chargers.filter(property__in=by_property).annotate(rank=order.rank()).order_by("rank", "station_id")
    for pk, station_id, charger_id, rank in standing.values_list("property", "station_id", "charger_id", "rank"):
        site, kind = by_property[pk], order.KIND_BY_RANK[rank]
        site.counts[kind] = site.counts.get(kind, 0) + 1
        if len(site.named) < _NAMED:
            site.named.append(NamedCharger(station_id=station_id, charger_id=charger_id, kind=kind))
    return list(by_property.values())
