"""The presence of chargers: connections, boots, and the reported status of each connector."""

import json
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, F, Q, QuerySet

from chargers.commands import queue
from chargers.fleet import history, reports
from chargers.models import Charger, ConnectionSwap, Connector, Evse, StatusReport, Variable
from chargers.sentences.commands import CommandCode
from chargers.sentences.stored import Sentence
from chargers.text import masking

IDLE_STATUSES = frozenset({"Available", "Reserved"})
MAX_TEXT = 255
VariableFacts = history.VariableFacts


@dataclass(frozen=True, slots=True)
class BootFacts:
    """What a charger reports about itself; empty strings for missing values."""

    vendor: str
    model: str
    serial_number: str = ""
    firmware_version: str = ""
    iccid: str = ""
    imsi: str = ""
    meter_type: str = ""
    meter_serial_number: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class StatusFacts:
    """A reported status. `evse_number` None is the charger itself (1.6 connector 0)."""

    evse_number: int | None
    connector_number: int | None
    status: str
    error_code: str
    vendor_error_code: str
    status_info: str
    stated_at: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DeviationReport:
    """A deviation of a message from the standard."""

    charger_pk: int
    action: str
    path: str
    sentence: str
    firmware_version: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """The origin of a connection: its source, how the charger authenticated (`Charger.Proof`), and whether over TLS."""

    source: str = ""
    proof: str = ""
    with_tls: bool | None = None


@dataclass(frozen=True, slots=True)
class HeardCharger:
    """A charger that sent a message, its connection, and the process that holds it."""

    charger_pk: int
    connection_id: uuid.UUID
    gateway_id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class ConnectionContext:
    """What a new connection needs to know.

    The last order whose effect may still show, and whether there may be commands to send or other back offices to
    connect to.
    """

    last_order_at: datetime | None = None
    has_waiting: bool = False
    has_upstreams: bool = False


def connect(
    charger: Charger,
    *,
    connection_id: uuid.UUID,
    version: str,
    now: datetime,
    arrival: Arrival | None = None,
    gateway_id: uuid.UUID | None = None,
    admitted_key: str | None = None,
) -> ConnectionContext | None:
    """Stores a new connection and the process that holds it; replacing a live connection is a swap.

    `admitted_key` is the stored hash of the password at the handshake (None: it is not compared). Returns None if the
    charger's id or that hash has changed since: whoever was admitted is not let in any more.

    Commands in flight on all other connections, including those of dead gateways, become unknown. Stops ordered in the
    last minute are sent after all. One statement, because thousands of chargers connect in the same minute after a
    power cut.
    """
    arrival = arrival or Arrival()
    values: dict[str, Any] = {
        "charger": charger.pk,
        "connection": connection_id,
        "gateway": gateway_id,
        "version": version,
        "now": now,
        "source": arrival.source[:45],
        "proof": arrival.proof,
        "with_tls": arrival.with_tls,
        "lost": json.dumps([Sentence(CommandCode.CONNECTION_ENDED).as_json()]),
        "effect_since": now - queue.EFFECT_VISIBLE,
        "stops": list(queue.STOP_ACTIONS),
        "stops_since": now - queue.STOP_REMEMBERED,
        "answer_until": now + queue.ANSWER_TIMEOUT,
        "told_by_their_answer": sorted(queue.ANSWERED_BY_REPLY),
        "id": charger.charger_id,
        "key": admitted_key,
    }
    with connection.cursor() as cursor:
        cursor.execute(_CONNECT_SQL, values)
        row = cursor.fetchone()
    if row is None:
        return None
    if row[0] is not None:
        ConnectionSwap.objects.create(charger=charger, source=arrival.source[:45], at=now)
    return ConnectionContext(*row[1:])


