"""The health of a connection: last calls, errors, the queue, shared properties, and why others are not shared."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, Q

from billing.models import RoamingConnection, RoamingObject, RoamingShare
from billing.roaming.locations import publishing as locations
from billing.roaming.partners import connections
from billing.roaming.publication import objects
from billing.roaming.pushes import pushing
from chargers.lib import ids
from chargers.models import Property

_TODAY: Final = timedelta(hours=24)
_MAX_SITES: Final = 200
_WORDS: Final = {"OUTOFORDER": "out of order"}


@dataclass(frozen=True, slots=True)
class Health:
    """The last 24 hours: exchanges in and out, failures among them, and what waits by kind."""

    incoming: int
    outgoing: int
    failed: int
    waiting: dict[str, int]
    refused: Sequence[RoamingShare]

    @property
    def failed_pct(self) -> int:
        total = self.incoming + self.outgoing
        return round(100 * self.failed / total) if total else 0


@dataclass(frozen=True, slots=True)
class SharedSite:
    """A property that accepts roaming drivers, its outlets as partners see them, its tariffs, and what is missing."""

    site: Property
    statuses: dict[str, int]
    tariffs: list[str]
    missing: list[str]


def of_connection(connection: RoamingConnection, *, now: datetime) -> Health:
    """Returns the health. Three queries, and one for what was refused."""
    recent = connection.exchanges.filter(id__gte=ids.floor(now - _TODAY))
    counts = recent.aggregate(
        incoming=Count("pk", filter=Q(direction="in")),
        outgoing=Count("pk", filter=Q(direction="out")),
        failed=Count("pk", filter=~Q(failure="")),
    )
    marked = connection.shares.filter(dirty_at__isnull=False).values("object__kind").annotate(count=Count("pk"))
    waiting = {RoamingObject.Kind(row["object__kind"]).label: row["count"] for row in marked.order_by("object__kind")}
    return Health(**counts, waiting=waiting, refused=list(pushing.list_refused_shares(connection)))


def shared_sites(connection: RoamingConnection) -> list[SharedSite]:
    """Returns each property as the partner sees it."""
    hosts = connections.hosts(connection)
    public = Property.objects.filter(host__in=hosts, access=Property.Access.PUBLIC_ROAMING, closed_at=None)
    rows = objects.list_pullable(connection, objects.Kind.LOCATION, hosts=hosts)
    published = {row.source: row for row in rows}
    return [
        _build_shared_site(site, published.get(str(site.pk)))
        for site in public.select_related("host").order_by("name")[:_MAX_SITES]
    ]


def _build_shared_site(site: Property, row: RoamingObject | None) -> SharedSite:
    evses = row.body["evses"] if row else []
    statuses: dict[str, int] = {}
    for evse in evses:
        word = _WORDS.get(evse["status"], evse["status"].lower())
        statuses[word] = statuses.get(word, 0) + 1
    tariffs = {key for evse in evses for plug in evse["connectors"] for key in plug.get("tariff_ids", [])}
    return SharedSite(site, statuses, sorted(tariffs), locations.obstacles(site) if row is None else [])
