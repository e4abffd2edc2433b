"""Stores properties and their units."""

from backoffice.site_file.applying import rows
from backoffice.site_file.applying.rows import Counts, Values
from backoffice.site_file.entries import PropertyEntry
from chargers.models import Host, Property, Unit


def apply_properties(entries: tuple[PropertyEntry, ...]) -> Counts:
    hosts = dict(Host.objects.values_list("slug", "pk"))
    values_by_key = {entry.slug: _values(entry, host_id=hosts[entry.host]) for entry in entries}
    existing = {property_.slug: property_ for property_ in Property.objects.filter(slug__in=values_by_key)}
    result = rows.store(Property, values_by_key, existing)
    units_by_property = {result.rows[entry.slug].pk: entry.units for entry in entries if entry.units is not None}
    units: dict[tuple[int, str], Values] = {
        (property_pk, unit.slug): {"property_id": property_pk, "slug": unit.slug, "name": unit.name}
        for property_pk, listed_units in units_by_property.items()
        for unit in listed_units
    }
    present = {(row.property_id, row.slug): row for row in Unit.objects.filter(property_id__in=units_by_property)}
    _, changed = rows.replace_children(Unit, units, present)
    return rows.count(result, touched=rows.owners(result, changed))


def _values(entry: PropertyEntry, *, host_id: int) -> Values:
    return {
        "host_id": host_id,
        "slug": entry.slug,
        "name": entry.name,
        "address": entry.address,
        "city": entry.city,
        "country": entry.country,
        "postal_code": entry.postal_code,
        "latitude": entry.latitude,
        "longitude": entry.longitude,
        "time_zone": entry.time_zone,
        "access": entry.access,
        "contact_email": entry.contact_email,
        "contact_phone": entry.contact_phone,
    }