_CONNECT_SQL = """
    WITH before AS (
        SELECT c.id, c.connection_id, c.only_own_upstreams, c.property_id, p.host_id
        FROM chargers_charger c JOIN chargers_property p ON p.id = c.property_id
        WHERE c.id = %(charger)s AND c.charger_id = %(id)s AND (%(key)s::text IS NULL OR c.key_hash = %(key)s)
        FOR UPDATE OF c
    ), ended AS (
        UPDATE chargers_command SET state = 'unknown', answered_at = %(now)s, outcome_sentences = %(lost)s::jsonb
        WHERE charger_id IN (SELECT id FROM before) AND state = 'sent'
          AND connection_id IS DISTINCT FROM %(connection)s
    ), stops AS (
        UPDATE chargers_command SET state = 'queued', expires_at = %(answer_until)s, outcome_sentences = '[]'::jsonb
        WHERE id IN (
            SELECT DISTINCT ON (action, payload) id FROM chargers_command
            WHERE charger_id IN (SELECT id FROM before) AND state = 'offline' AND action = ANY(%(stops)s)
              AND created_at > %(stops_since)s ORDER BY action, payload, created_at DESC)
        RETURNING id
    )
    UPDATE chargers_charger AS charger SET
        connection_id = %(connection)s, gateway_id = %(gateway)s, ocpp_version = %(version)s,
        connected_at = %(now)s, last_message_at = %(now)s, disconnected_at = NULL,
        connected_from = %(source)s, connected_by = %(proof)s, connected_with_tls = %(with_tls)s
    FROM before WHERE charger.id = before.id
    RETURNING before.connection_id,
        (SELECT sent_at FROM chargers_command
         WHERE charger_id = before.id AND created_at > %(effect_since)s AND sent_at IS NOT NULL
           AND action <> ALL(%(told_by_their_answer)s) ORDER BY created_at DESC LIMIT 1),
        EXISTS (SELECT FROM stops)
            OR EXISTS (SELECT FROM chargers_command WHERE charger_id = before.id AND state = 'queued'),
        EXISTS (SELECT FROM chargers_upstream u WHERE u.charger_id = before.id
                OR NOT before.only_own_upstreams
                   AND (u.property_id = before.property_id OR u.host_id = before.host_id))
"""


def swaps_since(since: datetime, *, limit: int) -> QuerySet[Charger]:
    """Returns chargers whose live connection was replaced more than `limit` times since then."""
    recent = Q(connection_swaps__at__gte=since)
    return Charger.objects.annotate(swaps=Count("connection_swaps", filter=recent)).filter(swaps__gt=limit)


def forget_swaps(before: datetime) -> int:
    """Deletes old swaps, which matter only for minutes. Returns their number."""
    return ConnectionSwap.objects.filter(at__lt=before).delete()[0]


def disconnect(charger: Charger, *, connection_id: uuid.UUID, now: datetime) -> bool:
    """Stores that this connection ended; False if a newer one has already replaced it."""
    ended = Charger.objects.filter(pk=charger.pk, connection_id=connection_id).update(
        connection_id=None, disconnected_at=now
    )
    return bool(ended)


def connections_since(since: datetime) -> dict[int, uuid.UUID]:
    """Returns the live connections of chargers that connected after `since`, by primary key."""
    recent = Charger.objects.filter(connected_at__gt=since, connection_id__isnull=False)
    return {pk: connection_id for pk, connection_id in recent.values_list("pk", "connection_id") if connection_id}


def disconnect_silent(*, now: datetime, silent_for: timedelta) -> int:
    """Marks chargers as offline that were silent for that long. Returns their number."""
    return Charger.objects.filter(connection_id__isnull=False, last_message_at__lt=now - silent_for).update(
        connection_id=None, disconnected_at=F("last_message_at")
    )


def disconnect_all(*, now: datetime) -> int:
    """Marks all chargers as offline, before any gateway runs."""
    return Charger.objects.filter(connection_id__isnull=False).update(connection_id=None, disconnected_at=now)


def record_heard(records: Sequence[HeardCharger], *, now: datetime) -> None:
    """Stores that these chargers sent something; called at most every few seconds per charger. One statement.

    A frame proves that its connection is alive: if it was marked as offline, because of silence or its gateway, it is
    restored, and a stop ordered meanwhile is sent. Connections that another gateway holds since are left alone.
    """
    if not records:
        return
    newest = {row.charger_pk: row for row in records}
    rows = [newest[pk] for pk in sorted(newest)]
    columns: list[list[Any]] = [
        [row.charger_pk for row in rows],
        [row.connection_id for row in rows],
        [row.gateway_id for row in rows],
    ]
    with connection.cursor() as cursor:
        cursor.execute(_HEARD_SQL, [now, *columns])
        back = [charger_pk for charger_pk, is_lost in cursor.fetchall() if is_lost]
    if back:
        queue.recall_stops(back, now=now)


