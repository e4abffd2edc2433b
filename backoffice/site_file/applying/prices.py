"""Stores rates, their versions, and their assignments."""

from collections import defaultdict
from datetime import datetime
from typing import Final

from authorization.models import MobilityProvider, TokenGroup
from backoffice.site_file.applying import rows
from backoffice.site_file.applying.rows import Counts, Values
from backoffice.site_file.entries import AssignmentEntry, RateEntry
from billing.engine.rate import tariff
from billing.models import Rate, RateAssignment, RateVersion
from chargers.models import Charger, Host, Property

RateKey = tuple[int, str]
"""The primary key of the host, and the slug."""


_KEY: Final = ("property_id", "charger_id", "evse_number", "audience", "group_id", "msp_id", "active_from")
"""The columns that distinguish assignments, in the order in which `apply_assignments` writes them."""


def apply_rates(entries: tuple[RateEntry, ...], *, now: datetime) -> Counts:
    """Stores the rates.

    A definition with other prices becomes a new version; one that is only written differently does not.
    """
    hosts = dict(Host.objects.values_list("slug", "pk"))
    rates_ = Rate.objects.filter(slug__in={entry.slug for entry in entries})
    existing = {(row.host_id, row.slug): row for row in rates_}
    values_by_key: dict[RateKey, Values] = {}
    for entry in entries:
        key = (hosts[entry.host], entry.slug)
        name = existing[key].name if key in existing else _name(entry.slug)
        values_by_key[key] = {"host_id": key[0], "slug": entry.slug, "name": name, "currency": entry.currency}
    rates = rows.store(Rate, values_by_key, existing)
    definitions = {rates.rows[hosts[entry.host], entry.slug].pk: entry for entry in entries}
    versions = _new_versions(definitions, now=now)
    RateVersion.objects.bulk_create(versions)
    return rows.count(rates, touched=rows.owners(rates, {version.rate_id for version in versions}))


def _new_versions(entries: dict[int, RateEntry], *, now: datetime) -> list[RateVersion]:
    by_rate: dict[int, list[RateVersion]] = defaultdict(list)
    for version in RateVersion.objects.filter(rate_id__in=entries).order_by("number"):
        by_rate[version.rate_id].append(version)
    return [
        RateVersion(
            rate_id=rate,
            number=by_rate[rate][-1].number + 1 if by_rate[rate] else 1,
            definition=entry.definition,
            created_at=now,
            valid_from=entry.valid_from,
        )
        for rate, entry in entries.items()
        if not _is_in_force(entry, by_rate[rate], now=now)
    ]


def _is_in_force(entry: RateEntry, versions: list[RateVersion], *, now: datetime) -> bool:
    """Whether the version in force from the entry's time is equal; without a time, from now."""
    at = entry.valid_from or now
    valid = [version for version in versions if version.withdrawn_at is None and version.begins_at <= at]
    current_version = max(valid, key=lambda version: (version.begins_at, version.number), default=None)
    return current_version is not None and _prices_alike(current_version.definition, entry)


def _prices_alike(stored_rate: object, entry: RateEntry) -> bool:
    try:
        old = tariff.parse_rate(stored_rate, currency=entry.currency)
    except tariff.RateSyntaxError:  # written by an older release with other rules
        return False
    return tariff.canonical(old) == tariff.canonical(tariff.parse_rate(entry.definition, currency=entry.currency))


def _name(slug: str) -> str:
    return slug.replace("-", " ").replace("_", " ").strip().capitalize() or slug


def apply_assignments(entries: tuple[AssignmentEntry, ...]) -> Counts:
    """Stores assignments by place, audience and start; those that the file does not name are left unchanged."""
    properties = {slug: (pk, host) for slug, pk, host in Property.objects.values_list("slug", "pk", "host_id")}
    rates = {(host, slug): pk for host, slug, pk in Rate.objects.values_list("host_id", "slug", "pk")}
    charger_ids = {entry.charger for entry in entries if entry.charger}
    chargers = dict(Charger.objects.filter(charger_id__in=charger_ids).values_list("charger_id", "pk"))
    groups = {(host, slug): pk for host, slug, pk in TokenGroup.objects.values_list("host_id", "slug", "pk")}
    msps = {f"{msp.country_code}-{msp.party_id}": msp.pk for msp in MobilityProvider.objects.all()}
    values_by_key: dict[tuple[object, ...], Values] = {}
    for entry in entries:
        property_pk, host = properties[entry.property]
        values = {
            "property_id": property_pk,
            "charger_id": chargers[entry.charger] if entry.charger else None,
            "evse_number": entry.connector,
            "audience": entry.audience,
            "group_id": groups[host, entry.group] if entry.group else None,
            "msp_id": msps[entry.msp] if entry.msp else None,
            "active_from": entry.active_from,
        }
        other_values = {"rate_id": rates[host, entry.rate], "priority": entry.priority, "active_to": entry.active_to}
        values_by_key[tuple(values.values())] = values | other_values
    assignments = RateAssignment.objects.filter(property_id__in={key[0] for key in values_by_key})
    existing = {tuple(getattr(row, name) for name in _KEY): row for row in assignments}
    return rows.count(rows.store(RateAssignment, values_by_key, existing))
