"""Flows of a transaction: its start, progress, end and meter values.

A start is recorded before the decision, even if it is then refused, because the charger may have begun long ago while
offline.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from authorization.decide.decisions import DecisionResult, Kind, Question
from authorization.decide.facts import LiveValidation
from authorization.identifiers import uids
from authorization.models import Decision
from chargers.commands import queue, reservations
from chargers.flows import autocharge, billing_bridge, charger_decisions
from chargers.journal.connection import Connection
from chargers.journal.flow_result import (
    AwaitingProvider,
    FlowResult,
    awaiting_provider,
    decide,
    effect_seen,
    plausible_time,
    status_word,
    token_answer,
)
from chargers.models import Transaction
from chargers.protocol.events import (
    Acknowledged,
    IdToken,
    MeterReading,
    MeterValuesReported,
    TokenAnswer,
    TransactionAnswered,
    TransactionEnded,
    TransactionStarted,
    TransactionUpdated,
)
from chargers.protocol.frames import Version
from chargers.transactions import recording, starts
from chargers.transactions.recording import MeterValueRow, Progress, ReadingFacts
from chargers.transactions.starts import StartFacts


def start(connection: Connection, event: TransactionStarted, *, now: datetime) -> FlowResult:
    """Handles a start (OCPP 1.6 4.8, OCPP 2.0.1 E01). A repeat gets the same answer as the first."""
    if event.id_token is None and (token := _ordered_token(connection, event.remote_start_id, now=now)):
        event = replace(event, id_token=token)
    recorded = recording.record_start(connection.charger, _start_facts(connection, event, now=now), now=now)
    row = recorded.transaction
    connection.remember(row.transaction_id, row.pk)
    answer: TokenAnswer | AwaitingProvider | None = None
    decisions = list[Decision]()
    if recorded.is_new:
        recording.led_by(row, connection.leader)
        uid = event.id_token.text if event.id_token else ""
        effect_seen(connection, queue.START_ACTIONS, now=now, evse_number=event.evse, uid=uid)
        if event.reservation_id is not None:
            reservations.use(connection.charger, event.reservation_id, row, now=now)
    if event.id_token or event.no_authorization or event.transaction_id is None:
        token = event.id_token or IdToken("")
        answer = _decide_start(connection, row, token, is_new=recorded.is_new, now=now, records=decisions)
    billing_bridge.charging_state(
        row, event.charging_state, at=plausible_time(event.time, now=now), now=now, is_new=recorded.is_new
    )
    result = _result_of(
        row,
        reply=_reply(connection, row, answer),
        connection=connection,
        readings=event.readings,
        token=event.id_token,
        now=now,
        seq_no=event.seq_no,
    )
    return replace(result, decisions=decisions)


def update(connection: Connection, event: TransactionUpdated, *, now: datetime) -> FlowResult:
    """Handles progress (OCPP 2.0.1 E02); with a token the charger asks whether it may continue or stop."""
    row = _running(connection, event, now=now)
    if event.id_token is None:
        event = replace(event, id_token=_token_of_update(connection, row, event, now=now))
    if event.id_token and not row.id_token:
        recording.record_token(row, event.id_token.text, type_=event.id_token.type, order=event.remote_start_id)
        effect_seen(connection, queue.START_ACTIONS, now=now, evse_number=event.evse, uid=event.id_token.text)
    answer: TokenAnswer | AwaitingProvider | None = None
    decisions = list[Decision]()
    if event.id_token and event.id_token.text == row.id_token:
        answer = _decide_start(connection, row, event.id_token, is_new=False, now=now, records=decisions)
    elif event.id_token:
        question = Question(kind=Kind.AUTHORIZE, at=now, uid=event.id_token.text, evse_number=row.evse_number)
        decided = decide(connection, question, now=now, records=decisions)
        if decided.asks_provider:
            resume = partial(_another_token_answered, connection, question)
            answer = awaiting_provider(connection, question, decided, now=now, resume=resume)
        else:
            answer, row.decision_id = token_answer(decided), decided.id
    billing_bridge.charging_state(
        row, event.charging_state, at=plausible_time(event.time, now=now), now=now, is_new=False
    )
    result = _result_of(
        row,
        reply=answer if isinstance(answer, AwaitingProvider) else TransactionAnswered(None, answer),
        connection=connection,
        readings=event.readings,
        token=event.id_token,
        now=now,
        seq_no=event.seq_no,
        charging_state=event.charging_state,
    )
    return replace(result, decisions=decisions)


def end(connection: Connection, event: TransactionEnded, *, now: datetime) -> FlowResult:
    """Handles an end (OCPP 1.6 4.10, OCPP 2.0.1 E06), which cannot be refused: who stopped it is recorded."""
    facts = recording.StopFacts(
        transaction_id=event.transaction_id or "",
        version=connection.version.value,
        id_token=event.id_token.text if event.id_token else "",
        meter_stop_wh=event.meter_stop_wh,
        stated_at=event.time.text,
        at=plausible_time(event.time, now=now),
        reason=event.reason,
        evse_number=event.evse,
        seq_no=event.seq_no,
    )
    recorded = recording.record_stop(connection.charger, facts, now=now)
    row = recorded.transaction
    if recorded.is_new:
        effect_seen(connection, queue.STOP_ACTIONS, now=now, evse_number=row.evse_number)
        billing_bridge.end_session(row)
        billing_bridge.charging_state(
            row, event.charging_state, at=plausible_time(event.time, now=now), now=now, is_new=True
        )
        if not row.upstream:
            charger_decisions.stop(connection, row, now=now)
    result = _result_of(
        row,
        reply=TransactionAnswered(None, _answer_at_end(connection, row, event, now=now)),
        connection=connection,
        readings=event.readings,
        token=event.id_token,
        now=now,
        seq_no=event.seq_no,
    )
    return replace(result, transaction_ref=event.stated_id or row.transaction_id, decision_id=None, verdict="")


def _answer_at_end(
    connection: Connection, row: Transaction, event: TransactionEnded, *, now: datetime
) -> TokenAnswer | None:
    """Returns what is known about the token that ended it, with its group (OCPP 2.0.1 E07); 1.6 needs no answer.

    Makes no new decision: the session's own token keeps its first answer, and no provider is asked.
    """
    if connection.version is Version.V16 or not (event.id_token or event.no_authorization):
        return None
    uid = event.id_token.text if event.id_token else ""
    question = Question(kind=Kind.AUTHORIZE, at=now, uid=uid, evse_number=row.evse_number)
    decided = decide(connection, question, now=now, records=[], dry_run=True)
    own = row.authorization_status if uids.from_wire(uid) == uids.from_wire(row.id_token) else ""
    status = own or decided.status_2x or "Unknown"
    return TokenAnswer(status, status, decided.parent, decided.expires_at)


def meter_values(connection: Connection, event: MeterValuesReported, *, now: datetime) -> FlowResult:
    """Stores sampled values (OCPP 1.6 4.7, OCPP 2.0.1 J01). Values of an unknown transaction are stored without one."""
    row_id = _row_of(connection, event, now=now)
    ref = event.transaction_id or ""
    rows, progress = _build_reading_rows(connection, event.readings, row_id=row_id, evse=event.evse, ref=ref, now=now)
    return FlowResult(Acknowledged(), evse_number=event.evse, transaction_ref=ref, meter_values=rows, progress=progress)


def _decide_start(
    connection: Connection, row: Transaction, token: IdToken, *, is_new: bool, now: datetime, records: list[Decision]
) -> TokenAnswer | AwaitingProvider:
    """Decides about the token of a recorded start; a repeat gets the first decision.

    The answer may have to wait for the token's provider.
    """
    question = Question(
        kind=Kind.START,
        at=row.started_at,
        received_at=now,
        uid=token.text,
        evse_number=row.evse_number,
        late=now - row.started_at - connection.clock_behind > recording.LATE_AFTER,
        transaction_id=row.transaction_id,
    )
    before = row.authorization_status if not is_new else ""
    decided = decide(connection, question, now=now, records=records, dry_run=bool(before))
    if before:
        return TokenAnswer(before, before, decided.parent, decided.expires_at)
    if decided.asks_provider:
        resume = partial(_start_answered, connection, row.pk, question)
        return awaiting_provider(connection, question, decided, now=now, resume=resume)
    return _apply_start_decision(connection, row, decided, now=now, records=records)


def _apply_start_decision(
    connection: Connection, row: Transaction, decided: DecisionResult, *, now: datetime, records: list[Decision]
) -> TokenAnswer:
    answer = token_answer(decided)
    if connection.led:  # where another back office leads, its reply counts
        return answer
    row.decision_id, row.authorization_status = decided.id, status_word(connection, answer)
    recording.record_decision(row, decision_id=decided.id, status=row.authorization_status)
    if decided.is_accepted:
        billing_bridge.begin_session(connection, row, records[-1], now=now)
        autocharge.pair_vehicle(connection, row, records[-1], now=now)
    else:
        question = Question(kind=Kind.START, at=row.started_at, uid=row.id_token, evse_number=row.evse_number)
        autocharge.remember_refused_vehicle(connection, question, decided, now=now)
    charger_decisions.start(connection, row, decided, now=now)
    return answer


def _start_answered(
    connection: Connection, row_id: int, question: Question, *, live: LiveValidation, now: datetime
) -> FlowResult:
    """Continues a start after the provider answered or timed out.

    Meanwhile the transaction may have ended, or a repeat been answered.
    """
    row = Transaction.objects.select_for_update().get(pk=row_id)
    before, decisions = row.authorization_status, list[Decision]()
    decided = decide(connection, question, now=now, records=decisions, live=live, dry_run=bool(before))
    if before:
        answer = TokenAnswer(before, before, decided.parent, decided.expires_at)
    else:
        answer = _apply_start_decision(connection, row, decided, now=now, records=decisions)
        if decided.is_accepted and row.stopped_at is not None:
            billing_bridge.end_session(row)
    reply = _reply(connection, row, answer)
    return FlowResult(reply, decision_id=row.decision_id, verdict=status_word(connection, answer), decisions=decisions)


def _another_token_answered(
    connection: Connection, question: Question, *, live: LiveValidation, now: datetime
) -> FlowResult:
    decisions = list[Decision]()
    decided = decide(connection, question, now=now, records=decisions, live=live)
    answer = token_answer(decided)
    reply = TransactionAnswered(None, answer)
    return FlowResult(reply, decision_id=decided.id, verdict=status_word(connection, answer), decisions=decisions)


def _reply(
    connection: Connection, row: Transaction, answer: TokenAnswer | AwaitingProvider | None
) -> TransactionAnswered | AwaitingProvider:
    """Makes the reply to a start; in 1.6 it contains our transaction id."""
    if isinstance(answer, AwaitingProvider):
        return answer
    return TransactionAnswered(row.pk if connection.version is Version.V16 else None, answer)


def _result_of(
    row: Transaction,
    *,
    reply: TransactionAnswered | AwaitingProvider,
    connection: Connection,
    readings: Sequence[MeterReading],
    token: IdToken | None,
    now: datetime,
    seq_no: int | None = None,
    charging_state: str = "",
) -> FlowResult:
    rows, progress = _build_reading_rows(
        connection, readings, row_id=row.pk, evse=row.evse_number, ref=row.transaction_id, now=now
    )
    if seq_no is not None or charging_state:
        progress.append(Progress(row.pk, seq_no=seq_no, charging_state=charging_state))
    answer = reply.token if isinstance(reply, TransactionAnswered) else None
    return FlowResult(
        reply,
        evse_number=row.evse_number,
        uid=token.text if token else "",
        transaction_ref=row.transaction_id,
        decision_id=row.decision_id if answer else None,
        verdict=status_word(connection, answer) if answer else "",
        meter_values=rows,
        progress=progress,
    )


def _build_reading_rows(
    connection: Connection,
    readings: Sequence[MeterReading],
    *,
    row_id: int | None,
    evse: int | None,
    ref: str,
    now: datetime,
) -> tuple[list[MeterValueRow], list[Progress]]:
    rows, progress = [], []
    for reading in readings:
        facts = ReadingFacts(
            stated_at=reading.time.text,
            at=plausible_time(reading.time, now=now),
            register_wh=reading.register_wh,
            power_w=reading.power_w,
            soc_pct=reading.soc_pct,
            context=reading.context,
            samples=reading.samples,
            kinds=reading.kinds,
        )
        rows.append(
            recording.meter_value(connection.charger.pk, facts, row_id=row_id, evse_number=evse, ref=ref, now=now)
        )
        if row_id is not None:
            progress.append(Progress(row_id, reading=facts))
    return rows, progress


def _running(connection: Connection, event: TransactionUpdated, *, now: datetime) -> Transaction:
    """Returns the transaction's row. If its start has not arrived yet, creates one that the start completes."""
    row = starts.find(connection.charger, event.transaction_id)
    if row is None:
        facts = StartFacts(
            transaction_id=event.transaction_id,
            version=connection.version.value,
            evse_number=event.evse,
            connector_number=event.connector,
            id_token=event.id_token.text if event.id_token else "",
            id_token_type=event.id_token.type if event.id_token else "",
            meter_start_wh=None,
            stated_at="",
            at=plausible_time(event.time, now=now),
            clock_plausible=event.time.at is not None,
            offline=event.offline,
            remote_start_id=event.remote_start_id,
            charging_state=event.charging_state,
        )
        row = recording.record_start(connection.charger, facts, now=now).transaction
        recording.led_by(row, connection.leader)
    connection.remember(row.transaction_id, row.pk)
    return row


