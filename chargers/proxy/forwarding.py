"""Forwards a charger's call to other back offices: what is stored for them, and the charger's answer.

Everything here is work for the journal. Our own flow has run before, so the fact is recorded, no matter who decides.
"""

import hashlib
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from django.db import connection as database

from authorization.decide.facts import IssuerState, LiveValidation
from authorization.models import Decision, Opinion
from chargers.flows import billing_bridge
from chargers.journal.connection import BackOffices, Connection
from chargers.journal.flow_result import AwaitingProvider, FlowResult
from chargers.journal.group_commit import LateAnswer, MessageRow, WorkResult
from chargers.lib import ids
from chargers.models import Charger
from chargers.protocol import fields, frames, replies, schemas
from chargers.protocol.events import (
    AuthorizeAnswered,
    DataTransferReceived,
    Event,
    Reply,
    TokenAnswer,
    TransactionAnswered,
    TransactionStarted,
)
from chargers.protocol.frames import Call, CallError, CallResult, Fault, Payload, Send, Version
from chargers.protocol.schemas import PayloadPart
from chargers.proxy import verdicts
from chargers.proxy.call_values import ForwardedCall, LeaderReply, Passed, Silent, UpstreamAnswer
from chargers.proxy.verdicts import TokenStatuses
from chargers.transactions import recording, starts
from chargers.upstreams import roles, translation
from chargers.upstreams.roles import UpstreamAudience
from chargers.upstreams.translation import Withheld

Absent = Charger.LeaderAbsent


@dataclass(frozen=True, slots=True)
class Ours:
    """The result of our own flow for the call."""

    event: Event
    result: FlowResult


@dataclass(frozen=True, slots=True, kw_only=True)
class _HeldCall:
    """A call whose reply waits for the Leader. `answer` is our own, None if a provider would be asked."""

    call: Call
    journal_id: uuid.UUID
    answer: str | None
    ours: Ours | None
    decisions: Sequence[Decision]


def relay_call(
    connection: Connection,
    call: Call | Send,
    outcome: WorkResult,
    *,
    row: MessageRow,
    now: datetime,
    own_result: Ours | None = None,
) -> WorkResult:
    """Forwards a handled call to the other back offices, and waits for the Leader if one leads."""
    relay = connection.relay
    assert relay is not None
    receivers = list(_receivers(relay, call, version=connection.version))
    if not receivers:
        outcome.decisions = mark_own_decisions(connection, outcome.decisions)
        return outcome
    parcel = _build_forwarded_call(connection, call, row, outcome, receivers=receivers, now=now)
    leader = relay.plan.leader
    waits = connection.led and isinstance(call, Call) and leader is not None and leader.pk in receivers
    if waits and leader and leader.pk in parcel.settled:  # a repeat gets the first answer
        waits = row.answer is None or bool(outcome.decisions)
    if not waits or not isinstance(call, Call):
        outcome.decisions = mark_own_decisions(connection, outcome.decisions)
        outcome.value = Passed(parcel=parcel, answer=outcome.value)
        return outcome
    held_call = _HeldCall(
        call=call, journal_id=row.id, answer=row.answer, ours=own_result, decisions=tuple(outcome.decisions)
    )
    row.answer, row.answer_at, row.answer_type, row.verdict = None, None, None, ""
    row.decision_id, outcome.decisions = None, ()
    outcome.value = Passed(
        parcel=parcel,
        answer=None,
        concluded=partial(_apply_leader_reply, connection, held_call),
        failed=partial(_refuse_failed_call, connection, held_call),
        at_once=None
        if held_call.decisions or held_call.answer is None
        else partial(_find_immediate_answer, connection, held_call),
    )
    return outcome


def mark_own_decisions(connection: Connection, decided: Sequence[Decision]) -> Sequence[Decision]:
    """Marks our own decisions that an absent Leader would have made, with the cause in their trace."""
    relay = connection.relay
    if relay is not None and relay.leader and decided:
        for record in decided:
            verdicts.note_own_rules(record, leader=relay.leader, cause=relay.away)
    return decided


