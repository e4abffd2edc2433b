"""Rates, their versions and who pays which into rows."""

from datetime import datetime

from backoffice.site_file.applying import rows
from backoffice.site_file.applying.rows import Counts, Values
from backoffice.site_file.entries import AssignmentEntry, RateEntry
from billing.models import Rate, RateAssignment, RateVersion
from billing.rating import tariff
from chargers.models import Host, Property

RateKey = tuple[int, str]
"""Primary key of the host, and the slug."""


def apply_rates(entries: tuple[RateEntry, ...], *, now: datetime) -> Counts:
    """A definition that prices differently becomes a new version; one that is only written differently does not."""
    hosts = dict(Host.objects.values_list("slug", "pk"))
    found = Rate.objects.filter(slug__in={entry.slug for entry in entries})
    existing = {(row.host_id, row.slug): row for row in found}
    wanted: dict[RateKey, Values] = {}
    for entry in entries:
        key = (hosts[entry.host], entry.slug)
        name = existing[key].name if key in existing else _name(entry.slug)
        wanted[key] = {"host_id": key[0], "slug": entry.slug, "name": name, "currency": entry.currency}
    rates = rows.store(Rate, wanted, existing)
    definitions = {rates.rows[hosts[entry.host], entry.slug].pk: entry for entry in entries}
    versions = _new_versions(definitions, now=now)
    RateVersion.objects.bulk_create(versions)
    return rows.count(rates, touched=rows.owners(rates, {version.rate_id for version in versions}))


def _new_versions(entries: dict[int, RateEntry], *, now: datetime) -> list[RateVersion]:
    newest = RateVersion.objects.filter(rate_id__in=entries).order_by("rate_id", "-number").distinct("rate_id")
    in_force = {version.rate_id: version for version in newest}
    return [
        RateVersion(
            rate_id=rate,
            number=in_force[rate].number + 1 if rate in in_force else 1,
            definition=entry.definition,
            created_at=now,
        )
        for rate, entry in entries.items()
        if rate not in in_force or not _prices_alike(in_force[rate].definition, entry)
    ]


def _prices_alike(stored: object, entry: RateEntry) -> bool:
    try:
        old = tariff.parse_rate(stored, currency=entry.currency)
    except tariff.RateError:  # written by an older release, under other rules
        return False
    return old == tariff.parse_rate(entry.definition, currency=entry.currency)


def _name(slug: str) -> str:
    return slug.replace("-", " ").replace("_", " ").strip().capitalize() or slug


def apply_assignments(entries: tuple[AssignmentEntry, ...]) -> Counts:
    """For all chargers of the property; assignments to single chargers are the portal's affair and stay."""
    places = {slug: (pk, host) for slug, pk, host in Property.objects.values_list("slug", "pk", "host_id")}
    rates = {(host, slug): pk for host, slug, pk in Rate.objects.values_list("host_id", "slug", "pk")}
    wanted: dict[tuple[int, str], Values] = {}
    for entry in entries:
        place, host = places[entry.property]
        wanted[place, entry.audience] = {
            "property_id": place,
            "charger_id": None,
            "audience": entry.audience,
            "rate_id": rates[host, entry.rate],
        }
    found = RateAssignment.objects.filter(charger=None, property_id__in={place for place, _ in wanted})
    existing = {(row.property_id, row.audience): row for row in found}
    return rows.count(rows.store(RateAssignment, wanted, existing))
