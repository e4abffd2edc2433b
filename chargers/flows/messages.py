"""One function for each charger event, the only place where all apps handle its message.

Each runs inside the journal's transaction and has no effect outside the database; flows of transactions are in
`transactions`, those of reports about the charger itself in `reports`.
"""

from datetime import datetime
from functools import partial
from typing import Final, assert_never

from authorization.decide.decisions import Kind, Question, refuse
from authorization.decide.facts import LiveValidation
from authorization.decide.trace import StepOutcome as Finding
from authorization.decide.trace import TraceLine
from authorization.models import Decision
from chargers.commands import results
from chargers.fleet import hardware_swaps, presence
from chargers.flows import autocharge, charger_decisions, quarantine, reports, transactions
from chargers.journal.connection import Connection
from chargers.journal.flow_result import FlowResult, awaiting_provider, decide, effect_seen, status_word, token_answer
from chargers.protocol.events import (
    Acknowledged,
    AuthorizeAnswered,
    AuthorizeRequested,
    BootAnswered,
    BootReported,
    BootStatus,
    CertificateRequestAnswered,
    CertificateRequested,
    Contract,
    DataTransferReceived,
    Event,
    EventsReported,
    HeartbeatAnswered,
    HeartbeatReceived,
    MeterValuesReported,
    NoticeReceived,
    SecurityEventReported,
    StatusReported,
    StreamClosed,
    StreamOpened,
    StreamReported,
    TransactionEnded,
    TransactionStarted,
    TransactionUpdated,
    VariablesReported,
)
from chargers.protocol.frames import Payload
from chargers.security import certificates
from chargers.sentences import catalogue
from chargers.settings import settings

HEARTBEAT_INTERVAL_S = 300
TRIGGER_ACTIONS = ("TriggerMessage", "ExtendedTriggerMessage")


def handle(connection: Connection, event: Event, *, now: datetime) -> FlowResult:
    """Handles an event and returns the reply."""
    match event:
        case HeartbeatReceived():
            return FlowResult(HeartbeatAnswered(now))
        case MeterValuesReported():
            return transactions.meter_values(connection, event, now=now)
        case StatusReported():
            return status(connection, event, now=now)
        case AuthorizeRequested():
            return authorize(connection, event, now=now)
        case TransactionStarted():
            return transactions.start(connection, event, now=now)
        case TransactionUpdated():
            return transactions.update(connection, event, now=now)
        case TransactionEnded():
            return transactions.end(connection, event, now=now)
        case BootReported():
            return boot(connection, event, now=now)
        case DataTransferReceived():
            return reports.data_transfer(connection, event, now=now)
        case VariablesReported():
            return reports.variables(connection, event, now=now)
        case EventsReported():
            return reports.store_monitored_values(connection, event, now=now)
        case SecurityEventReported():
            return reports.security_event(connection, event, now=now)
        case CertificateRequested():
            return sign_certificate(connection, event, now=now)
        case NoticeReceived():
            return reports.notice(connection, event, now=now)
        case StreamOpened():
            return reports.stream_opened(connection, event, now=now)
        case StreamClosed():
            return reports.stream_closed(connection, event, now=now)
        case StreamReported():
            return reports.store_stream_values(connection, event, now=now)
        case _:
            assert_never(event)


