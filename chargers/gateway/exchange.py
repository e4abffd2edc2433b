"""One exchange of frames: parsed, handled by its flow, answered, and recorded in the wire journal.

Every function here is work for the journal: it may use the database, runs inside the journal's transaction, may be run
again if that fails, and returns what to store and what to send.
"""

import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final, assert_never

from authorization.decide.prefetch import Prefetch
from authorization.roaming import questions
from chargers.commands import queue, results, splitting
from chargers.fleet import presence
from chargers.flows import command_effects, credentials, messages, quarantine, reports
from chargers.gateway import issuer_wait
from chargers.handshake import explanations
from chargers.journal.connection import Connection, Outgoing
from chargers.journal.flow_result import AwaitingProvider, FlowResult
from chargers.journal.group_commit import LateAnswer, Later, MessageRow, WorkResult
from chargers.lib import ids, secrets
from chargers.lib.secrets import UnreadableSecretError
from chargers.models import Command, Message
from chargers.protocol import clock, frames, replies, schemas
from chargers.protocol.events import Deviation, Event, Misfit
from chargers.protocol.frames import (
    Call,
    CallError,
    CallResult,
    CallResultError,
    Fault,
    Frame,
    Incoming,
    Payload,
    Send,
    Unreadable,
    Version,
)
from chargers.protocol.schemas import PayloadPart
from chargers.proxy import forwarding
from chargers.security import certificates, passwords
from chargers.sentences import commands, stored
from chargers.sentences.commands import CommandCode
from chargers.sentences.stored import Sentences
from chargers.text import masking
from chargers.upstreams import plan

_JOURNAL_SLACK: Final = timedelta(minutes=1)
"""A command's journal row is made within the same moment; this limits the partitions that are read for it."""
TOO_LARGE: Final = 1009
POLICY_VIOLATION: Final = 1008
_INTERNAL = replies.INTERNAL
_STATES = {
    results.Result.ACCEPTED: Command.State.ACCEPTED,
    results.Result.REJECTED: Command.State.REJECTED,
    results.Result.NOT_SUPPORTED: Command.State.NOT_SUPPORTED,
    results.Result.ERROR: Command.State.ERROR,
}


@dataclass(frozen=True, slots=True)
class OpenedConnection:
    """The charger's other back offices, and whether it has a waiting command.

    `is_admitted` False: its hardware or password was replaced after the handshake, so that it must be closed.
    """

    upstreams: plan.UpstreamPlan
    has_waiting: bool
    is_admitted: bool = True


def register_connection(connection: Connection, *, now: datetime) -> WorkResult:
    """Registers this connection as the charger's own after a completed handshake. The value is `OpenedConnection`."""
    charger = connection.charger
    met = presence.connect(
        charger,
        connection_id=connection.id,
        version=connection.version.value,
        now=now,
        arrival=connection.arrival,
        gateway_id=connection.gateway_id,
        admitted_key=charger.key_hash,
    )
    if met is None:
        return WorkResult(value=OpenedConnection(plan.ALONE, has_waiting=False, is_admitted=False))
    connection.last_order_at = met.last_order_at
    if connection.new_password:
        passwords.promote_next(charger, now=now)
    if connection.fingerprint:
        certificates.note_presented(connection.fingerprint, now=now)
    upstreams = plan.load(charger) if met.has_upstreams else plan.ALONE
    return WorkResult(value=OpenedConnection(upstreams, met.has_waiting))


def end_connection(connection: Connection, *, code: int, now: datetime) -> WorkResult:
    """Ends a closed connection: commands in flight become unknown. `code` is the websocket's (RFC 6455 7.4)."""
    if code == TOO_LARGE:
        explanations.too_large(connection.charger, source=_source(connection), now=now)
    if code == POLICY_VIOLATION:
        explanations.record_flooding(connection.charger, source=_source(connection), now=now)
    queue.connection_ended(connection.charger, connection_id=connection.id, now=now)
    presence.disconnect(connection.charger, connection_id=connection.id, now=now)
    return WorkResult()