def _receivers(relay: BackOffices, call: Call | Send, *, version: Version) -> Iterable[int]:
    """Yields the primary keys of the back offices that receive the call."""
    audience = roles.audience(call.action, call.payload)
    if audience is UpstreamAudience.US:
        return
    for facts in relay.plan.upstreams:
        if audience is UpstreamAudience.ASKER:
            translated = translation.convert_upward(call.action, call.payload, version=version, ids=relay.ids(facts.pk))
            if isinstance(translated, Withheld):
                continue
        yield facts.pk


def _build_forwarded_call(
    connection: Connection,
    call: Call | Send,
    row: MessageRow,
    outcome: WorkResult,
    *,
    receivers: list[int],
    now: datetime,
) -> ForwardedCall:
    forwards: dict[int, uuid.UUID] = {}
    settled: set[int] = set()
    ref = row.transaction_ref
    if roles.is_transactional(call.action, call.payload):
        for upstream, forward, is_delivered in _store_forwards(connection, call, ref=ref, receivers=receivers, now=now):
            forwards[upstream] = forward
            settled |= {upstream} if is_delivered else set()
    return ForwardedCall(
        call=call,
        version=connection.version,
        at=now,
        evse_number=row.evse_number,
        uid=row.uid,
        transaction_ref=ref,
        decision_id=outcome.decisions[0].pk if outcome.decisions else None,
        receivers=frozenset(receivers),
        forwards=forwards,
        settled=frozenset(settled),
    )


_STORE = """
    INSERT INTO chargers_forward
        (id, charger_id, upstream_id, key, action, version, payload, transaction_ref, claimed_by)
    SELECT i, %(charger)s, u, %(key)s, %(action)s, %(version)s, %(payload)s, %(ref)s, %(connection)s::uuid
    FROM unnest(%(ids)s::uuid[], %(upstreams)s::bigint[]) AS given (i, u)
    ON CONFLICT (upstream_id, charger_id, key) DO UPDATE SET claimed_by = EXCLUDED.claimed_by
    RETURNING upstream_id, id, delivered_at IS NOT NULL
"""


def _store_forwards(
    connection: Connection, call: Call | Send, *, ref: str, receivers: list[int], now: datetime
) -> list[tuple[int, uuid.UUID, bool]]:
    """Stores a transaction's message for each receiver; existing rows are returned unchanged. One statement."""
    payload = frames.dump_json(call.payload)
    natural = f"{call.action}\n{ref}\n{payload}"
    values: dict[str, Any] = {
        "charger": connection.charger.pk,
        "key": hashlib.blake2b(natural.encode("utf-8", "replace"), digest_size=32).hexdigest(),
        "action": call.action,
        "version": connection.version.value,
        "payload": payload,
        "ref": ref[:255],
        "connection": connection.id,
        "ids": [ids.generate(now=now) for _ in receivers],
        "upstreams": receivers,
    }
    with database.cursor() as cursor:
        cursor.execute(_STORE, values)
        return list(cursor.fetchall())


def _apply_leader_reply(connection: Connection, held_call: _HeldCall, reply: LeaderReply) -> WorkResult:
    """Handles the Leader's answer or timeout: the charger's reply, and the effects of the decision."""
    now = datetime.now(tz=UTC)
    leader = connection.relay.leader if connection.relay else ""
    if late := _find_undecided_answer(connection, held_call, reply, leader=leader, now=now):
        return WorkResult(value=late.answer, answers=[late])
    reply, payload = _usable(connection, held_call, reply)
    decided = list(_resolve_own_decisions(connection, held_call, now=now))
    if isinstance(reply, Silent):
        return _answer_without_leader(connection, held_call, decided, leader=leader, cause=reply.cause, now=now)
    frame = CallResult(held_call.call.message_id, payload)
    status = replies.status_in(payload)
    if not decided or not status:
        late = _build_late_answer(held_call, frame, now=now, answered_by=leader)
        return WorkResult(value=late.answer, answers=[late])
    record = decided[0]
    own_opinion = verdicts.apply_leader_verdict(
        record, version=connection.version, leader=leader, status=status, took_ms=reply.took_ms
    )
    _effect(connection, held_call, record, now=now)
    late = _build_late_answer(held_call, frame, now=now, answered_by=leader, decision=record)
    return WorkResult(value=late.answer, answers=[late], decisions=decided, opinions=[own_opinion])


