"""Flows of a charger's reports about itself: settings, monitored values, security, notices, streams.

A report is stored with its sentence and marks the order of ours that it fulfils.
"""

from datetime import datetime, timedelta

from chargers.commands import queue
from chargers.fleet import presence, reports
from chargers.fleet.reports import ReportFacts
from chargers.flows import billing_bridge, command_effects
from chargers.journal.connection import Connection
from chargers.journal.flow_result import FlowResult, effect_seen, plausible_time
from chargers.models import Message
from chargers.protocol.events import (
    Acknowledged,
    DataTransferAnswered,
    DataTransferReceived,
    DataTransferStatus,
    EventsReported,
    MonitoredEvent,
    NoticeReceived,
    Proof,
    ReportedVariable,
    SecurityEventReported,
    StatusAnswered,
    StatusReported,
    StreamClosed,
    StreamOpened,
    StreamReported,
    Topic,
    VariablesReported,
)
from chargers.protocol.frames import CallResultError, Version, parse_json_text
from chargers.protocol.versions import notices

REPORT_ORDERS = ("GetBaseReport", "GetReport")
LONG_AFTER = timedelta(days=7)
"""How far back orders are searched, because firmware and logs may be transferred at night."""


def variables(connection: Connection, event: VariablesReported, *, now: datetime) -> FlowResult:
    """Stores a part of a report of settings (OCPP 2.0.1 B07)."""
    presence.report_variables(connection.charger, [variable_facts(variable) for variable in event.variables], now=now)
    facts = ReportFacts(
        kind="NotifyReport", topic=Topic.SETTINGS, summary="Report of its settings", at=now, request_id=event.request_id
    )
    number = -1 if event.seq_no is None else event.seq_no
    part = reports.Part(number=number, entries=len(event.variables), is_last=not event.more_follows)
    reports.record_part(connection.charger, facts, part=part, now=now)
    if part.is_last:
        mark_order_fulfilled(connection, Proof(REPORT_ORDERS, notices.matching(requestId=event.request_id)), now=now)
    return FlowResult(Acknowledged())


def store_monitored_values(connection: Connection, event: EventsReported, *, now: datetime) -> FlowResult:
    """Stores changed monitored variables (OCPP 2.0.1 N07); a connector's availability is handled like a status."""
    for monitored_event in event.events:
        reports.record(connection.charger, _monitored_facts(monitored_event, now=now), now=now)
        if monitored_event.status:
            status_reported(connection, monitored_event.status, now=now)
    return FlowResult(Acknowledged())


def status_reported(connection: Connection, event: StatusReported, *, now: datetime) -> None:
    """Stores a connector's status from any message, and marks the orders that it fulfils."""
    facts = status_facts(event, now=now)
    presence.report_status(connection.charger, facts, now=now)
    billing_bridge.status(connection, event, at=facts.at)
    for proof in _proofs_of(event.status, connection.version):
        effect_seen(connection, proof.actions, now=now, evse_number=event.evse, part=dict(proof.part))


def security_event(connection: Connection, event: SecurityEventReported, *, now: datetime) -> FlowResult:
    """Stores a security event (OCPP 1.6 security whitepaper A04, OCPP 2.0.1 A04)."""
    detail = f"{event.type}: {event.tech_info}" if event.tech_info else event.type
    words = notices.SECURITY.get(event.type)
    facts = ReportFacts(
        kind="SecurityEventNotification",
        topic=Topic.SECURITY,
        summary=f"{words} ({detail})" if words else detail,
        at=plausible_time(event.time, now=now),
        payload={"type": event.type, "techInfo": event.tech_info, "timestamp": event.time.text},
        state=event.type[:60],
    )
    reports.record(connection.charger, facts, now=now)
    return FlowResult(Acknowledged(), verdict=event.type[:60])


def notice(connection: Connection, event: NoticeReceived, *, now: datetime) -> FlowResult:
    """Stores a report or request that needs no decision."""
    facts = ReportFacts(
        kind=event.kind,
        topic=event.topic,
        summary=event.summary,
        at=plausible_time(event.time, now=now),
        payload=parse_json_text(event.payload),
        state=event.state,
        request_id=event.request_id,
        evse_number=event.evse,
        transaction_ref=event.transaction_id,
    )
    reports.record(connection.charger, facts, now=now)
    if event.kind == "ReservationStatusUpdate":
        command_effects.reservation_ended(connection.charger, parse_json_text(event.payload), now=now)
    if event.proof:
        mark_order_fulfilled(connection, event.proof, now=now)
    if event.disproof:
        queue.effect_withdrawn(
            connection.charger, actions=event.disproof.actions, part=dict(event.disproof.part), since=now - LONG_AFTER
        )
    return FlowResult(
        event.reply or Acknowledged(),
        evse_number=event.evse,
        transaction_ref=event.transaction_id,
        verdict="" if event.reply else event.state,
    )