def _source(connection: Connection) -> str:
    return connection.arrival.source if connection.arrival else ""


def prefetch_for(connection: Connection, frame: Incoming, *, now: datetime) -> Prefetch | None:
    """Returns the card for a frame that only presents a card. Unreadable frames are left to `received`."""
    if not isinstance(frame, Call) or frame.action != "Authorize":
        return None
    token = frame.payload.get("idTag") or frame.payload.get("idToken")
    uid = token.get("idToken") if isinstance(token, dict) else token
    return Prefetch(connection.charger.pk, uid, now) if isinstance(uid, str) else None


def handle_frame(
    connection: Connection, *, text: str, frame: Incoming, now: datetime, is_presence_due: bool
) -> WorkResult:
    """Handles an incoming frame. The result's value is the text of the answer, or None if there is none."""
    match frame:
        case Call():
            outcome = _call(connection, frame, text=text, now=now)
        case Send():
            outcome = _send(connection, frame, text=text, now=now)
        case Unreadable():
            outcome = _unreadable(connection, frame, text=text, now=now)
        case CallResultError():
            outcome = _unread_answer(connection, frame, text=text, now=now)
        case CallResult() | CallError():
            outcome = _handle_stray_reply(connection, frame, text=text, now=now)
        case _:
            assert_never(frame)
    outcome.heard = _build_heard(connection) if is_presence_due else None
    return outcome


def _build_heard(connection: Connection) -> presence.HeardCharger | None:
    """Returns None for an ended connection, whose last frames are stored after its end."""
    if connection.has_ended:
        return None
    return presence.HeardCharger(connection.charger.pk, connection.id, connection.gateway_id)


def received_failed(connection: Connection, exc: Exception, *, text: str, frame: Incoming, now: datetime) -> WorkResult:
    """Stores the frame, and answers with an internal error, if `received` raised."""
    row = _row(connection, text=text, now=now)
    row.is_error, row.fault = True, f"{_INTERNAL} ({type(exc).__name__})"
    if not isinstance(frame, Call):
        return WorkResult(messages=[row])
    row.message_type, row.message_id, row.action = 2, frame.message_id, frame.action[:60]
    error = frames.refuse(frame, fault=Fault.INTERNAL, sentence=_INTERNAL, version=connection.version)
    return _answered_with(row, error)


def next_command(connection: Connection, *, now: datetime) -> WorkResult:
    """Takes the next waiting command; the result's value is what to send, or None. It is stored before it is sent."""
    while command := queue.take_next(connection.charger, connection_id=connection.id, now=now):
        call = Call(command.message_id, command.action, _part(command, command.payload))
        text, fault = _render_wire_frame(connection, call, command)
        if fault:
            queue.close(command.pk, state=Command.State.ERROR, outcome=fault, reply=None, now=now)
            continue
        if command.action not in queue.ANSWERED_BY_REPLY:
            connection.last_order_at = now
        if call.action in messages.TRIGGER_ACTIONS:
            connection.trigger(str(call.payload.get("requestedMessage", "")))
        row = _row(connection, text=frames.dump(call), now=now)
        row.direction, row.message_type, row.action = Message.Direction.OUT.value, 2, call.action
        row.message_id, row.origin = call.message_id, command.origin
        row.uid, row.evse_number = command.id_token, command.evse_number
        row.transaction_ref = str(call.payload.get("transactionId", ""))[:255]
        outgoing = Outgoing(
            command_id=command.pk,
            journal_id=row.id,
            message_id=call.message_id,
            action=call.action,
            text=text,
        )
        return WorkResult(value=outgoing, messages=[row])
    return WorkResult()


