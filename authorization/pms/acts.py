"""Acts on a host's property systems: connect, change, map, sync, pause, remove; check-in and check-out hours."""

from datetime import datetime, timedelta

from django.db import transaction

from authorization import audit
from authorization.models import ApiKey, PmsConnection, PmsListing, User
from authorization.people import access
from authorization.people.roles import Right
from authorization.pms import connections, hours
from authorization.pms.connections import ConnectionSettings, Target
from authorization.pms.hours import Hours
from chargers.models import Host, Property


def add(host: Host, entered: ConnectionSettings, *, by: User | ApiKey, now: datetime) -> PmsConnection:
    """Adds a connection; a worker reads it within seconds. Raises NotAllowedError and SettingsError."""
    access.require(by, Right.MANAGE, host)
    with transaction.atomic():
        new_connection = connections.add(host, entered, now=now)
        audit.write("pms.added", _subject(new_connection), user=by, now=now, after=_audit_values(new_connection))
    return new_connection


def change(connection: PmsConnection, entered: ConnectionSettings, *, by: User | ApiKey, now: datetime) -> None:
    """Changes a connection. Raises NotAllowedError and SettingsError."""
    access.require(by, Right.MANAGE, connection.host)
    with transaction.atomic():
        before = _audit_values(connection)
        connections.change(connection, entered, now=now)
        entered_names = sorted(name for name, value in entered.credentials.items() if value)
        after = _audit_values(connection) | ({"credentials_entered": entered_names} if entered_names else {})
        audit.write("pms.changed", _subject(connection), user=by, now=now, before=before, after=after)


def map_listing(listing: PmsListing, target: Target | None, *, by: User | ApiKey, now: datetime) -> bool:
    """Maps a listing to a unit; this requests a sync, which moves its bookings. Returns False if nothing changed.

    Raises NotAllowedError, also for a property of another host.
    """
    connection = listing.connection
    access.require(by, Right.MANAGE, connection.host)
    if target is not None and target.property_.host_id != connection.host_id:
        raise access.NotAllowedError
    before = {"listing": listing.key, "is": _target_slug(listing)}
    with transaction.atomic():
        has_changed = connections.map_listing(listing, target, now=now)
        if has_changed:
            after = {"listing": listing.key, "is": target.slug if target else None}
            audit.write("pms.mapped", _subject(connection), user=by, now=now, before=before, after=after)
    return has_changed


def sync(connection: PmsConnection, *, by: User | ApiKey, now: datetime) -> bool:
    """Requests a full sync, run within seconds. Returns False if the connection is paused. Raises NotAllowedError."""
    access.require(by, Right.MANAGE, connection.host)
    with transaction.atomic():
        is_asked = connections.ask(connection, now=now)
        if is_asked:
            audit.write("pms.sync_asked", _subject(connection), user=by, now=now)
    return is_asked


def pause(connection: PmsConnection, *, by: User | ApiKey, now: datetime) -> bool:
    """Pauses reading until it is resumed. Returns False if it was paused already. Raises NotAllowedError."""
    access.require(by, Right.MANAGE, connection.host)
    with transaction.atomic():
        has_changed = connections.pause(connection)
        if has_changed:
            audit.write("pms.paused", _subject(connection), user=by, now=now)
    return has_changed


def resume(connection: PmsConnection, *, by: User | ApiKey, now: datetime) -> bool:
    """Resumes reading. Returns False if it was not paused. Raises NotAllowedError."""
    access.require(by, Right.MANAGE, connection.host)
    with transaction.atomic():
        has_changed = connections.resume(connection, now=now)
        if has_changed:
            audit.write("pms.resumed", _subject(connection), user=by, now=now)
    return has_changed


def remove(connection: PmsConnection, *, by: User | ApiKey, now: datetime) -> int:
    """Removes the connection and cancels its future stays; returns their number. Current stays end as planned.

    Raises NotAllowedError.
    """
    access.require(by, Right.MANAGE, connection.host)
    with transaction.atomic():
        subject, before = _subject(connection), _audit_values(connection)
        cancelled = connections.remove(connection, now=now)
        after = {"stays_cancelled": cancelled}
        audit.write("pms.removed", subject, user=by, now=now, before=before, after=after)
    return cancelled


def set_hours(property_: Property, hours_: Hours, *, by: User | ApiKey, now: datetime) -> bool:
    """Sets default check-in and check-out hours and the margins around them. Returns False if nothing changed.

    Raises NotAllowedError.
    """
    access.require(by, Right.MANAGE, property_.host)
    with transaction.atomic():
        before = hours.of_property(property_)
        has_changed = hours.save(property_, hours_, now=now)
        if has_changed:
            subject = audit.Subject("property", property_.pk, property_.name, property_.host)
            audit.write("property.stay_hours", subject, user=by, now=now, before=_hours(before), after=_hours(hours_))
    return has_changed


def _hours(hours_: Hours) -> dict[str, object]:
    return {
        "check_in": f"{hours_.check_in:%H:%M}",
        "check_out": f"{hours_.check_out:%H:%M}",
        "early_min": hours_.early // timedelta(minutes=1),
        "late_min": hours_.late // timedelta(minutes=1),
        "most_phones": hours_.most_phones,
    }


def _target_slug(listing: PmsListing) -> str | None:
    return Target(listing.property, listing.unit).slug if listing.property else None


def _subject(connection: PmsConnection) -> audit.Subject:
    return audit.Subject("pms_connection", connection.key, connection.name, connection.host)


def _audit_values(connection: PmsConnection) -> dict[str, object]:
    """Returns the connection for the audit trail, without its address, which may be a secret."""
    return {
        "key": connection.key,
        "name": connection.name,
        "kind": connection.kind,
        "server": connections.server(connection),
        "is_enabled": connection.is_enabled,
    }
