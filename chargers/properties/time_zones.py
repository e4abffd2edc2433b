"""The time zone of pages about several properties."""

from chargers.models import Host, Property


def of_host(host: Host) -> str:
    """The zone of all its properties, if they share one; otherwise UTC. One query."""
    zones = set(Property.objects.filter(host=host).values_list("time_zone", flat=True))
    return zones.pop() if len(zones) == 1 else "UTC"
