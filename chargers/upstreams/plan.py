"""The other back offices of a charger for its gateway, and the greeting for one that reconnects."""

import uuid
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from chargers.lib import secrets
from chargers.lib.secrets import UnreadableSecretError
from chargers.models import Charger, Connector, Forward, Upstream, UpstreamId
from chargers.protocol.frames import Payload, Version
from chargers.protocol.versions.translator import stamp
from chargers.upstreams import backends
from chargers.upstreams.roles import UpstreamRole
from chargers.upstreams.translation import Ids, Kind

MAX_IDS = 500
Absent = Charger.LeaderAbsent


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamFacts:
    """A back office of a charger, with its secrets in clear; equal facts need no new connection."""

    pk: int
    name: str
    role: UpstreamRole
    url: str
    identity: str
    subprotocol: str = ""
    username: str = ""
    password: str = field(default="", repr=False)
    certificate: str = field(default="", repr=False)
    key: str = field(default="", repr=False)
    authority: str = ""
    allowed: frozenset[str] | None = None
    fault: str = ""
    """Why it cannot be connected to, if that is known without trying."""

    @property
    def address(self) -> str:
        """Returns the charger's own address there: its id after the path, before any query."""
        path, mark, query = self.url.partition("?")
        own = quote(self.identity, safe="")
        base = path.rstrip("/")
        return f"{base if base.endswith(f'/{own}') else f'{base}/{own}'}{mark}{query}"


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamPlan:
    """Every other back office, and what happens while the Leader is away. Empty if there is none."""

    upstreams: tuple[UpstreamFacts, ...] = ()
    absent: str = Absent.OWN_RULES.value
    limit_s: int = 15

    @property
    def leader(self) -> UpstreamFacts | None:
        return next((facts for facts in self.upstreams if facts.role is UpstreamRole.LEADER), None)


ALONE: Final = UpstreamPlan()


def load(charger: Charger) -> UpstreamPlan:
    """Loads the plan without paused back offices. One query."""
    rows = [row for row in backends.of_charger(charger) if row.paused_at is None]
    return UpstreamPlan(
        upstreams=tuple(facts_of(row, charger) for row in rows),
        absent=charger.leader_absent,
        limit_s=charger.leader_limit_s,
    )


def facts_of(row: Upstream, charger: Charger) -> UpstreamFacts:
    fault, password, key = "", "", ""
    try:
        password, key = secrets.decrypt(row.password_encrypted), secrets.decrypt(row.client_key_encrypted)
    except UnreadableSecretError as exc:
        fault = str(exc)
    return UpstreamFacts(
        pk=row.pk,
        name=row.name,
        role=UpstreamRole(row.role),
        url=row.url,
        identity=row.identity or charger.lasting_id(),
        subprotocol=row.subprotocol,
        username=row.username,
        password=password,
        certificate=row.client_certificate,
        key=key,
        authority=row.authority,
        allowed=None if row.allowed is None else frozenset(row.allowed),
        fault=fault,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A transaction's message to deliver; `id` is also its message id."""

    id: uuid.UUID
    action: str
    payload: str
    version: str
    transaction_ref: str


def ids_of(charger_pk: int, upstream_pk: int) -> Ids:
    """Returns the newest ids of a back office. One query."""
    ids = Ids()
    rows = UpstreamId.objects.filter(charger=charger_pk, upstream=upstream_pk).exclude(ours=None).order_by("-id")
    for kind, own_id, external_id in reversed(rows.values_list("kind", "ours", "theirs")[:MAX_IDS]):
        ids.learn(Kind(kind), own_id=int(own_id or 0), external_id=external_id)
    return ids


def take_over_backlog(charger_pk: int, upstream_pk: int, *, connection_id: uuid.UUID) -> None:
    """Makes this connection deliver waiting messages, unless a newer one has claimed them."""
    waiting = Forward.objects.filter(charger=charger_pk, upstream=upstream_pk, delivered_at=None)
    waiting.filter(claimed_by__lt=connection_id).update(claimed_by=connection_id)


def waiting(
    charger_pk: int, upstream_pk: int, *, connection_id: uuid.UUID, after: uuid.UUID | None, limit: int
) -> list[Waiting]:
    """Returns the next deliveries on this connection, in order. One query."""
    rows = Forward.objects.filter(
        charger=charger_pk, upstream=upstream_pk, delivered_at=None, claimed_by=connection_id
    ).order_by("id")
    if after is not None:
        rows = rows.filter(id__gt=after)
    columns = ("id", "action", "payload", "version", "transaction_ref")
    return [Waiting(**dict(zip(columns, values, strict=True))) for values in rows.values_list(*columns)[:limit]]


def greeting(charger_pk: int, *, version: Version) -> dict[tuple[str, Any, Any], tuple[str, Payload]]:
    """Returns the last boot and statuses, rebuilt from stored facts, for a back office that reconnects."""
    charger = Charger.objects.get(pk=charger_pk)
    boot = _boot_16(charger) if version is Version.V16 else _boot_2x(charger)
    messages: dict[tuple[str, Any, Any], tuple[str, Payload]] = {}
    if charger.last_boot_at:
        messages["BootNotification", None, None] = ("BootNotification", boot)
    plugs = Connector.objects.filter(evse__charger=charger_pk).exclude(status="").select_related("evse")
    for plug in plugs.order_by("evse__number", "number"):
        status = _status_16(plug) if version is Version.V16 else _status_2x(plug)
        messages[status_key(status)] = ("StatusNotification", status)
    return messages


def status_key(payload: Payload) -> tuple[str, Any, Any]:
    """Returns the connector that a StatusNotification is about."""
    if "evseId" in payload:
        return ("StatusNotification", str(payload.get("evseId")), str(payload.get("connectorId")))
    return ("StatusNotification", None, str(payload.get("connectorId")))


def _boot_16(charger: Charger) -> Payload:
    facts = {
        "chargePointVendor": charger.vendor[:20] or "unknown",
        "chargePointModel": charger.model[:20] or "unknown",
        "chargePointSerialNumber": charger.serial_number[:25],
        "firmwareVersion": charger.firmware_version[:50],
        "iccid": charger.iccid[:20],
        "imsi": charger.imsi[:20],
        "meterType": charger.meter_type[:25],
        "meterSerialNumber": charger.meter_serial_number[:25],
    }
    return {name: value for name, value in facts.items() if value}


def _boot_2x(charger: Charger) -> Payload:
    station = {
        "vendorName": charger.vendor[:50] or "unknown",
        "model": charger.model[:20] or "unknown",
        "serialNumber": charger.serial_number[:25],
        "firmwareVersion": charger.firmware_version[:50],
    }
    return {"reason": "Unknown", "chargingStation": {name: value for name, value in station.items() if value}}


def _status_16(plug: Connector) -> Payload:
    facts: Payload = {
        "connectorId": plug.evse.number,
        "status": plug.status,
        "errorCode": plug.error_code[:50] or "NoError",
    }
    return {**facts, "timestamp": stamp(plug.status_at)} if plug.status_at else facts


def _status_2x(plug: Connector) -> Payload:
    at = plug.status_at
    facts: Payload = {"evseId": plug.evse.number, "connectorId": plug.number, "connectorStatus": plug.status}
    return {"timestamp": stamp(at), **facts} if at else facts
