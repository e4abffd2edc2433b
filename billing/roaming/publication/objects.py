"""Objects as rows: written only if they differ, with a dirty mark for each partner that is to get them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection as database
from django.db import transaction
from django.db.models import Q, QuerySet

from authorization.models import MobilityProvider
from authorization.roaming.transport import times
from billing.models import RoamingConnection, RoamingObject
from billing.roaming.partners import connections
from billing.roaming.publication import bodies
from billing.roaming.versions.entry import KnownVersion
from chargers.models import Host

Kind = RoamingObject.Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedObject:
    """The current state of an object. `msp`: only for that provider; `source`: the key of the row behind it."""

    kind: RoamingObject.Kind
    host: Host
    key: str
    source: str
    body: dict[str, Any]
    msp: MobilityProvider | None = None
    session_id: UUID | None = None
    is_ended: bool = False


def publish(item: PublishedObject, *, now: datetime) -> bool:
    """Stores the object if it differs from what was published, and marks it for its partners. False if nothing changed.

    `last_updated` never decreases, so that a partner who filters by date misses nothing.
    """
    with transaction.atomic():
        # Locked, so that of two workers that publish the same object the later one compares with the earlier.
        row = RoamingObject.objects.select_for_update().filter(kind=item.kind, host=item.host, key=item.key).first()
        previous = row.body if row else None
        body = item.body
        if item.kind == Kind.LOCATION:
            body = bodies.with_removed(body, previous)
        moment = times.truncate_to_millis(max(now, row.last_updated) if row else now)
        body = bodies.stamp_last_updated(body, previous, now=moment)
        if row is not None and body == previous and (row.ended_at is not None) == item.is_ended:
            return False
        values: dict[str, Any] = {
            "source": item.source,
            "msp": item.msp,
            "session_id": item.session_id,
            "body": body,
            "last_updated": moment,
            "ended_at": now if item.is_ended else None,
        }
        if row is None:
            row = RoamingObject.objects.create(kind=item.kind, host=item.host, key=item.key, created_at=now, **values)
        else:
            RoamingObject.objects.filter(pk=row.pk).update(**values)
            row.refresh_from_db()
        mark(row, now=now)
    return True


def mark(row: RoamingObject, *, now: datetime) -> None:
    """Marks the object to be pushed to every partner that shares it. There is one mark, however often it changes."""
    receivers = [connection.pk for connection in connections.list_registered() if is_shared(row, connection)]
    if receivers:
        with database.cursor() as cursor:
            cursor.execute(_MARK, {"object": row.pk, "connections": receivers, "now": now})


_MARK = """
    INSERT INTO billing_roamingshare AS s (connection_id, object_id, dirty_at, next_try_at, tries, failure, stored_url)
    SELECT c, %(object)s, %(now)s, %(now)s, 0, '', '' FROM unnest(%(connections)s::bigint[]) c ORDER BY c
    ON CONFLICT (connection_id, object_id) DO UPDATE SET
        dirty_at = coalesce(s.dirty_at, %(now)s), next_try_at = least(coalesce(s.next_try_at, %(now)s), %(now)s)
"""


def is_shared(row: RoamingObject, connection: RoamingConnection) -> bool:
    """Whether the partner is to get it: from a host of the connection, for this provider, and not blocked."""
    if row.host_id not in {host.pk for host in connections.hosts(connection)}:
        return False
    return bool(shared_with(connection, RoamingObject.objects.filter(pk=row.pk)).exists())


def shared_with(connection: RoamingConnection, rows: QuerySet[RoamingObject]) -> QuerySet[RoamingObject]:
    """Returns the objects for this partner: for its parties or for everyone, unless it is blocked there.

    A blocked partner still gets sessions and CDRs: it owes for them.
    """
    partner_filter = Q(msp__in=providers(connection))
    hosts_that_block = connection.msp.host_blocks.values("host")
    offers = Q(kind__in=(Kind.LOCATION, Kind.TARIFF)) & (Q(msp=None) | partner_filter)
    if connection.msp.blocked:
        offers = Q(pk__in=[])
    else:
        offers &= ~Q(host__in=hosts_that_block)
    return rows.filter(offers | Q(partner_filter, kind__in=(Kind.SESSION, Kind.CDR)))


def providers(connection: RoamingConnection) -> list[int]:
    """Returns the mobility providers behind the connection; a hub has many."""
    partner_parties = {connections.partner_party(connection), *connections.parties(connection)}
    wanted_parties = Q(pk=connection.msp_id)
    for party in partner_parties:
        wanted_parties |= Q(country_code=party.country_code, party_id=party.party_id)
    return list(MobilityProvider.objects.filter(wanted_parties).values_list("pk", flat=True))


def provider_keys(connection: RoamingConnection) -> frozenset[str]:
    """Returns their keys in rates: NL-EMS."""
    return frozenset(str(party) for party in (connections.partner_party(connection), *connections.parties(connection)))


def list_pullable(
    connection: RoamingConnection, kind: RoamingObject.Kind, *, hosts: Collection[Host]
) -> QuerySet[RoamingObject]:
    """Returns what the partner gets in a list, oldest first, so that pages do not shift."""
    rows = RoamingObject.objects.filter(kind=kind, host__in=[host.pk for host in hosts]).select_related("host")
    if kind == Kind.TARIFF:
        rows = rows.filter(ended_at=None)
    return shared_with(connection, rows).order_by("pk")


def embedded_locations(rows: Collection[RoamingObject], *, version: KnownVersion) -> dict[int, dict[str, Any]]:
    """Returns published Locations by the primary key of their Session or CDR, if the version embeds them. One query."""
    if not version.embeds_locations:
        return {}
    location_keys = {row.pk: (row.host_id, _location_of(row.body)) for row in rows}
    locations = RoamingObject.objects.filter(
        kind=Kind.LOCATION,
        host__in={host for host, _ in location_keys.values()},
        key__in={key for _, key in location_keys.values()},
    )
    bodies_by_name = {(location.host_id, location.key): location.body for location in locations}
    return {pk: bodies_by_name[name] for pk, name in location_keys.items() if name in bodies_by_name}


def _location_of(body: dict[str, Any]) -> str:
    return str(body.get("location_id") or body.get("cdr_location", {}).get("id", ""))