def _render_wire_frame(connection: Connection, call: Call, command: Command) -> tuple[str, Sentences]:
    """Returns the frame with its secret, for the wire only, or the reason why it is not sent.

    The schema check uses what the charger gets, because the stand-in of a hidden link is not an address (1.6
    GetDiagnostics).
    """
    if fault := quarantine.withholding_reason(connection, call.action):
        return "", fault
    try:
        sent = _reveal_secret(call, command)
    except UnreadableSecretError as exc:
        return "", stored.free(str(exc))
    fault = stored.free(_fault_of(sent, connection.version, is_quotable=not command.secret_encrypted))
    if fault or _next_part_start(command) is None:
        queue.forget_secret(command)
    return frames.dump(sent), fault


def _reveal_secret(call: Call, command: Command) -> Call:
    """Returns the call with its stored secret. Raises UnreadableSecretError."""
    if not command.secret_encrypted:
        return call
    hidden = json.loads(secrets.decrypt(command.secret_encrypted))
    full_payload = masking.reveal(command.payload, secrets=iter(hidden))
    return Call(call.message_id, call.action, _part(command, full_payload))


def _part(command: Command, payload: Payload) -> Payload:
    """Returns what to send now: the whole payload or its next entries."""
    max_entries, start = command.items_per_message, command.answered_items
    return splitting.part(command.action, payload, start=start, max_entries=max_entries)


def _next_part_start(command: Command) -> int | None:
    """Returns the number of entries answered after this part; None if nothing is left to send."""
    max_entries, start = command.items_per_message, command.answered_items
    return splitting.next_start(command.action, command.payload, start=start, max_entries=max_entries)


def handle_answer(
    connection: Connection,
    outgoing: Outgoing,
    *,
    frame: CallResult | CallError,
    text: str,
    now: datetime,
    is_presence_due: bool = False,
) -> WorkResult:
    """Handles the charger's reply to our command: stores its outcome and the exchange."""
    deviations: list[presence.DeviationReport] = []
    if isinstance(frame, CallError):
        outcome, verdict, kind = results.of_error(frame), frame.code, 4
        command_effects.apply_error(connection, outgoing, now=now)
        _close(outgoing, outcome, reply=None, now=now)
    else:
        outcome, kind = results.of_reply(outgoing.action, frame.payload), 3
        verdict = str(frame.payload.get("status", ""))
        deviations = _deviations_of_answer(connection, outgoing.action, frame.payload)
        messages.command_answered(connection, outgoing.action, frame.payload, now=now)
        command_effects.apply_answer(connection, outgoing, outcome, frame.payload, now=now)
        _close(outgoing, outcome, reply=frame.payload, now=now)
    credentials.handle_answer(outgoing, outcome, now=now)
    Message.objects.filter(pk=outgoing.journal_id).update(
        answer=masking.conceal_frame(text.replace("\x00", "\ufffd"), action=outgoing.action),
        answer_at=now,
        answer_type=kind,
        verdict=verdict[:60].replace("\x00", "\ufffd"),
        is_error=isinstance(frame, CallError),
        fault="",
    )
    return WorkResult(deviations=deviations, heard=_build_heard(connection) if is_presence_due else None)


def _close(outgoing: Outgoing, outcome: results.CommandResult, *, reply: Payload | None, now: datetime) -> None:
    """Ends the command; one sent in parts continues with its next part, or ends with the joined answers."""
    plain = _convert_for_json_field(reply)
    if reply is not None and splitting.is_divisible(outgoing.action):
        command = Command.objects.get(pk=outgoing.command_id)
        plain = splitting.join_answers(command.reply, plain)
        goes_on = outgoing.action != "SendLocalList" or outcome.result is results.Result.ACCEPTED
        if goes_on and (next_start := _next_part_start(command)) is not None:
            queue.send_rest(command.pk, answered_items=next_start, reply=plain, now=now)
            return
        outcome = results.of_reply(outgoing.action, plain) if command.answered_items else outcome
    state = _STATES[outcome.result]
    queue.close(outgoing.command_id, state=state, outcome=outcome.sentences, reply=plain, now=now)