_HEARD_SQL = """
    UPDATE chargers_charger AS charger SET
        last_message_at = %s,
        connection_id = CASE WHEN heard.is_lost THEN heard.connection ELSE charger.connection_id END,
        disconnected_at = CASE WHEN heard.is_lost THEN NULL ELSE charger.disconnected_at END
    FROM (SELECT row.*, c.connection_id IS NULL AND c.gateway_id IS NOT DISTINCT FROM row.gateway AS is_lost
          FROM unnest(%s::bigint[], %s::uuid[], %s::uuid[]) AS row (id, connection, gateway)
          JOIN chargers_charger AS c ON c.id = row.id ORDER BY c.id FOR UPDATE OF c) AS heard
    WHERE charger.id = heard.id
    RETURNING charger.id, heard.is_lost
"""


def boot(charger: Charger, facts: BootFacts, *, now: datetime) -> bool:
    """Records a BootNotification: what the charger is, and that it restarted.

    True if its settings must be read, because none is known or the firmware changed.
    """
    chargers = Charger.objects.filter(pk=charger.pk, last_boot_at__isnull=False)
    is_as_before = chargers.filter(firmware_version=facts.firmware_version[:MAX_TEXT]).exists()
    Charger.objects.filter(pk=charger.pk).update(
        vendor=facts.vendor[:MAX_TEXT],
        model=facts.model[:MAX_TEXT],
        serial_number=facts.serial_number[:MAX_TEXT],
        firmware_version=facts.firmware_version[:MAX_TEXT],
        iccid=facts.iccid[:MAX_TEXT],
        imsi=facts.imsi[:MAX_TEXT],
        meter_type=facts.meter_type[:MAX_TEXT],
        meter_serial_number=facts.meter_serial_number[:MAX_TEXT],
        last_boot_at=now,
    )
    summary = f"Booted: {facts.vendor} {facts.model}, firmware {facts.firmware_version or 'not reported'}"
    if facts.reason:
        summary += f" ({facts.reason})"
    report = reports.ReportFacts(
        kind="BootNotification", topic=reports.Topic.BOOT, summary=summary, at=now, state=facts.reason
    )
    reports.record(charger, report, now=now)
    return not is_as_before or not Variable.objects.filter(charger=charger).exists()


def clock_measured(charger: Charger, *, offset_s: int, now: datetime) -> None:
    """Stores by how many seconds the charger's clock is ahead of ours (negative: behind)."""
    Charger.objects.filter(pk=charger.pk).update(clock_offset_s=offset_s, clock_measured_at=now)


def report_status(charger: Charger, facts: StatusFacts, *, now: datetime) -> None:
    """Records a status in the history and, if it is the newest, as the connector's current one.

    An unknown EVSE or connector is added, because the hardware knows best.
    """
    StatusReport.objects.create(
        charger=charger,
        evse_number=facts.evse_number,
        connector_number=facts.connector_number,
        status=facts.status[:50],
        error_code=facts.error_code[:MAX_TEXT],
        vendor_error_code=facts.vendor_error_code[:MAX_TEXT],
        status_info=facts.status_info[:MAX_TEXT],
        stated_at=facts.stated_at[:64],
        at=facts.at,
        received_at=now,
    )
    if facts.evse_number is None:
        Charger.objects.filter(_newest(facts.at), pk=charger.pk).update(
            status=facts.status[:50], error_code=facts.error_code[:50], status_at=facts.at
        )
        return
    connector = connector_of(charger, evse_number=facts.evse_number, connector_number=facts.connector_number)
    Connector.objects.filter(_newest(facts.at), pk=connector.pk).update(
        status=facts.status[:50],
        error_code=facts.error_code[:MAX_TEXT],
        vendor_error_code=facts.vendor_error_code[:MAX_TEXT],
        status_info=facts.status_info[:MAX_TEXT],
        status_at=facts.at,
    )


