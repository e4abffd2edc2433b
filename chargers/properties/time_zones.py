"""Time zones of hosts and properties, for pages."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from chargers.models import Host, Property


def format_with_zone(at: datetime, zone: str) -> str:
    """Formats a time in a zone, with the zone's name: 10 March 2026, 17:00 EDT."""
    return f"{at.astimezone(ZoneInfo(zone)):%-d %B %Y, %H:%M %Z}"


def of_host(host: Host) -> str:
    """Returns the zone of all the host's properties, if they share one; otherwise UTC. One query."""
    zones = set(Property.objects.filter(host=host).values_list("time_zone", flat=True))
    return zones.pop() if len(zones) == 1 else "UTC"


def of_place(host: Host, property_: Property | None) -> str:
    """Returns the property's zone; for a whole host that of its first property, so that days end there at midnight."""
    if property_ is not None:
        return property_.time_zone
    first = Property.objects.filter(host=host, closed_at=None).order_by("pk").first()
    return first.time_zone if first else "UTC"


def of_hosts(hosts: Iterable[Host]) -> dict[int, str]:
    """Returns the zones of several hosts, by primary key. One query."""
    host_list, zones = list(hosts), defaultdict(set)
    rows = Property.objects.filter(host__in=host_list).values_list("host_id", "time_zone") if host_list else ()
    for host_id, zone in rows:
        zones[host_id].add(zone)
    return {host.pk: next(iter(zones[host.pk])) if len(zones[host.pk]) == 1 else "UTC" for host in host_list}