def handle_timeout(outgoing: Outgoing, *, now: datetime) -> WorkResult:
    """Handles a missing answer to our command."""
    outcome = stored.build_sentence(CommandCode.NOT_ANSWERED)
    queue.close(outgoing.command_id, state=Command.State.TIMED_OUT, outcome=outcome, reply=None, now=now)
    credentials.handle_timeout(outgoing, outcome=outcome, now=now)
    Message.objects.filter(pk=outgoing.journal_id).update(is_error=True, fault=commands.english(outcome))
    return WorkResult()


def _call(connection: Connection, call: Call, *, text: str, now: datetime) -> WorkResult:
    row = _row(connection, text=text, now=now)
    row.message_type, row.message_id, row.action = 2, call.message_id, call.action[:60]
    misfit = replies.translator(connection.version).read(call.action, call.payload, now=now, zone=connection.zone)
    if refusal := quarantine.refusal(connection, call.action, call.payload, now=now):
        row.is_error, row.fault = True, refusal
        error = frames.refuse(call, fault=Fault.SECURITY, sentence=refusal, version=connection.version)
        return _answered_with(row, error)
    connection.led = connection.relay is not None and connection.relay.is_led(call)
    if isinstance(misfit, Misfit):
        row.is_error, row.fault = True, misfit.sentence
        error = frames.refuse(call, fault=misfit.fault, sentence=misfit.sentence, version=connection.version)
        outcome = _answered_with(row, error)
        return (
            outcome if connection.relay is None else forwarding.relay_call(connection, call, outcome, row=row, now=now)
        )
    connection.handling = call.message_id
    reply = messages.handle(connection, misfit.event, now=now)
    _handle_side_effects(connection, misfit.event, call, now=now)
    _fill(row, reply)
    if isinstance(reply.reply, AwaitingProvider):
        outcome = _hold_answer(connection, call, row, reply.reply)
    else:
        answer = replies.payload_of(reply.reply, action=call.action, version=connection.version)
        row.verdict = reply.verdict or replies.status_in(answer)
        outcome = _answered_with(row, CallResult(call.message_id, answer))
    outcome.meter_values, outcome.progress, outcome.decisions = reply.meter_values, reply.progress, reply.decisions
    outcome.deviations = _deviations(connection, call.action, misfit.deviations)
    if connection.relay is None:
        return outcome
    return forwarding.relay_call(
        connection, call, outcome, row=row, now=now, own_result=forwarding.Ours(misfit.event, reply)
    )


def _hold_answer(connection: Connection, call: Call, row: MessageRow, asking: AwaitingProvider) -> WorkResult:
    """Stores the message and its facts; the answer waits for a mobility provider."""
    later = Later(
        wait=partial(issuer_wait.wait, asking),
        work=partial(_resume_flow, connection, call, row.id, asking),
        failed=partial(_refuse_failed_resume, connection, call, row.id),
    )
    return WorkResult(value=later, messages=[row])


def _resume_flow(
    connection: Connection, call: Call, journal_id: uuid.UUID, asking: AwaitingProvider, _: object
) -> WorkResult:
    """Continues the flow after the provider's answer or timeout, and sends the withheld answer."""
    now, connection.led = datetime.now(tz=UTC), False
    reply = asking.resume(live=questions.conclude(asking.question_id, now=now), now=now)
    assert not isinstance(reply.reply, AwaitingProvider), "an answered question is not asked again"
    answer = replies.payload_of(reply.reply, action=call.action, version=connection.version)
    late = LateAnswer(
        id=journal_id,
        answer=frames.dump(CallResult(call.message_id, answer)),
        answer_at=datetime.now(tz=UTC),
        answer_type=3,
        verdict=reply.verdict or replies.status_in(answer),
        decision_id=reply.decision_id,
    )
    return WorkResult(
        value=late.answer, answers=[late], decisions=forwarding.mark_own_decisions(connection, reply.decisions)
    )


