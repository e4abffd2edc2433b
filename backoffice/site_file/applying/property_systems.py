"""Stores connections to property systems, and the units of their listings."""

from collections.abc import Mapping
from datetime import datetime

from authorization.models import PmsConnection, PmsListing
from authorization.pms import connections
from authorization.pms.connections import ConnectionSettings, Target
from backoffice.site_file.applying.rows import Counts
from backoffice.site_file.entries import PmsEntry
from chargers.lib import secrets
from chargers.lib.secrets import UnreadableSecretError
from chargers.models import Host, Property, Unit


def apply_connections(entries: tuple[PmsEntry, ...], *, now: datetime) -> Counts:
    """Stores the connections.

    A list of units replaces the stored one: listings that it leaves out are no longer mapped.
    """
    hosts = {host.slug: host for host in Host.objects.filter(slug__in={entry.host for entry in entries})}
    places = {property_.slug: property_ for property_ in Property.objects.filter(host__in=hosts.values())}
    units = {(unit.property_id, unit.slug): unit for unit in Unit.objects.filter(property__in=places.values())}
    by_key = {row.key: row for row in PmsConnection.objects.filter(key__in={entry.key for entry in entries})}
    created = updated = 0
    for entry in entries:
        row = by_key.get(entry.key)
        if row is None:
            row, is_changed = _add(entry, hosts[entry.host], now=now), False
            created += 1
        else:
            is_changed = _change(entry, row, now=now)
        targets = {
            listing: Target(places[slug], units[places[slug].pk, unit] if unit else None)
            for listing, slug, unit in entry.units
        }
        is_mapped = _map(row, targets, now=now)
        updated += entry.key in by_key and (is_changed or is_mapped)
    return Counts(created=created, updated=updated, unchanged=len(entries) - created - updated)


def _add(entry: PmsEntry, host: Host, *, now: datetime) -> PmsConnection:
    """Adds a connection.

    A file may name an address that the portal would refuse; whether it is called is decided later.
    """
    pms_connection = PmsConnection.objects.create(
        host=host,
        key=entry.key,
        name=entry.name,
        kind=entry.kind,
        url_encrypted=secrets.encrypt(entry.url),
        credentials_encrypted=connections.encrypt_credentials(entry.credentials),
        webhook_key=connections.new_webhook_key(),
        created_at=now,
        next_due_at=now,
    )
    connections.add_first_listing(pms_connection, now=now)
    return pms_connection


def _change(entry: PmsEntry, row: PmsConnection, *, now: datetime) -> bool:
    try:
        same_secrets = (secrets.decrypt(row.url_encrypted), connections.credentials(row)) == (
            entry.url,
            entry.credentials,
        )
    except UnreadableSecretError:
        same_secrets = False
    if same_secrets and (row.name, row.kind) == (entry.name, entry.kind):
        return False
    entered = ConnectionSettings(name=entry.name, kind=entry.kind, url=entry.url, credentials=entry.credentials)
    connections.replace(row, entered, now=now)
    return True


def _map(row: PmsConnection, targets: Mapping[str, Target], *, now: datetime) -> bool:
    listings = {listing.key: listing for listing in row.listings.all()}
    for key in targets.keys() - listings.keys():
        listings[key] = PmsListing.objects.create(connection=row, key=key, added_at=now)
    changed = [connections.map_listing(listing, targets.get(key), now=now) for key, listing in listings.items()]
    return any(changed)