def data_transfer(connection: Connection, event: DataTransferReceived, *, now: datetime) -> FlowResult:
    """Stores a vendor-specific message (OCPP 1.6 4.3, OCPP 2.0.1 P01), and answers that the vendor is unknown."""
    message_label = f" “{event.message_id}”" if event.message_id else ""
    data = f": {event.data}" if event.data else ""
    facts = ReportFacts(
        kind="DataTransfer",
        topic=Topic.VENDOR,
        summary=f"{event.vendor_id}{message_label}{data}",
        at=now,
        payload={"vendorId": event.vendor_id, "messageId": event.message_id, "data": event.data},
        state=DataTransferStatus.UNKNOWN_VENDOR.value,
    )
    reports.record(connection.charger, facts, now=now)
    return FlowResult(DataTransferAnswered(DataTransferStatus.UNKNOWN_VENDOR))


def stream_opened(connection: Connection, event: StreamOpened, *, now: datetime) -> FlowResult:
    """Opens a stream (OCPP 2.1 N11): the charger will send monitored values without waiting for answers."""
    terms = reports.StreamFacts(stream_id=event.stream_id, monitor_id=event.monitor_id, interval_s=event.interval_s)
    reports.open_stream(connection.charger, terms, now=now)
    every = f", every {event.interval_s} s" if event.interval_s else ""
    words = f"Stream {event.stream_id} of monitor {event.monitor_id} began{every}"
    facts = _stream_facts("OpenPeriodicEventStream", words, now=now, state="Open")
    reports.record(connection.charger, facts, now=now)
    return FlowResult(StatusAnswered("Accepted"))


def stream_closed(connection: Connection, event: StreamClosed, *, now: datetime) -> FlowResult:
    reports.close_stream(connection.charger, stream_id=event.stream_id, now=now)
    facts = _stream_facts("ClosePeriodicEventStream", f"Stream {event.stream_id} ended", now=now, state="Closed")
    reports.record(connection.charger, facts, now=now)
    return FlowResult(Acknowledged())


def store_stream_values(connection: Connection, event: StreamReported, *, now: datetime) -> FlowResult:
    """Stores values of a stream, without a report for each because they arrive every second."""
    values = [reports.StreamValue(at=sample.at or now, value=sample.value) for sample in event.samples]
    reports.record_values(connection.charger, values, stream_id=event.stream_id, pending=event.pending)
    return FlowResult(Acknowledged())


def answer_unread(connection: Connection, frame: CallResultError, *, now: datetime) -> None:
    """Stores a CALLRESULTERROR (OCPP 2.1): the charger could not process our answer."""
    answered = Message.objects.filter(charger=connection.charger, message_id=frame.message_id, direction="in")
    action = answered.order_by("-id").values_list("action", flat=True).first() or "a message that is not known"
    text = f": {frame.description}" if frame.description else ""
    facts = ReportFacts(
        kind="CALLRESULTERROR",
        topic=Topic.PROTOCOL,
        summary=f"It could not take our answer to {action}: {frame.code}{text}",
        at=now,
        payload={"messageId": frame.message_id, "code": frame.code, "description": frame.description},
        state=frame.code,
    )
    reports.record(connection.charger, facts, now=now)


def mark_order_fulfilled(connection: Connection, proof: Proof, *, now: datetime) -> None:
    """Marks the order that a report fulfils."""
    effect_seen(connection, proof.actions, now=now, part=dict(proof.part), max_age=LONG_AFTER)


def status_facts(event: StatusReported, *, now: datetime) -> presence.StatusFacts:
    return presence.StatusFacts(
        evse_number=event.evse,
        connector_number=event.connector,
        status=event.status,
        error_code=event.error_code,
        vendor_error_code=event.vendor_error_code,
        status_info=event.info,
        stated_at=event.time.text,
        at=plausible_time(event.time, now=now),
    )


def variable_facts(variable: ReportedVariable) -> presence.VariableFacts:
    return presence.VariableFacts(
        component=variable.component,
        name=variable.name,
        value=variable.value,
        mutability=variable.mutability,
        component_instance=variable.component_instance,
        instance=variable.instance,
        attribute=variable.attribute,
        evse_number=variable.evse,
        connector_number=variable.connector,
    )


def _monitored_facts(event: MonitoredEvent, *, now: datetime) -> ReportFacts:
    return ReportFacts(
        kind="NotifyEvent",
        topic=Topic.MONITORING,
        summary=event.summary,
        at=plausible_time(event.time, now=now),
        payload=parse_json_text(event.payload),
        state=event.trigger,
        evse_number=event.evse,
        transaction_ref=event.transaction_id,
    )


def _stream_facts(kind: str, words: str, *, now: datetime, state: str) -> ReportFacts:
    return ReportFacts(kind=kind, topic=Topic.MONITORING, summary=words, at=now, state=state)


def _proofs_of(status: str, version: Version) -> tuple[Proof, ...]:
    """Returns the orders that a connector's status fulfils."""
    key = "type" if version is Version.V16 else "operationalStatus"
    match status:
        case "Reserved":
            return (Proof(("ReserveNow",)),)
        case "Unavailable":
            return (Proof(("ChangeAvailability",), ((key, "Inoperative"),)),)
        case "Available":
            return (Proof(("ChangeAvailability",), ((key, "Operative"),)), Proof(("CancelReservation",)))
        case _:
            return ()
