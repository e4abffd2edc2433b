"""The time zone of pages about several properties."""

from chargers.models import Host, Property


def of_host(host: Host) -> str:
    """The zone of all its properties, if they share one; otherwise UTC. One query."""
    zones = set(Property.objects.filter(host=host).values_list("time_zone", flat=True))
    return zones.pop() if len(zones) == 1 else "UTC"


def of_place(host: Host, place: Property | None) -> str:
    """The property's own; of a host as a whole the zone of its first property, for a day to end where it is lived."""
    if place is not None:
        return place.time_zone
    first = Property.objects.filter(host=host, closed_at=None).order_by("pk").first()
    return first.time_zone if first else "UTC"
