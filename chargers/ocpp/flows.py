"""One function per event: the only place where the apps meet for a charger's message.

Each runs inside the journal's transaction and has no effect outside the database. A start is recorded before it
is decided about and also when it is refused: the charger may have begun long ago, offline.
"""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from authorization import decisions
from authorization.decisions import Kind, Question
from chargers import commands, fleet, transactions
from chargers.models import Transaction
from chargers.ocpp import outcomes
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
    IdToken,
    MeterReading,
    MeterValuesReported,
    NoticeReceived,
    Reply,
    ReportedVariable,
    SecurityEventReported,
    StatedTime,
    StatusReported,
    TokenAnswer,
    TransactionAnswered,
    TransactionEnded,
    TransactionStarted,
    TransactionUpdated,
    VariablesReported,
)
from chargers.ocpp.frames import Payload, Version
from chargers.transactions import MeterValueRow, Progress, ReadingFacts

HEARTBEAT_INTERVAL_S = 300
_CLOCK_TOLERANCE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Told:
    """What a flow leaves: the reply, the words that the journal finds the exchange by, and rows to store."""

    reply: Reply
    evse_number: int | None = None
    uid: str = ""
    transaction_ref: str = ""
    decision_id: uuid.UUID | None = None
    verdict: str = ""
    meter_values: Sequence[MeterValueRow] = ()
    progress: Sequence[Progress] = ()


def handle(connection: Connection, event: Event, *, now: datetime) -> Told:
    """Lets the event have its effect and says what to answer."""
    match event:
        case HeartbeatReceived():
            return Told(HeartbeatAnswered(now))
        case MeterValuesReported():
            return meter_values(connection, event, now=now)
        case StatusReported():
            return status(connection, event, now=now)
        case AuthorizeRequested():
            return authorize(connection, event, now=now)
        case TransactionStarted():
            return start(connection, event, now=now)
        case TransactionUpdated():
            return update(connection, event, now=now)
        case TransactionEnded():
            return end(connection, event, now=now)
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
    fleet.boot(connection.charger, facts, now=now)
    connection.charger.firmware_version = event.firmware_version
    commands.effect_seen(connection.charger, actions=["Reset"], now=now)
    return Told(BootAnswered(BootStatus.ACCEPTED, now, HEARTBEAT_INTERVAL_S))


def status(connection: Connection, event: StatusReported, *, now: datetime) -> Told:
    """A connector, or the charger itself, changed its status (OCPP 1.6 4.9, OCPP 2.0.1 G01)."""
    fleet.report_status(connection.charger, _status_facts(event, now=now), now=now)
    return Told(Acknowledged(), evse_number=event.evse, verdict=event.status[:60])


def authorize(connection: Connection, event: AuthorizeRequested, *, now: datetime) -> Told:
    """A token was presented (OCPP 1.6 4.1, OCPP 2.0.1 C01)."""
    decided = _decide(connection, Question(kind=Kind.AUTHORIZE, at=now, uid=event.id_token.text), now=now)
    answer = _token_answer(decided)
    return Told(
        AuthorizeAnswered(answer),
        uid=event.id_token.text,
        decision_id=decided.id,
        verdict=_word(connection, answer),
    )


def start(connection: Connection, event: TransactionStarted, *, now: datetime) -> Told:
    """A transaction began (OCPP 1.6 4.8, OCPP 2.0.1 E01). Its repeat gets the first one's answer."""
    recorded = transactions.record_start(connection.charger, _start_facts(connection, event, now=now), now=now)
    row = recorded.transaction
    connection.remember(row.transaction_id, row.pk)
    answer = None
    if recorded.is_new:
        commands.effect_seen(
            connection.charger,
            actions=commands.START_ACTIONS,
            now=now,
            evse_number=event.evse,
            id_token=event.id_token.text if event.id_token else "",
        )
    if event.id_token or event.transaction_id is None:
        answer = _decide_start(connection, row, event.id_token or IdToken(""), is_new=recorded.is_new, now=now)
    return _told_of(
        row,
        reply=TransactionAnswered(row.pk if event.transaction_id is None else None, answer),
        connection=connection,
        readings=event.readings,
        token=event.id_token,
        now=now,
    )


def update(connection: Connection, event: TransactionUpdated, *, now: datetime) -> Told:
    """A transaction goes on (OCPP 2.0.1 E02); with a token the charger asks whether it may go on, or stop it."""
    row = _running(connection, event, now=now)
    answer = None
    if event.id_token and event.id_token.text == row.id_token:
        answer = _decide_start(connection, row, event.id_token, is_new=False, now=now)
    elif event.id_token:
        question = Question(kind=Kind.AUTHORIZE, at=now, uid=event.id_token.text, evse_number=row.evse_number)
        decided = _decide(connection, question, now=now)
        answer, row.decision_id = _token_answer(decided), decided.id
    return _told_of(
        row,
        reply=TransactionAnswered(None, answer),
        connection=connection,
        readings=event.readings,
        token=event.id_token,
        now=now,
        seq_no=event.seq_no,
        charging_state=event.charging_state,
    )