def _ordered_token(connection: Connection, remote_start_id: int | None, *, now: datetime) -> IdToken | None:
    """Returns the token of the start that we ordered with this remoteStartId, because some stations send nothing else
    (OCPP 2.0.1 F01).
    """
    if remote_start_id is None:
        return None
    order = queue.start_named(connection.charger, remote_start_id=remote_start_id, now=now)
    if order is None or not order.id_token:
        return None
    token_payload = order.payload.get("idToken")
    kind = token_payload.get("type", "") if isinstance(token_payload, dict) else ""
    return IdToken(order.id_token, kind)


def _token_of_update(
    connection: Connection, row: Transaction, event: TransactionUpdated, *, now: datetime
) -> IdToken | None:
    """Returns the ordered token for a transaction without one, or one that was refused and asks again; else None."""
    if event.remote_start_id is None or row.authorization_status == "Accepted":
        return None
    ordered = _ordered_token(connection, event.remote_start_id, now=now)
    return ordered if ordered and row.id_token in {"", ordered.text} else None


def _row_of(connection: Connection, event: MeterValuesReported, *, now: datetime) -> int | None:
    """Returns the key of the transaction of the values; in 1.6 even if the charger uses an id that is not ours.

    Foreign ids are looked up each time, because a charger that invents ids may reuse them for the next session.
    """
    if event.transaction_id is None:
        return None
    transaction_key = connection.transactions.get(event.transaction_id)
    if transaction_key is None and (row := starts.find(connection.charger, event.transaction_id)):
        connection.remember(event.transaction_id, row.pk)
        return row.pk
    if transaction_key is None and connection.version is Version.V16 and event.readings:
        at = min(plausible_time(reading.time, now=now) for reading in event.readings)
        transaction = starts.open_at(connection.charger, event.evse, at=at)
        return transaction.pk if transaction else None
    return transaction_key


def _start_facts(connection: Connection, event: TransactionStarted, *, now: datetime) -> StartFacts:
    return StartFacts(
        transaction_id=event.transaction_id,
        version=connection.version.value,
        evse_number=event.evse,
        connector_number=event.connector,
        id_token=event.id_token.text if event.id_token else "",
        id_token_type=event.id_token.type if event.id_token else "",
        meter_start_wh=event.meter_start_wh,
        stated_at=event.time.text,
        at=plausible_time(event.time, now=now),
        clock_plausible=event.time.at is not None,
        offline=event.offline,
        remote_start_id=event.remote_start_id,
        charging_state=event.charging_state,
        seq_no=event.seq_no,
        clock_behind=connection.clock_behind,
    )
