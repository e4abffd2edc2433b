"""User actions on a charger's other back offices: connect, edit, pause, make Leader, disconnect."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.urls import reverse

from authorization import audit
from authorization.accounts import notices
from authorization.models import ApiKey, User
from authorization.people import access
from authorization.people.roles import Right
from chargers.acts import subject
from chargers.lib import secrets
from chargers.models import Charger, Upstream
from chargers.upstreams import backends


@dataclass(frozen=True, slots=True)
class Connection:
    """How a back office is reached. When editing, empty secrets leave the stored ones unchanged."""

    url: str
    identity: str
    username: str
    password: str
    subprotocol: str
    certificate: str
    key: str
    authority: str


def connect(
    charger: Charger, connection: Connection, *, name: str, role: str, scope: str, by: User | ApiKey, now: datetime
) -> Upstream:
    """Connects a back office for the charger, its property or its host.

    Raises NotAllowedError, RunningSessionError, and IntegrityError if the name is taken.
    """
    access.require(by, Right.MANAGE, charger.property.host)
    owners: dict[str, Any] = {"charger": charger, "property": charger.property, "host": charger.property.host}
    row = Upstream(
        **{scope: owners[scope]},
        name=name,
        url=connection.url,
        role=Upstream.Role.FOLLOWER,
        identity=connection.identity,
        username=connection.username,
        password_encrypted=secrets.encrypt(connection.password),
        client_certificate=connection.certificate,
        client_key_encrypted=secrets.encrypt(connection.key),
        authority=connection.authority,
        subprotocol=connection.subprotocol,
    )
    with transaction.atomic():
        row.save()
        if role == Upstream.Role.LEADER:
            backends.set_leader(row, by_us=False, forced=False, now=now)
        backends.announce_changes(backends.list_affected_chargers(row), now=now)
        after = {"name": row.name, "url": row.shown_url(), "role": role, "for": scope}
        audit.write("upstream.connected", subject.of_charger(charger), user=by, now=now, after=after)
        if role == Upstream.Role.LEADER:
            _mail_owners(charger, f"made {row.name} ({row.shown_url()}) the Leader", by=by, now=now)
    return row


def edit(charger: Charger, row: Upstream, connection: Connection, *, by: User | ApiKey, now: datetime) -> None:
    """Changes how a back office is reached. Raises NotAllowedError."""
    access.require(by, Right.MANAGE, charger.property.host)
    before = _audit_values(row)
    _apply(row, connection)
    with transaction.atomic():
        row.save()
        backends.announce_changes(backends.list_affected_chargers(row), now=now)
        after = _audit_values(row) | {"password": "changed" if connection.password else "as before"}
        audit.write("upstream.edited", subject.of_charger(charger), user=by, now=now, before=before, after=after)
        if row.role == Upstream.Role.LEADER and before["url"] != after["url"]:
            _mail_owners(charger, f"gave the Leader {row.name} the address {row.shown_url()}", by=by, now=now)


def allow(charger: Charger, row: Upstream, *, actions: list[str] | None, by: User | ApiKey, now: datetime) -> None:
    """Sets the commands that a back office may give; None for the default of its role. Raises NotAllowedError."""
    access.require(by, Right.MANAGE, charger.property.host)
    before, after = {"name": row.name, "allowed": row.allowed}, {"name": row.name, "allowed": actions}
    with transaction.atomic():
        Upstream.objects.filter(pk=row.pk).update(allowed=actions)
        backends.announce_changes(backends.list_affected_chargers(row), now=now)
        audit.write(
            "upstream.commands_changed", subject.of_charger(charger), user=by, now=now, before=before, after=after
        )


def set_leader(charger: Charger, row: Upstream, *, by_us: bool, forced: bool, by: User | ApiKey, now: datetime) -> None:
    """Makes this back office (or us) the Leader. Raises NotAllowedError, and RunningSessionError unless forced."""
    access.require(by, Right.MANAGE, charger.property.host)
    before = {"leader": backends.leader_of(charger) or "us"}
    after = {
        "leader": "us" if by_us else row.name,
        "chargers": backends.list_affected_chargers(row).count(),
        "forced": forced,
    }
    with transaction.atomic():
        backends.set_leader(row, by_us=by_us, forced=forced, now=now)
        audit.write(
            "upstream.leader_changed", subject.of_charger(charger), user=by, now=now, before=before, after=after
        )
        leader = "this back office" if by_us else f"{row.name} ({row.shown_url()})"
        _mail_owners(charger, f"made {leader} the Leader", by=by, now=now)


def set_absence(charger: Charger, *, absent: str, limit_s: int, by: User | ApiKey, now: datetime) -> None:
    """Sets what happens while the Leader is away, and how long to wait for it. Raises NotAllowedError."""
    access.require(by, Right.MANAGE, charger.property.host)
    before = {"absent": charger.leader_absent, "limit_s": charger.leader_limit_s}
    after = {"absent": absent, "limit_s": limit_s}
    with transaction.atomic():
        Charger.objects.filter(pk=charger.pk).update(leader_absent=absent, leader_limit_s=limit_s)
        backends.announce_changes(Charger.objects.filter(pk=charger.pk), now=now)
        audit.write(
            "upstream.absence_changed", subject.of_charger(charger), user=by, now=now, before=before, after=after
        )


def pause(charger: Charger, row: Upstream, *, by: User | ApiKey, now: datetime) -> None:
    """Ends the connection to a back office until it is resumed. Raises NotAllowedError."""
    _set_paused(charger, row, paused_at=now, by=by, now=now)


def resume(charger: Charger, row: Upstream, *, by: User | ApiKey, now: datetime) -> None:
    """Connects to a paused back office again. Raises NotAllowedError."""
    _set_paused(charger, row, paused_at=None, by=by, now=now)


def disconnect(charger: Charger, row: Upstream, *, by: User | ApiKey, now: datetime) -> None:
    """Deletes a back office with its queued messages. Raises NotAllowedError."""
    access.require(by, Right.MANAGE, charger.property.host)
    with transaction.atomic():
        chargers = Charger.objects.filter(
            pk__in=list(backends.list_affected_chargers(row).values_list("pk", flat=True))
        )
        before = {"name": row.name, "url": row.shown_url(), "role": row.role}
        row.delete()
        backends.announce_changes(chargers, now=now)
        audit.write("upstream.disconnected", subject.of_charger(charger), user=by, now=now, before=before)


def begin_test(charger: Charger, row: Upstream, *, by: User | ApiKey, now: datetime) -> None:
    """Records a test of the connection; the caller then dials outside any transaction. Raises NotAllowedError."""
    access.require(by, Right.MANAGE, charger.property.host)
    audit.write("upstream.tested", subject.of_charger(charger), user=by, now=now, after={"name": row.name})


def _set_paused(
    charger: Charger, row: Upstream, *, paused_at: datetime | None, by: User | ApiKey, now: datetime
) -> None:
    access.require(by, Right.MANAGE, charger.property.host)
    verb = "upstream.paused" if paused_at else "upstream.resumed"
    with transaction.atomic():
        Upstream.objects.filter(pk=row.pk).update(paused_at=paused_at)
        backends.announce_changes(backends.list_affected_chargers(row), now=now)
        audit.write(verb, subject.of_charger(charger), user=by, now=now, after={"name": row.name})


def _mail_owners(charger: Charger, description: str, *, by: User | ApiKey, now: datetime) -> None:
    """Mails the owners about the new Leader, because it decides about cards and bills, whoever's session made the
    change.
    """
    page = reverse("chargers:proxy", args=[charger.charger_id])
    description = f"{description} of the charger {charger.station_id}"
    notices.leader_changed(charger.property.host, description, page=page, by=by, now=now)


def _apply(row: Upstream, connection: Connection) -> None:
    if connection.url != row.shown_url():  # the stored address has parts that the page hides
        row.url = connection.url
    row.identity, row.username = connection.identity, connection.username
    row.subprotocol = connection.subprotocol
    if connection.password:
        row.password_encrypted = secrets.encrypt(connection.password)
    if connection.certificate:
        row.client_certificate, row.client_key_encrypted = connection.certificate, secrets.encrypt(connection.key)
    if connection.authority:
        row.authority = connection.authority


def _audit_values(row: Upstream) -> dict[str, object]:
    return {"name": row.name, "url": row.shown_url(), "username": row.username, "subprotocol": row.subprotocol}