def end(connection: Connection, event: TransactionEnded, *, now: datetime) -> Told:
    """A transaction ended (OCPP 1.6 4.10, OCPP 2.0.1 E06). That cannot be refused: who stopped it is recorded."""
    facts = transactions.StopFacts(
        transaction_id=event.transaction_id or "",
        version=connection.version.value,
        id_token=event.id_token.text if event.id_token else "",
        meter_stop_wh=event.meter_stop_wh,
        stated_at=event.time.text,
        at=_when(event.time, now=now),
        reason=event.reason,
        evse_number=event.evse,
        seq_no=event.seq_no,
    )
    recorded = transactions.record_stop(connection.charger, facts, now=now)
    row = recorded.transaction
    if recorded.is_new:
        commands.effect_seen(connection.charger, actions=commands.STOP_ACTIONS, now=now, evse_number=row.evse_number)
    told = _told_of(
        row,
        reply=TransactionAnswered(None, None),
        connection=connection,
        readings=event.readings,
        token=event.id_token,
        now=now,
        seq_no=event.seq_no,
    )
    return replace(told, transaction_ref=event.stated_id or row.transaction_id, decision_id=None, verdict="")


def meter_values(connection: Connection, event: MeterValuesReported, *, now: datetime) -> Told:
    """Sampled values (OCPP 1.6 4.7, OCPP 2.0.1 J01). A transaction that is not this charger's stays unnamed."""
    row_id = _row_of(connection, event.transaction_id)
    ref = event.transaction_id or ""
    rows, progress = _stored(connection, event.readings, row_id=row_id, evse=event.evse, ref=ref, now=now)
    return Told(Acknowledged(), evse_number=event.evse, transaction_ref=ref, meter_values=rows, progress=progress)


def variables(connection: Connection, event: VariablesReported, *, now: datetime) -> Told:
    """Part of a report of settings (OCPP 2.0.1 B07)."""
    fleet.report_variables(connection.charger, [_variable_facts(one) for one in event.variables], now=now)
    return Told(Acknowledged())


def monitored(connection: Connection, event: EventsReported, *, now: datetime) -> Told:
    """Monitored variables changed (OCPP 2.0.1 N07); a connector's availability is a status like any other."""
    charger = connection.charger
    for one in event.events:
        at = _when(one.time, now=now)
        fleet.report_event(
            charger, kind="NotifyEvent", summary=one.summary, payload=json.loads(one.payload), at=at, now=now
        )
        if one.status:
            fleet.report_status(charger, _status_facts(one.status, now=now), now=now)
    return Told(Acknowledged())


def security_event(connection: Connection, event: SecurityEventReported, *, now: datetime) -> Told:
    """Something that concerns the charger's security (OCPP 1.6 security whitepaper A04, OCPP 2.0.1 A04)."""
    summary = f"{event.type}: {event.tech_info}" if event.tech_info else event.type
    at = _when(event.time, now=now)
    fleet.report_event(
        connection.charger, kind="SecurityEventNotification", summary=summary, payload={}, at=at, now=now
    )
    return Told(Acknowledged(), verdict=event.type[:60])


def notice(connection: Connection, event: NoticeReceived, *, now: datetime) -> Told:
    """Any other message that asks for nothing but to be taken."""
    at = _when(event.time, now=now)
    payload = json.loads(event.payload)
    fleet.report_event(connection.charger, kind=event.kind, summary=event.summary, payload=payload, at=at, now=now)
    return Told(Acknowledged())


def command_answered(connection: Connection, action: str, payload: Payload, *, now: datetime) -> None:
    """What a charger told of its settings in answer to our command is kept as its settings."""
    told = [_variable_facts(one) for one in outcomes.settings_in(action, payload)]
    if told:
        fleet.report_variables(connection.charger, told, now=now)


def _decide_start(
    connection: Connection, row: Transaction, token: IdToken, *, is_new: bool, now: datetime
) -> TokenAnswer:
    """The answer about the token of a transaction; a repeat is answered with what was decided the first time."""
    question = Question(
        kind=Kind.START,
        at=row.started_at,
        uid=token.text,
        evse_number=row.evse_number,
        late=now - row.started_at > transactions.LATE_AFTER,
        transaction_id=row.transaction_id,
    )
    before = row.authorization_status if not is_new else ""
    decided = _decide(connection, question, now=now, dry_run=bool(before))
    if before:
        return TokenAnswer(before, before, decided.parent, decided.expires_at)
    answer = _token_answer(decided)
    row.decision_id, row.authorization_status = decided.id, _word(connection, answer)
    transactions.record_decision(row, decision_id=decided.id, status=row.authorization_status)
    return answer