def boot(connection: Connection, event: BootReported, *, now: datetime) -> FlowResult:
    """Handles a boot (OCPP 1.6 4.2, OCPP 2.0.1 B01 to B03); support may hold the charger as Pending or Rejected."""
    facts = presence.BootFacts(
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
    status = quarantine.status(connection)
    hardware_swaps.end_charging_of_former(connection.charger)
    if presence.boot(connection.charger, facts, now=now) and status is BootStatus.ACCEPTED:
        settings.read_after_boot(connection.charger, version=connection.version, now=now)
    connection.charger.firmware_version = event.firmware_version
    effect_seen(connection, ["Reset"], now=now)
    interval_s = HEARTBEAT_INTERVAL_S if status is BootStatus.ACCEPTED else quarantine.RETRY_S
    return FlowResult(BootAnswered(status, now, interval_s))


def status(connection: Connection, event: StatusReported, *, now: datetime) -> FlowResult:
    """Handles a changed status of a connector or the charger itself (OCPP 1.6 4.9, OCPP 2.0.1 G01)."""
    reports.status_reported(connection, event, now=now)
    return FlowResult(Acknowledged(), evse_number=event.evse, verdict=event.status[:60])


def authorize(connection: Connection, event: AuthorizeRequested, *, now: datetime) -> FlowResult:
    """Handles a presented token (OCPP 1.6 4.1, OCPP 2.0.1 C01); one with a contract certificate is refused (C07)."""
    if event.contract is not Contract.NONE:
        return _refuse_contract(connection, event, now=now)
    return _authorize(connection, Question(kind=Kind.AUTHORIZE, at=now, uid=event.id_token.text), now=now)


def _refuse_contract(connection: Connection, event: AuthorizeRequested, *, now: datetime) -> FlowResult:
    """Refuses contract certificates: they are not checked here, and anybody can write an eMAID into one."""
    uid, (status, presented) = event.id_token.text, _CONTRACTS[event.contract]
    decisions: list[Decision] = []
    finding = TraceLine(
        step="contract_certificate",
        outcome=Finding.FAILED,
        sentence=f"The car presented {presented}, and nobody here checks contract certificates: {status}.",
        values=(("certificate_status", status),),
    )
    decided = refuse(
        charger=connection.charger,
        question=Question(kind=Kind.AUTHORIZE, at=now, uid=uid),
        reason="contract_not_checked",
        finding=finding,
        now=now,
        keep=decisions.append,
    )
    if not connection.led:
        charger_decisions.remember_reply(connection, uid, accepted=False, now=now)
    return FlowResult(
        AuthorizeAnswered(token_answer(decided), certificate_status=status),
        uid=uid,
        decision_id=decided.id,
        verdict="Invalid: contract certificate not checked",
        decisions=decisions,
    )


_CONTRACTS: Final = {
    Contract.HASHES: ("NoCertificateAvailable", "the hashes of its contract certificate"),
    Contract.WHOLE: ("CertChainError", "its contract certificate"),
}


def _authorize(
    connection: Connection, question: Question, *, now: datetime, live: LiveValidation | None = None
) -> FlowResult:
    decisions: list[Decision] = []
    decided = decide(connection, question, now=now, records=decisions, live=live)
    if decided.asks_provider:
        resume = partial(_authorize, connection, question)
        return FlowResult(awaiting_provider(connection, question, decided, now=now, resume=resume), uid=question.uid)
    answer = token_answer(decided)
    if not connection.led:  # where another back office leads, its reply counts
        charger_decisions.remember_reply(connection, question.uid, accepted=decided.is_accepted, now=now)
        autocharge.remember_refused_vehicle(connection, question, decided, now=now)
    return FlowResult(
        AuthorizeAnswered(answer),
        uid=question.uid,
        decision_id=decided.id,
        verdict=status_word(connection, answer),
        decisions=decisions,
    )


def mark_trigger_fulfilled(connection: Connection, action: str, *, message_id: str, now: datetime) -> None:
    """Marks the TriggerMessage that this message fulfils (OCPP 1.6 5.17, OCPP 2.0.1 F06)."""
    for requested in connection.triggers_met(action, message_id=message_id):
        effect_seen(connection, TRIGGER_ACTIONS, now=now, part={"requestedMessage": requested})


def sign_certificate(connection: Connection, event: CertificateRequested, *, now: datetime) -> FlowResult:
    """Stores a certificate request (1.6 security whitepaper A02, OCPP 2.0.1 A02); it is signed after the answer."""
    fault = certificates.request(connection.charger, event.csr, use=event.use, request_id=event.request_id, now=now)
    return FlowResult(CertificateRequestAnswered(catalogue.english(fault)))


def command_answered(connection: Connection, action: str, payload: Payload, *, now: datetime) -> None:
    """Stores the settings that a charger reports in answer to our command."""
    variables = [reports.variable_facts(variable) for variable in results.settings_in(action, payload)]
    if variables:
        presence.report_variables(connection.charger, variables, now=now)