def connector_of(charger: Charger, *, evse_number: int, connector_number: int | None) -> Connector:
    """Returns the connector with this number, or the EVSE's first if none is given; creates it if it is new."""
    connectors = Connector.objects.filter(evse__charger=charger, evse__number=evse_number).order_by("number")
    if connector_number is not None:
        connectors = connectors.filter(number=connector_number)
    if connector := connectors.first():
        return connector
    evse, _ = Evse.objects.get_or_create(charger=charger, number=evse_number)
    if connector_number is not None and (connector := _renumber_only_connector(evse, connector_number)):
        return connector
    connector, _ = Connector.objects.get_or_create(evse=evse, number=connector_number or 1)
    return connector


def _renumber_only_connector(evse: Evse, connector_number: int) -> Connector | None:
    """Renumbers the EVSE's only connector if it was entered under the EVSE's own number and never reported.

    An imported site file may count the outlets of a 2.x charger by `number` alone; the charger numbers connectors
    within each EVSE.
    """
    entered = list(Connector.objects.filter(evse=evse)[:2])
    if len(entered) != 1 or entered[0].number != evse.number or entered[0].status:
        return None
    connector = entered[0]
    connector.number = connector_number
    connector.save(update_fields=["number"])
    return connector


def report_variables(charger: Charger, variables: Sequence[VariableFacts], *, now: datetime, origin: str = "") -> None:
    """Stores reported settings: the newest value of each, and its previous value.

    `origin` is who ordered the values; empty if the charger reported them by itself.
    """
    history.note(charger, variables, now=now, origin=origin)
    Variable.objects.bulk_create(
        [
            Variable(
                charger=charger,
                component=facts.component[:100],
                component_instance=facts.component_instance[:100],
                evse_number=facts.evse_number,
                connector_number=facts.connector_number,
                name=facts.name[:100],
                instance=facts.instance[:100],
                attribute=facts.attribute[:10],
                value=None if masking.is_secret(facts.name) else facts.value,
                mutability=facts.mutability[:20],
                reported_at=now,
            )
            for facts in {_identity(facts): facts for facts in variables}.values()
        ],
        update_conflicts=True,
        unique_fields=[
            "charger",
            "component",
            "component_instance",
            "evse_number",
            "connector_number",
            "name",
            "instance",
            "attribute",
        ],
        update_fields=["value", "mutability", "reported_at"],
    )


def count_deviations(deviations: Sequence[DeviationReport], *, now: datetime) -> None:
    """Counts deviations from the standard per charger, place and firmware, all in one statement."""
    if not deviations:
        return
    counts = Counter(
        (deviation.charger_pk, deviation.action[:60], deviation.path[:MAX_TEXT], deviation.firmware_version)
        for deviation in deviations
    )
    sentences = {(row.charger_pk, row.action[:60], row.path[:MAX_TEXT]): row.sentence[:500] for row in deviations}
    keys = sorted(counts)
    columns: list[list[Any]] = [
        [key[0] for key in keys],
        [key[1] for key in keys],
        [key[2] for key in keys],
        [key[3] for key in keys],
        [sentences[key[:3]] for key in keys],
        [counts[key] for key in keys],
    ]
    with connection.cursor() as cursor:
        cursor.execute(_DEVIATIONS_SQL, [now, now, *columns])


_DEVIATIONS_SQL = """
    INSERT INTO chargers_deviation (charger_id, action, path, firmware_version, sentence, count, first_at, last_at)
    SELECT row.*, %s, %s
    FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[]) AS row
    ON CONFLICT (charger_id, action, path, firmware_version) DO UPDATE SET
        count = chargers_deviation.count + excluded.count, last_at = excluded.last_at, sentence = excluded.sentence
"""


def _newest(at: datetime) -> Q:
    return Q(status_at=None) | Q(status_at__lte=at)


def _identity(facts: VariableFacts) -> tuple[object, ...]:
    return (
        facts.component[:100],
        facts.component_instance[:100],
        facts.evse_number,
        facts.connector_number,
        facts.name[:100],
        facts.instance[:100],
        facts.attribute[:10],
    )