def _refuse_failed_resume(connection: Connection, call: Call, journal_id: uuid.UUID, exc: Exception) -> WorkResult:
    error = frames.refuse(call, fault=Fault.INTERNAL, sentence=_INTERNAL, version=connection.version)
    late = LateAnswer(
        id=journal_id,
        answer=frames.dump(error),
        answer_at=datetime.now(tz=UTC),
        answer_type=4,
        verdict=error.code,
        is_error=True,
        fault=f"{_INTERNAL} ({type(exc).__name__})",
    )
    return WorkResult(value=late.answer, answers=[late])


def _handle_side_effects(connection: Connection, event: Event, call: Call | Send, *, now: datetime) -> None:
    """Handles effects besides the content of a message: a fulfilled trigger, and the comparison of clocks."""
    if connection.triggers:
        messages.mark_trigger_fulfilled(connection, call.action, message_id=call.message_id, now=now)
    is_measured = False
    if charger_time := clock.stated_now(event):
        is_measured = connection.clock.hear(charger_time, received_at=now)
    elif charger_time := clock.stated_in_readings(event):
        is_measured = connection.clock.hear_readings(charger_time, received_at=now)
    if is_measured and connection.clock.offset_s is not None:
        presence.clock_measured(connection.charger, offset_s=connection.clock.offset_s, now=now)


def _send(connection: Connection, frame: Send, *, text: str, now: datetime) -> WorkResult:
    """Handles an OCPP 2.1 SEND like a call, but never answers it, even if it is invalid."""
    row = _row(connection, text=text, now=now)
    row.message_type, row.message_id, row.action = 6, frame.message_id, frame.action[:60]
    if refusal := quarantine.refusal(connection, frame.action, frame.payload, now=now):
        row.is_error, row.fault = True, refusal
        return WorkResult(messages=[row])
    misfit = replies.translator(connection.version).read(frame.action, frame.payload, now=now, zone=connection.zone)
    if isinstance(misfit, Misfit):
        row.is_error, row.fault = True, misfit.sentence
        outcome = WorkResult(messages=[row])
        return (
            outcome if connection.relay is None else forwarding.relay_call(connection, frame, outcome, row=row, now=now)
        )
    reply = messages.handle(connection, misfit.event, now=now)
    _handle_side_effects(connection, misfit.event, frame, now=now)
    _fill(row, reply)
    row.verdict = reply.verdict
    outcome = WorkResult(
        messages=[row],
        meter_values=reply.meter_values,
        progress=reply.progress,
        decisions=reply.decisions,
        deviations=_deviations(connection, frame.action, misfit.deviations),
    )
    return outcome if connection.relay is None else forwarding.relay_call(connection, frame, outcome, row=row, now=now)


def _unread_answer(connection: Connection, frame: CallResultError, *, text: str, now: datetime) -> WorkResult:
    """Records that the charger could not read our answer (OCPP 2.1 Part 4, 4.2.4), which was already stored and in
    effect.
    """
    row = _row(connection, text=text, now=now)
    row.message_type, row.message_id, row.is_error = 5, frame.message_id[:255], True
    row.verdict, row.fault = frame.code[:60], "The charger could not take our answer."
    reports.answer_unread(connection, frame, now=now)
    return WorkResult(messages=[row])


def _unreadable(connection: Connection, frame: Unreadable, *, text: str, now: datetime) -> WorkResult:
    row = _row(connection, text=text, now=now)
    row.message_type, row.message_id = frame.message_type, (frame.message_id or "")[:255]
    row.is_error, row.fault = True, frame.sentence
    return _answered_with(row, frame.answer) if frame.answer else WorkResult(messages=[row])