def _find_undecided_answer(
    connection: Connection, held_call: _HeldCall, reply: LeaderReply, *, leader: str, now: datetime
) -> LateAnswer | None:
    """Returns the answer to a call without a decision; None if it is about a card."""
    if isinstance(reply, UpstreamAnswer) and isinstance(reply.frame, CallError) and _is_final(held_call):
        error = CallError(held_call.call.message_id, reply.frame.code, reply.frame.description, reply.frame.details)
        return _build_late_answer(
            held_call, error, now=now, answered_by=leader, fault=f"{leader} answered with this error."
        )
    if held_call.decisions or held_call.answer is None:
        return None
    reply, payload = _usable(connection, held_call, reply)
    if isinstance(reply, Silent):
        return _build_late_answer(held_call, None, now=now, fault=f"{leader} {reply.cause}: we answered.")
    return _build_late_answer(held_call, CallResult(held_call.call.message_id, payload), now=now, answered_by=leader)


def _find_immediate_answer(connection: Connection, held_call: _HeldCall, reply: LeaderReply) -> str | None:
    """Returns the Leader's reply to a call without a decision, whose fact is already stored."""
    leader = connection.relay.leader if connection.relay else ""
    late = _find_undecided_answer(connection, held_call, reply, leader=leader, now=datetime.now(tz=UTC))
    return late.answer if late else None


def _is_final(held_call: _HeldCall) -> bool:
    """Whether the Leader's error is passed on to the charger, because our own flow has no better reply."""
    return held_call.ours is None or isinstance(held_call.ours.event, DataTransferReceived)


def _usable(connection: Connection, held_call: _HeldCall, reply: LeaderReply) -> tuple[LeaderReply, Payload]:
    """Returns the Leader's reply translated for the charger; Silent if it is not valid for this call."""
    if isinstance(reply, Silent):
        return reply, {}
    if isinstance(reply.frame, CallError):
        return Silent(f"answered with the error {reply.frame.code}"), {}
    translated = translation.answer_downward(
        held_call.call.action,
        reply.frame.payload,
        version=connection.version,
        transaction_id=_own_transaction_id(held_call),
    )
    violation = None
    if held_call.call.action in schemas.all_actions(connection.version):
        violation = schemas.violation(
            version=connection.version, action=held_call.call.action, part=PayloadPart.RESPONSE, payload=translated
        )
    if violation:
        return Silent(f"gave an answer that is none to {held_call.call.action} ({violation.sentence.rstrip('.')})"), {}
    return reply, translated


def _own_transaction_id(held_call: _HeldCall) -> int | None:
    """Returns the charger's own id of its transaction, in OCPP 1.6."""
    return fields.integer(held_call.ours.result.transaction_ref) if held_call.ours else None


def _resolve_own_decisions(connection: Connection, held_call: _HeldCall, *, now: datetime) -> Sequence[Decision]:
    """Returns our own verdict; a provider that we would have asked is not asked while another leads."""
    if held_call.ours is None or not isinstance(held_call.ours.result.reply, AwaitingProvider):
        return held_call.decisions
    connection.led = True
    cause = "another back office leads here"
    concluded = held_call.ours.result.reply.resume(
        live=LiveValidation(state=IssuerState.NOT_ASKED, message=cause), now=now
    )
    return concluded.decisions