def _decide(connection: Connection, question: Question, *, now: datetime, dry_run: bool = False) -> decisions.Outcome:
    order = commands.ordered_start(
        connection.charger, uid=question.uid, evse_number=question.evse_number, at=question.at
    )
    known = decisions.Known(ordered_start=order)
    return decisions.decide(charger=connection.charger, question=question, now=now, known=known, dry_run=dry_run)


def _token_answer(decided: decisions.Outcome) -> TokenAnswer:
    return TokenAnswer(decided.status_16, decided.status_2x, decided.parent, decided.expires_at)


def _word(connection: Connection, answer: TokenAnswer) -> str:
    return answer.status_16 if connection.version is Version.V16 else answer.status_2x


def _told_of(
    row: Transaction,
    *,
    reply: TransactionAnswered,
    connection: Connection,
    readings: Sequence[MeterReading],
    token: IdToken | None,
    now: datetime,
    seq_no: int | None = None,
    charging_state: str = "",
) -> Told:
    rows, progress = _stored(connection, readings, row_id=row.pk, evse=row.evse_number, ref=row.transaction_id, now=now)
    if seq_no is not None or charging_state:
        progress.append(Progress(row.pk, seq_no=seq_no, charging_state=charging_state))
    return Told(
        reply,
        evse_number=row.evse_number,
        uid=token.text if token else "",
        transaction_ref=row.transaction_id,
        decision_id=row.decision_id if reply.token else None,
        verdict=_word(connection, reply.token) if reply.token else "",
        meter_values=rows,
        progress=progress,
    )


def _stored(
    connection: Connection, readings: Sequence[MeterReading], *, row_id: int | None, evse: int | None, ref: str,
    now: datetime,
) -> tuple[list[MeterValueRow], list[Progress]]:  # fmt: skip
    rows, progress = [], []
    for reading in readings:
        facts = ReadingFacts(
            stated_at=reading.time.text,
            at=_when(reading.time, now=now),
            register_wh=reading.register_wh,
            power_w=reading.power_w,
            soc_pct=reading.soc_pct,
            context=reading.context,
            samples=reading.samples,
            kinds=reading.kinds,
        )
        rows.append(
            transactions.meter_value(connection.charger.pk, facts, row_id=row_id, evse_number=evse, ref=ref, now=now)
        )
        if row_id is not None:
            progress.append(Progress(row_id, reading=facts))
    return rows, progress


def _running(connection: Connection, event: TransactionUpdated, *, now: datetime) -> Transaction:
    """The row of the transaction; one whose start has not come yet is begun here and completed by the start."""
    row = transactions.find(connection.charger, event.transaction_id)
    if row is None:
        facts = transactions.StartFacts(
            transaction_id=event.transaction_id,
            version=connection.version.value,
            evse_number=event.evse,
            connector_number=event.connector,
            id_token=event.id_token.text if event.id_token else "",
            id_token_type=event.id_token.type if event.id_token else "",
            meter_start_wh=None,
            stated_at="",
            at=_when(event.time, now=now),
            clock_plausible=event.time.at is not None,
            offline=event.offline,
            remote_start_id=event.remote_start_id,
            charging_state=event.charging_state,
        )
        row = transactions.record_start(connection.charger, facts, now=now).transaction
    elif event.id_token and not row.id_token:
        transactions.record_token(row, id_token=event.id_token.text, id_token_type=event.id_token.type)
    connection.remember(row.transaction_id, row.pk)
    return row


def _row_of(connection: Connection, transaction_id: str | None) -> int | None:
    if transaction_id is None:
        return None
    known = connection.transactions.get(transaction_id)
    if known is None and (row := transactions.find(connection.charger, transaction_id)):
        connection.remember(transaction_id, row.pk)
        return row.pk
    return known


def _start_facts(connection: Connection, event: TransactionStarted, *, now: datetime) -> transactions.StartFacts:
    return transactions.StartFacts(
        transaction_id=event.transaction_id,
        version=connection.version.value,
        evse_number=event.evse,
        connector_number=event.connector,
        id_token=event.id_token.text if event.id_token else "",
        id_token_type=event.id_token.type if event.id_token else "",
        meter_start_wh=event.meter_start_wh,
        stated_at=event.time.text,
        at=_when(event.time, now=now),
        clock_plausible=event.time.at is not None,
        offline=event.offline,
        remote_start_id=event.remote_start_id,
        charging_state=event.charging_state,
        seq_no=event.seq_no,
    )


def _status_facts(event: StatusReported, *, now: datetime) -> fleet.StatusFacts:
    return fleet.StatusFacts(
        evse_number=event.evse,
        connector_number=event.connector,
        status=event.status,
        error_code=event.error_code,
        vendor_error_code=event.vendor_error_code,
        status_info=event.info,
        stated_at=event.time.text,
        at=_when(event.time, now=now),
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


def _when(time: StatedTime, *, now: datetime) -> datetime:
    """The stated time where it can be believed; nothing has happened in the future."""
    return time.at if time.at is not None and time.at <= now + _CLOCK_TOLERANCE else now