def _handle_stray_reply(
    connection: Connection, frame: CallResult | CallError, *, text: str, now: datetime
) -> WorkResult:
    """Handles a reply without a pending command: completes a timed-out command, or only stores the reply."""
    command = queue.overdue(connection_id=connection.id, message_id=frame.message_id)
    outgoing = _sent_before(command) if command is not None else None
    if command is not None and outgoing is not None and queue.reopen(command):
        return handle_answer(connection, outgoing, frame=frame, text=text, now=now)
    row = _row(connection, text=text, now=now)
    row.message_type = 3 if isinstance(frame, CallResult) else 4
    row.message_id, row.is_error = frame.message_id, True
    row.fault = "No command waits for this answer."
    if not isinstance(frame, CallResult):
        row.verdict = frame.code[:60]
    return WorkResult(messages=[row])


def _sent_before(command: Command) -> Outgoing | None:
    """Returns the command with its journal row; None if that is no longer stored."""
    if command.sent_at is None:
        return None
    messages = Message.objects.filter(
        charger=command.charger_id,
        direction=Message.Direction.OUT,
        message_id=command.message_id,
        id__gte=ids.floor(command.sent_at - _JOURNAL_SLACK),
        id__lt=ids.floor(command.sent_at + _JOURNAL_SLACK),
    )
    journal_id = messages.values_list("pk", flat=True).first()
    if journal_id is None:
        return None
    return Outgoing(
        command_id=command.pk, journal_id=journal_id, message_id=command.message_id, action=command.action, text=""
    )


def _row(connection: Connection, *, text: str, now: datetime) -> MessageRow:
    return MessageRow(
        id=ids.generate(now=now),
        charger_id=connection.charger.pk,
        direction=Message.Direction.IN.value,
        ocpp_version=connection.version.value,
        request_at=now,
        request=text,
    )


def _fill(row: MessageRow, result: FlowResult) -> None:
    row.evse_number, row.uid = result.evse_number, result.uid
    row.transaction_ref, row.decision_id = result.transaction_ref, result.decision_id


def _answered_with(row: MessageRow, frame: Frame) -> WorkResult:
    row.answer = frames.dump(frame)
    row.answer_at = datetime.now(tz=UTC)
    row.answer_type = 4 if isinstance(frame, CallError) else 3
    if isinstance(frame, CallError):
        row.verdict, row.is_error = frame.code, True
    return WorkResult(value=row.answer, messages=[row])


def _convert_for_json_field(payload: Payload | None) -> Any:
    """Converts JSON for a JSONField: without Decimals."""
    return None if payload is None else masking.conceal(frames.parse_json_text(frames.dump_json(payload)))


def _fault_of(call: Call, version: Version, *, is_quotable: bool) -> str:
    """Returns why the charger's version has no such call; "" if it has. Payloads with a secret are not quoted."""
    if call.action not in schemas.actions(version=version, sender=schemas.Sender.CENTRAL_SYSTEM):
        return f"It was not sent: the charger speaks OCPP {version}, which has no such command."
    violation = schemas.violation(version=version, action=call.action, part=PayloadPart.REQUEST, payload=call.payload)
    if violation is None:
        return ""
    if not is_quotable:
        return f"It was not sent: {violation.path or 'the payload'} does not fit OCPP {version}, and holds a password."
    return f"It was not sent: {violation.sentence}"


def _deviations(
    connection: Connection, action: str, deviations: tuple[Deviation, ...]
) -> list[presence.DeviationReport]:
    charger = connection.charger
    return [
        presence.DeviationReport(
            charger_pk=charger.pk,
            action=action,
            path=deviation.path,
            sentence=deviation.sentence,
            firmware_version=charger.firmware_version,
        )
        for deviation in deviations
    ]


def _deviations_of_answer(connection: Connection, action: str, payload: Payload) -> list[presence.DeviationReport]:
    violations = schemas.violations(
        version=connection.version, action=action, part=PayloadPart.RESPONSE, payload=payload
    )
    return _deviations(
        connection, action, tuple(Deviation(violation.path, violation.sentence) for violation in violations)
    )
