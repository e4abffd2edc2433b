"""One function per event: the only place where the apps meet for a charger's message.

Each runs inside the journal's transaction and has no effect outside the database; the flows of a transaction
are in `transaction_flows`.
"""

import json
from datetime import datetime
from typing import assert_never

from authorization.decisions import Kind, Question
from authorization.models import Decision
from chargers import fleet
from chargers.ocpp import billed, effects, outcomes, settings, transaction_flows
from chargers.ocpp.connection import Connection
from chargers.ocpp.events import (
    Acknowledged,
    AuthorizeAnswered,
    AuthorizeRequested,
    BootAnswered,
    BootReported,
    BootStatus,
    DataTransferAnswered,
    DataTransferReceived,
    DataTransferStatus,
    Event,
    EventsReported,
    HeartbeatAnswered,
    HeartbeatReceived,
    MeterValuesReported,
    NoticeReceived,
    ReportedVariable,
    SecurityEventReported,
    StatusReported,
    TransactionEnded,
    TransactionStarted,
    TransactionUpdated,
    VariablesReported,
)
from chargers.ocpp.frames import Payload
from chargers.ocpp.told import Told, decide, effect_seen, token_answer, when, word

HEARTBEAT_INTERVAL_S = 300


def handle(connection: Connection, event: Event, *, now: datetime) -> Told:
    """Lets the event have its effect and says what to answer."""
    match event:
        case HeartbeatReceived():
            return Told(HeartbeatAnswered(now))
        case MeterValuesReported():
            return transaction_flows.meter_values(connection, event, now=now)
        case StatusReported():
            return status(connection, event, now=now)
        case AuthorizeRequested():
            return authorize(connection, event, now=now)
        case TransactionStarted():
            return transaction_flows.start(connection, event, now=now)
        case TransactionUpdated():
            return transaction_flows.update(connection, event, now=now)
        case TransactionEnded():
            return transaction_flows.end(connection, event, now=now)
        case BootReported():
            return boot(connection, event, now=now)
        case DataTransferReceived():
            return Told(DataTransferAnswered(DataTransferStatus.UNKNOWN_VENDOR))
        case VariablesReported():
            return variables(connection, event, now=now)
        case EventsReported():
            return monitored(connection, event, now=now)
        case SecurityEventReported():
            return security_event(connection, event, now=now)
        case NoticeReceived():
            return notice(connection, event, now=now)
        case _:
            assert_never(event)


def boot(connection: Connection, event: BootReported, *, now: datetime) -> Told:
    """The charger says who it is (OCPP 1.6 4.2, OCPP 2.0.1 B01). Whoever passed the door is accepted."""
    facts = fleet.BootFacts(
        vendor=event.vendor,
        model=event.model,
        serial_number=event.serial_number,
        firmware_version=event.firmware_version,
        iccid=event.iccid,
        imsi=event.imsi,
        meter_type=event.meter_type,
        meter_serial_number=event.meter_serial_number,
        reason=event.reason,
    )
    if fleet.boot(connection.charger, facts, now=now):
        settings.read_after_boot(connection.charger, version=connection.version, now=now)
    connection.charger.firmware_version = event.firmware_version
    effect_seen(connection, ["Reset"], now=now)
    return Told(BootAnswered(BootStatus.ACCEPTED, now, HEARTBEAT_INTERVAL_S))


def status(connection: Connection, event: StatusReported, *, now: datetime) -> Told:
    """A connector, or the charger itself, changed its status (OCPP 1.6 4.9, OCPP 2.0.1 G01)."""
    facts = _status_facts(event, now=now)
    fleet.report_status(connection.charger, facts, now=now)
    billed.status(connection, event, at=facts.at)
    return Told(Acknowledged(), evse_number=event.evse, verdict=event.status[:60])


def authorize(connection: Connection, event: AuthorizeRequested, *, now: datetime) -> Told:
    """A token was presented (OCPP 1.6 4.1, OCPP 2.0.1 C01)."""
    kept: list[Decision] = []
    question = Question(kind=Kind.AUTHORIZE, at=now, uid=event.id_token.text)
    decided = decide(connection, question, now=now, kept=kept)
    answer = token_answer(decided)
    return Told(
        AuthorizeAnswered(answer),
        uid=event.id_token.text,
        decision_id=decided.id,
        verdict=word(connection, answer),
        decisions=kept,
    )


def variables(connection: Connection, event: VariablesReported, *, now: datetime) -> Told:
    """Part of a report of settings (OCPP 2.0.1 B07)."""
    fleet.report_variables(connection.charger, [_variable_facts(one) for one in event.variables], now=now)
    return Told(Acknowledged())


def monitored(connection: Connection, event: EventsReported, *, now: datetime) -> Told:
    """Monitored variables changed (OCPP 2.0.1 N07); a connector's availability is a status like any other."""
    charger = connection.charger
    for one in event.events:
        at = when(one.time, now=now)
        fleet.report_event(
            charger, kind="NotifyEvent", summary=one.summary, payload=json.loads(one.payload), at=at, now=now
        )
        if one.status:
            facts = _status_facts(one.status, now=now)
            fleet.report_status(charger, facts, now=now)
            billed.status(connection, one.status, at=facts.at)
    return Told(Acknowledged())


def security_event(connection: Connection, event: SecurityEventReported, *, now: datetime) -> Told:
    """Something that concerns the charger's security (OCPP 1.6 security whitepaper A04, OCPP 2.0.1 A04)."""
    summary = f"{event.type}: {event.tech_info}" if event.tech_info else event.type
    at = when(event.time, now=now)
    fleet.report_event(
        connection.charger, kind="SecurityEventNotification", summary=summary, payload={}, at=at, now=now
    )
    return Told(Acknowledged(), verdict=event.type[:60])


def notice(connection: Connection, event: NoticeReceived, *, now: datetime) -> Told:
    """Any other message that asks for nothing but to be taken."""
    at = when(event.time, now=now)
    payload = json.loads(event.payload)
    fleet.report_event(connection.charger, kind=event.kind, summary=event.summary, payload=payload, at=at, now=now)
    if event.kind == "ReservationStatusUpdate":
        effects.reservation_ended(connection.charger, payload, now=now)
    return Told(Acknowledged())


def command_answered(connection: Connection, action: str, payload: Payload, *, now: datetime) -> None:
    """What a charger told of its settings in answer to our command is kept as its settings."""
    told = [_variable_facts(one) for one in outcomes.settings_in(action, payload)]
    if told:
        fleet.report_variables(connection.charger, told, now=now)


def _status_facts(event: StatusReported, *, now: datetime) -> fleet.StatusFacts:
    return fleet.StatusFacts(
        evse_number=event.evse,
        connector_number=event.connector,
        status=event.status,
        error_code=event.error_code,
        vendor_error_code=event.vendor_error_code,
        status_info=event.info,
        stated_at=event.time.text,
        at=when(event.time, now=now),
    )


def _variable_facts(one: ReportedVariable) -> fleet.VariableFacts:
    return fleet.VariableFacts(
        component=one.component,
        name=one.name,
        value=one.value,
        mutability=one.mutability,
        component_instance=one.component_instance,
        instance=one.instance,
        attribute=one.attribute,
        evse_number=one.evse,
        connector_number=one.connector,
    )