def _effect(connection: Connection, held_call: _HeldCall, decision: Decision, *, now: datetime) -> None:
    """Stores the decision in the started transaction, and begins its session if it was accepted."""
    if held_call.ours is None or not isinstance(held_call.ours.event, TransactionStarted):
        return
    row = starts.find(connection.charger, held_call.ours.result.transaction_ref)
    if row is None or row.authorization_status:
        return
    status = TokenStatuses(status_16=decision.status_16, status_2x=decision.status_2x).status(connection.version)
    recording.record_decision(row, decision_id=decision.pk, status=status[:20])
    row.decision_id, row.authorization_status = decision.pk, status
    if decision.verdict == Decision.Verdict.ACCEPTED:
        billing_bridge.begin_session(connection, row, decision, now=now)
        if row.stopped_at is not None:
            billing_bridge.end_session(row)


def _answer_without_leader(
    connection: Connection, held_call: _HeldCall, decided: list[Decision], *, leader: str, cause: str, now: datetime
) -> WorkResult:
    """Answers about a card while the Leader is slow or away, as configured for the charger."""
    note = f"{leader} {cause}: we answered."
    record, opinions = decided[0], list[Opinion]()
    match connection.relay.plan.absent if connection.relay else "":
        case Absent.REFUSE:
            opinions = [
                verdicts.refuse_while_unreachable(record, version=connection.version, leader=leader, cause=cause)
            ]
        case Absent.LOCAL_LIST:
            opinions = [
                verdicts.decide_by_local_list(
                    record, charger=connection.charger, version=connection.version, leader=leader, cause=cause
                )
            ]
        case _:
            verdicts.note_own_rules(record, leader=leader, cause=cause)
    _effect(connection, held_call, record, now=now)
    payload = replies.payload_of(_reply(held_call, record), action=held_call.call.action, version=connection.version)
    frame = CallResult(held_call.call.message_id, payload)
    late = _build_late_answer(held_call, frame, now=now, decision=record, fault=note)
    return WorkResult(value=late.answer, answers=[late], decisions=decided, opinions=opinions)


def _reply(held_call: _HeldCall, record: Decision) -> Reply:
    """Returns our own answer about the card, with the final decision."""
    is_accepted = record.verdict == Decision.Verdict.ACCEPTED
    before = held_call.ours.result.reply if held_call.ours else None
    token = TokenAnswer(record.status_16, record.status_2x)
    if is_accepted and isinstance(before, AuthorizeAnswered | TransactionAnswered) and before.token:
        token = TokenAnswer(record.status_16, record.status_2x, before.token.parent, before.token.expires_at)
    if held_call.call.action == "Authorize":
        return AuthorizeAnswered(token)
    number = _own_transaction_id(held_call) if held_call.call.action == "StartTransaction" else None
    return TransactionAnswered(number, token)


def _build_late_answer(
    held_call: _HeldCall,
    frame: CallResult | CallError | None,
    *,
    now: datetime,
    answered_by: str = "",
    decision: Decision | None = None,
    fault: str = "",
) -> LateAnswer:
    """Returns the withheld answer to the charger; our own one if `frame` is None."""
    text = held_call.answer if frame is None else frames.dump(frame)
    assert text is not None, "only a card's question has no answer of ours yet"
    parsed = frame or frames.parse(text, version=Version.V21)
    is_error = isinstance(parsed, CallError)
    verdict = parsed.code if isinstance(parsed, CallError) else replies.status_in(getattr(parsed, "payload", {}))
    return LateAnswer(
        id=held_call.journal_id,
        answer=text,
        answer_at=now,
        answer_type=4 if is_error else 3,
        verdict=verdict[:60],
        is_error=is_error,
        fault=fault,
        decision_id=decision.pk if decision else None,
        answered_by=answered_by,
    )


def _refuse_failed_call(connection: Connection, held_call: _HeldCall, exc: Exception) -> WorkResult:
    error = frames.refuse(held_call.call, fault=Fault.INTERNAL, sentence=replies.INTERNAL, version=connection.version)
    note = f"{replies.INTERNAL} ({type(exc).__name__})"
    late = _build_late_answer(held_call, error, now=datetime.now(tz=UTC), fault=note)
    return WorkResult(value=late.answer, answers=[late])
