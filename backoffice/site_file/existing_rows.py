"""The database's rows to which a file can refer, or with which it can collide."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from authorization.models import AccessRule, MobilityProvider, PmsConnection, PmsListing, Stay, TokenGroup
from billing.models import Rate
from chargers.models import Charger, Host, Property, Unit


@dataclass(frozen=True, slots=True)
class ExistingCharger:
    station_id: str
    property: str


@dataclass(frozen=True, slots=True)
class Existing:
    """Rows by natural key: hosts by slug, properties by slug (with their host's), groups and rates by host and slug."""

    hosts: frozenset[str] = frozenset()
    properties: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, frozenset[str]] = field(default_factory=dict)
    units_in_use: Mapping[str, frozenset[str]] = field(default_factory=dict)
    chargers: Mapping[str, ExistingCharger] = field(default_factory=dict)
    groups: frozenset[tuple[str, str]] = frozenset()
    providers: frozenset[str] = frozenset()
    rate_currencies: Mapping[tuple[str, str], str] = field(default_factory=dict)
    pms_hosts: Mapping[str, str] = field(default_factory=dict)


def load() -> Existing:
    """Loads the existing rows: eleven queries for any file, and a few dozen bytes per charger."""
    chargers = Charger.objects.values_list("charger_id", "station_id", "property__slug")
    return Existing(
        hosts=frozenset(Host.objects.values_list("slug", flat=True)),
        properties=dict(Property.objects.values_list("slug", "host__slug")),
        units=_group_pairs(Unit.objects.values_list("property__slug", "slug")),
        units_in_use=_group_pairs(_units_in_use()),
        chargers={
            key: ExistingCharger(station_id=station, property=property_slug) for key, station, property_slug in chargers
        },
        groups=frozenset(TokenGroup.objects.values_list("host__slug", "slug")),
        providers=frozenset(provider.key for provider in MobilityProvider.objects.all()),
        rate_currencies={
            (host, slug): currency
            for host, slug, currency in Rate.objects.values_list("host__slug", "slug", "currency")
        },
        pms_hosts=dict(PmsConnection.objects.values_list("key", "host__slug")),
    )


def _units_in_use() -> list[tuple[str, str]]:
    """Returns units whose removal would also remove guests' stays, cards' rights or a property system's listings."""
    stays = Stay.objects.exclude(unit=None).values_list("unit__property__slug", "unit__slug")
    rules = AccessRule.objects.exclude(unit=None).values_list("unit__property__slug", "unit__slug")
    listings = PmsListing.objects.exclude(unit=None).values_list("unit__property__slug", "unit__slug")
    return [*stays.distinct(), *rules.distinct(), *listings.distinct()]


def _group_pairs(pairs: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    by_outer: defaultdict[str, set[str]] = defaultdict(set)
    for outer, inner in pairs:
        by_outer[outer].add(inner)
    return {outer: frozenset(inner) for outer, inner in by_outer.items()}
