"""Records transactions as reported: always stored, each effect once, even for repeated, late or odd messages."""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce, Greatest

from chargers.lib import ids
from chargers.models import Charger, Transaction, number_ranges
from chargers.sentences import stored
from chargers.sentences.cases import CaseCode
from chargers.sentences.stored import Sentences
from chargers.transactions import starts
from chargers.transactions.starts import StartFacts

LATE_AFTER = timedelta(minutes=2)
BELIEVED_AHEAD = timedelta(minutes=5)
"""A stated time further in the future than this is replaced by the time of receipt."""
NOTHING_ODD = Transaction.Case.NONE
_MAX_POWER_W = 400_000
_ENERGY_SLACK_WH = 25_000
_MAX_FROM_ZERO_WH = 300_000


@dataclass(frozen=True, slots=True)
class StopFacts:
    """A reported stop. `transaction_id` is the wire id; "" if the charger never got one (0 or below)."""

    transaction_id: str
    version: str
    id_token: str
    meter_stop_wh: int | None
    stated_at: str
    at: datetime
    reason: str
    evse_number: int | None = None
    seq_no: int | None = None


@dataclass(frozen=True, slots=True)
class ReadingFacts:
    """All values sampled at one time; energy in Wh, power in W.

    `samples` is the received JSON text, for the record; `kinds` names what was sampled.
    """

    stated_at: str
    at: datetime
    register_wh: int | None
    power_w: int | None
    soc_pct: int | None
    context: str
    samples: str
    kinds: str


@dataclass(slots=True)
class MeterValueRow:
    """The columns of a `MeterValue` to store. Not a model instance, because thousands arrive per second."""

    id: uuid.UUID
    charger_id: int
    transaction_id: int | None
    evse_number: int | None
    at: datetime
    stated_at: str
    received_at: datetime
    register_wh: int | None
    power_w: int | None
    soc_pct: int | None
    context: str
    samples: orjson.Fragment


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of a running transaction in one message: sequence number, state, newest values."""

    transaction_pk: int
    seq_no: int | None = None
    charging_state: str = ""
    reading: ReadingFacts | None = None


@dataclass(frozen=True, slots=True)
class RecordedRow:
    """The row, and whether this report was the first one."""

    transaction: Transaction
    is_new: bool


def record_start(charger: Charger, facts: StartFacts, *, now: datetime) -> RecordedRow:
    """Records a start once: a repeat finds the first one's row and gets the same transaction id.

    A 1.6 repeat is recognised by connector, token, register and stated time (`start_key`). With an implausible clock
    many different starts look alike, so the key is valid only while the first is open. A 2.x repeat is recognised by
    its id, until the charger clearly uses that id for another transaction (`reuse`).
    """
    key = starts.key_of(charger, facts) if facts.transaction_id is None else None
    if key is not None and (early := starts.stopped_before(charger, facts, key=key, now=now)):
        return _begun_stopped(early, facts, key=key, now=now)
    if key is not None and facts.clock_plausible and (row := _create(charger, facts, key=key, reuse=0, now=now)):
        return _record_new_start(charger, row, facts)  # the common case costs no query first
    transaction = starts.existing(charger, facts, key=key)
    another = transaction is not None and starts.is_another(transaction, facts)
    if transaction and not another:
        return RecordedRow(transaction=transaction, is_new=starts.fill(transaction, facts, now=now))
    reuse = transaction.reuse + 1 if transaction and another else 0
    row = _create(charger, facts, key=key, reuse=reuse, now=now)
    if row is None:  # another process recorded the same start meanwhile
        same = Q(starts.build_match_query(facts, key=key), charger=charger, reuse=reuse)
        return RecordedRow(transaction=Transaction.objects.get(same), is_new=False)
    return _record_new_start(charger, row, facts)


def _record_new_start(charger: Charger, row: Transaction, facts: StartFacts) -> RecordedRow:
    end_unstopped(charger, evse_number=facts.evse_number, before=facts.at)
    return RecordedRow(transaction=row, is_new=True)


def _begun_stopped(row: Transaction, facts: StartFacts, *, key: str, now: datetime) -> RecordedRow:
    starts.begin_stopped(row, facts, key=key, now=now)
    odd = _case_of_energy(row, meter_stop_wh=row.meter_stop_wh, at=row.stopped_at or facts.at)
    if odd:
        Transaction.objects.filter(pk=row.pk).update(**odd)
        row.refresh_from_db()
    return RecordedRow(transaction=row, is_new=True)


def record_decision(row: Transaction, *, decision_id: Any, status: str) -> None:
    """Stores the answer to the charger, and its decision."""
    Transaction.objects.filter(pk=row.pk).update(decision_id=decision_id, authorization_status=status)


def led_by(row: Transaction, leader: str) -> None:
    """Stores which other back office decides about this transaction and bills it; "" costs nothing."""
    if leader:
        row.upstream = leader
        Transaction.objects.filter(pk=row.pk).update(upstream=leader[:100])


def record_token(row: Transaction, id_token: str, *, type_: str, order: int | None = None) -> None:
    """Stores the token of a transaction that began without one: a cable before a card, or the start we ordered."""
    row.id_token, row.id_token_type = id_token[:255], type_[:40]
    row.remote_start_id = order if order is not None else row.remote_start_id
    Transaction.objects.filter(pk=row.pk).update(
        id_token=row.id_token, id_token_type=row.id_token_type, remote_start_id=row.remote_start_id
    )


def record_stop(charger: Charger, facts: StopFacts, *, now: datetime) -> RecordedRow:
    """Records a stop once: the first counts. A stop without a matching start becomes a case and is never refused.

    A stop matched by card and outlet counts only until the stop that names the transaction arrives.
    """
    row = starts.find(charger, facts.transaction_id, at=facts.at)
    is_named = row is not None
    if row is None and (facts.version == "1.6" or not facts.transaction_id):
        row = _meant_by_unknown_stop(charger, facts, now=now)
    if row is None:
        return RecordedRow(transaction=_case_of_unknown_stop(charger, facts, now=now), is_new=True)
    guessed = row.guessed_stop_id if is_named else ""
    if guessed and _is_same_stop(row, facts):
        Transaction.objects.filter(pk=row.pk).update(guessed_stop_id="")
        return RecordedRow(transaction=row, is_new=False)
    unstopped = Q(stopped_at=None) | Q(stop_received_at=None) | Q(case=Transaction.Case.NEVER_STOPPED)
    if guessed:
        unstopped |= Q(guessed_stop_id=guessed)
        earlier = _facts_of_stop(row, transaction_id="" if guessed == starts.NO_ID else guessed)
        earlier_received_at = row.stop_received_at or now
    changes: dict[str, Any] = {
        "stopped_at": max(facts.at, row.started_at),
        "stated_stop": facts.stated_at[:64],
        "early_stop_at": facts.at if facts.at < row.started_at else None,
        "stop_received_at": now,
        "meter_stop_wh": facts.meter_stop_wh,
        "stop_reason": facts.reason[:50],
        "stop_id_token": facts.id_token[:255],
        "guessed_stop_id": "" if is_named else (facts.transaction_id or starts.NO_ID)[:255],
        "charging_state": "",
        "power_w": None,
        **({"case": "", "case_sentences": ()} | _case_of_energy(row, meter_stop_wh=facts.meter_stop_wh, at=facts.at)),
    }
    if not Transaction.objects.filter(unstopped, pk=row.pk).update(**changes):
        row.refresh_from_db()
        return RecordedRow(transaction=row, is_new=False)
    if guessed:
        _case_of_unknown_stop(charger, earlier, now=earlier_received_at)
    for name, value in changes.items():
        setattr(row, name, value)
    return RecordedRow(transaction=row, is_new=True)


def _is_same_stop(row: Transaction, facts: StopFacts) -> bool:
    """Whether this is the row's stop, now with the right id."""
    return (row.stated_stop, row.meter_stop_wh) == (facts.stated_at[:64], facts.meter_stop_wh)


def _facts_of_stop(row: Transaction, *, transaction_id: str) -> StopFacts:
    """Returns the row's stop as it was reported with that id."""
    return StopFacts(
        transaction_id=transaction_id,
        version=row.ocpp_version,
        id_token=row.stop_id_token,
        meter_stop_wh=row.meter_stop_wh,
        stated_at=row.stated_stop,
        at=row.reported_stop_at or row.started_at,
        reason=row.stop_reason,
    )


def end_unstopped(charger: Charger, *, evse_number: int | None, before: datetime) -> int:
    """Ends open transactions of an EVSE that has begun another one, at their last reading (or start), as a case.

    A later stop replaces this end. One statement; returns their number.
    """
    if evse_number is None:
        return 0
    open_transactions = Transaction.objects.filter(charger=charger, evse_number=evse_number, started_at__lt=before)
    return end_without_stop(open_transactions, why=CaseCode.NEVER_STOPPED)


def end_without_stop(rows: QuerySet[Transaction], *, why: CaseCode) -> int:
    """Ends open transactions at their last reading (or start), as a case that a later stop replaces.

    One statement; returns their number.
    """
    return rows.filter(stopped_at=None).update(
        stopped_at=Greatest(Coalesce("register_at", "started_at"), "started_at"),
        meter_stop_wh=F("register_wh"),
        power_w=None,
        charging_state="",
        case=Transaction.Case.NEVER_STOPPED,
        case_sentences=stored.build_sentence(why),
    )


def meter_value(
    charger_pk: int, reading: ReadingFacts, *, row_id: int | None, evse_number: int | None, ref: str, now: datetime
) -> MeterValueRow:
    """Makes a row whose id is its natural key, for `store_meter_values`. `ref` is the transaction id on the wire."""
    key = f"{charger_pk}|{evse_number}|{ref}|{reading.stated_at}|{reading.kinds}"
    return MeterValueRow(
        id=ids.derive_from_key(at=reading.at, key=key),
        charger_id=charger_pk,
        transaction_id=row_id,
        evse_number=evse_number,
        at=reading.at,
        stated_at=reading.stated_at,
        received_at=now,
        register_wh=reading.register_wh,
        power_w=reading.power_w,
        soc_pct=reading.soc_pct,
        context=reading.context,
        samples=orjson.Fragment(reading.samples),
    )


def store_meter_values(rows: Sequence[MeterValueRow]) -> None:
    """Stores all rows in one statement; existing samples are left unchanged."""
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(_METER_VALUES_SQL, [orjson.dumps(rows).decode()])


def store_progress(progress: Sequence[Progress]) -> None:
    """Updates the newest facts of running transactions, never back to older ones, all in one statement."""
    if not progress:
        return
    newest: dict[int, Progress] = {}
    numbers: dict[int, set[int]] = {}
    for update in progress:
        before = newest.get(update.transaction_pk)
        newest[update.transaction_pk] = update if before is None else _merge_progress(before, update)
        if update.seq_no is not None:
            numbers.setdefault(update.transaction_pk, set()).add(update.seq_no)
    rows = [newest[key] for key in sorted(newest)]
    readings = [row.reading for row in rows]
    columns: list[list[Any]] = [
        [row.transaction_pk for row in rows],
        [row.seq_no for row in rows],
        [number_ranges.of_numbers(numbers.get(row.transaction_pk, set())) for row in rows],
        [row.charging_state[:30] for row in rows],
        [reading.at if reading else None for reading in readings],
        [reading.register_wh if reading else None for reading in readings],
        [min(reading.power_w, _MAX_INT32) if reading and reading.power_w is not None else None for reading in readings],
        [reading.soc_pct if reading else None for reading in readings],
    ]
    with connection.cursor() as cursor:
        cursor.execute(_PROGRESS_SQL, columns)


def _create(charger: Charger, facts: StartFacts, *, key: str | None, reuse: int, now: datetime) -> Transaction | None:
    """Creates the row; None if one with its key exists. One statement, because starts arrive in queues."""
    row = Transaction(
        charger=charger,
        transaction_id="" if facts.transaction_id is None else facts.transaction_id[:255],
        reuse=reuse,
        start_key=key,
        ocpp_version=facts.version,
        evse_number=facts.evse_number,
        connector_number=facts.connector_number,
        id_token=facts.id_token[:255],
        id_token_type=facts.id_token_type[:40],
        remote_start_id=facts.remote_start_id,
        started_at=facts.at,
        stated_start=facts.stated_at[:64],
        start_received_at=now,
        meter_start_wh=facts.meter_start_wh,
        register_wh=facts.meter_start_wh,
        register_at=facts.at if facts.meter_start_wh is not None else None,
        offline=facts.offline or now - facts.at - facts.clock_behind > LATE_AFTER,
        charging_state=facts.charging_state[:30],
        last_seq_no=facts.seq_no,
    )
    with connection.cursor() as cursor:
        cursor.execute(_START_SQL, [orjson.dumps({name: getattr(row, name) for name in _START_COLUMNS}).decode()])
        new_ids = cursor.fetchone()
    if new_ids is None:
        return None
    row.id, row.transaction_id = new_ids
    row._state.adding = False
    return row


def _meant_by_unknown_stop(charger: Charger, facts: StopFacts, *, now: datetime) -> Transaction | None:
    """Returns the one transaction that was open then and fits by card and outlet, or the one that this very stop ended.

    For a 1.6 stop with an id that is not ours: chargers that began offline invent one, or forget the one they got.
    """
    ran = Transaction.objects.filter(charger=charger)
    if facts.stated_at:
        ended = ran.filter(stated_stop=facts.stated_at[:64], meter_stop_wh=facts.meter_stop_wh)
        ended = ended.filter(stop_id_token=facts.id_token[:255]).exclude(case=Transaction.Case.STOP_WITHOUT_START)
        if before := ended.first():
            return before
    outlets = starts.outlets_of_unknown(charger, facts.transaction_id, now=now)
    later = ran.filter(evse_number=OuterRef("evse_number"), started_at__gt=OuterRef("started_at"))
    closed = Q(~Exists(later.filter(started_at__lte=facts.at)), case=Transaction.Case.NEVER_STOPPED)
    fitting = ran.filter(Q(stopped_at=None) | closed, started_at__lte=facts.at)
    if outlets:
        fitting = fitting.filter(Q(evse_number__in=outlets) | Q(evse_number=None))
    if facts.id_token:
        fitting = fitting.filter(id_token__iexact=facts.id_token)
    if not outlets and not facts.id_token:
        return None
    transactions = list(fitting[:2])
    return transactions[0] if len(transactions) == 1 else None


def _case_of_unknown_stop(charger: Charger, facts: StopFacts, *, now: datetime) -> Transaction:
    """Stores a stop without a known start once: a repeat finds the same case."""
    transaction_ref = facts.transaction_id or starts.NO_ID
    natural = f"stop|{charger.pk}|{transaction_ref}|{facts.id_token}|{facts.meter_stop_wh}|{facts.stated_at}"
    key = hashlib.sha256(natural.encode()).hexdigest()
    row, _ = Transaction.objects.get_or_create(
        charger=charger,
        start_key=key,
        defaults={
            "transaction_id": _id_of_unknown(facts, key),
            "ocpp_version": facts.version,
            "evse_number": facts.evse_number,
            "id_token": facts.id_token[:255],
            "started_at": facts.at,
            "start_received_at": now,
            "stopped_at": facts.at,
            "stated_stop": facts.stated_at[:64],
            "stop_received_at": now,
            "meter_stop_wh": facts.meter_stop_wh,
            "stop_reason": facts.reason[:50],
            "stop_id_token": facts.id_token[:255],
            "offline": True,
            "case": Transaction.Case.STOP_WITHOUT_START,
            "case_sentences": stored.build_sentence(CaseCode.NEVER_STARTED, transaction=transaction_ref),
        },
    )
    return row


def _id_of_unknown(facts: StopFacts, key: str) -> str:
    """Returns the row's id.

    In 2.x it is the charger's own, so that a late start finds the row; in 1.6 it is not ours.
    """
    if facts.version != "1.6" and facts.transaction_id:
        return facts.transaction_id[:255]
    return starts.orphan_id(facts.transaction_id, key)


def _case_of_energy(row: Transaction, *, meter_stop_wh: int | None, at: datetime) -> dict[str, str | Sentences]:
    """Detects a register that fell, or more energy than any charger could deliver: never billed without a review.

    A stop before the start is not checked, because its times contradict each other, which pricing detects.
    """
    if row.meter_start_wh is None or meter_stop_wh is None:
        return {}
    energy_wh = meter_stop_wh - row.meter_start_wh
    seconds = (at - row.started_at).total_seconds()
    if energy_wh < 0:
        why = stored.build_sentence(CaseCode.REGISTER_FELL, begin=row.meter_start_wh, end=meter_stop_wh)
    elif row.meter_start_wh == 0 and energy_wh > _MAX_FROM_ZERO_WH:
        why = stored.build_sentence(CaseCode.FROM_ZERO, end=meter_stop_wh)
    elif seconds >= 0 and energy_wh > _MAX_POWER_W * seconds / 3600 + _ENERGY_SLACK_WH:
        took = f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
        why = stored.build_sentence(CaseCode.TOO_MUCH_ENERGY, energy_kwh=f"{energy_wh / 1000:.3f}", took=took)
    else:
        return {}
    return {"case": Transaction.Case.IMPLAUSIBLE_ENERGY, "case_sentences": why}


def _merge_progress(progress: Progress, new: Progress) -> Progress:
    """Merges progress: the newer values count, and missing ones are taken from the older reading."""
    later = progress.seq_no is None or (new.seq_no is not None and new.seq_no > progress.seq_no)
    return Progress(
        transaction_pk=progress.transaction_pk,
        seq_no=new.seq_no if later else progress.seq_no,
        charging_state=(new.charging_state if later else "") or progress.charging_state,
        reading=_merged_reading(progress.reading, new.reading),
    )


def _merged_reading(facts: ReadingFacts | None, new: ReadingFacts | None) -> ReadingFacts | None:
    if facts is None or new is None:
        return facts or new
    older, newer = (facts, new) if new.at >= facts.at else (new, facts)
    return replace(
        newer,
        register_wh=newer.register_wh if newer.register_wh is not None else older.register_wh,
        power_w=newer.power_w if newer.power_w is not None else older.power_w,
        soc_pct=newer.soc_pct if newer.soc_pct is not None else older.soc_pct,
    )


_MAX_INT32 = 2**31 - 1

_START_COLUMNS = [column.attname for column in Transaction._meta.concrete_fields if column.attname != "id"]
_START_NAMES = ", ".join(f'"{name}"' for name in _START_COLUMNS if name != "transaction_id")
_START_SQL = f"""
    INSERT INTO chargers_transaction (id, transaction_id, {_START_NAMES})
    SELECT new.id, coalesce(nullif(transaction_id, ''), new.id::text), {_START_NAMES}
    FROM (SELECT nextval(pg_get_serial_sequence('chargers_transaction', 'id')) AS id) AS new,
         (SELECT transaction_id, {_START_NAMES} FROM json_populate_record(NULL::chargers_transaction, %s)) AS row
    ON CONFLICT DO NOTHING RETURNING id, transaction_id
"""  # noqa: S608 - names of our own

_NAMES = ", ".join(column.name for column in fields(MeterValueRow))
_METER_VALUES_SQL = f"""
    INSERT INTO chargers_metervalue ({_NAMES})
    SELECT {_NAMES} FROM json_populate_recordset(NULL::chargers_metervalue, %s)
    ON CONFLICT (id) DO NOTHING
"""  # noqa: S608 - names of our own

_SEQ_NOS = "(t.seq_nos + p.seq_nos)"
# For a station with gaps everywhere the row would grow to megabytes, so its gaps are counted anew.
_PROGRESS_SQL = f"""
    UPDATE chargers_transaction AS t SET
        last_seq_no = greatest(t.last_seq_no, p.seq_no),
        seq_nos = CASE WHEN pg_column_size({_SEQ_NOS}) > 4000 THEN int8multirange(range_merge({_SEQ_NOS}))
                       ELSE {_SEQ_NOS} END,
        is_incomplete = {_SEQ_NOS} <> int8multirange(range_merge({_SEQ_NOS})),
        charging_state = CASE WHEN p.state <> '' AND t.stopped_at IS NULL
                                   AND coalesce(p.seq_no >= t.last_seq_no, true) THEN p.state ELSE t.charging_state END,
        register_wh = CASE WHEN p.is_newest THEN coalesce(p.register_wh, t.register_wh) ELSE t.register_wh END,
        register_at = CASE WHEN p.is_newest AND p.register_wh IS NOT NULL THEN p.at ELSE t.register_at END,
        power_w = CASE WHEN p.is_newest AND t.stopped_at IS NULL THEN coalesce(p.power_w, t.power_w) ELSE t.power_w END,
        soc_pct = CASE WHEN p.is_newest THEN coalesce(p.soc_pct, t.soc_pct) ELSE t.soc_pct END
    FROM (SELECT row.*, coalesce(row.at >= known.register_at, row.at IS NOT NULL) AS is_newest
          FROM unnest(%s::int[], %s::bigint[], %s::int8multirange[], %s::text[], %s::timestamptz[], %s::bigint[],
                      %s::int[], %s::smallint[])
               AS row (id, seq_no, seq_nos, state, at, register_wh, power_w, soc_pct)
          JOIN chargers_transaction AS known ON known.id = row.id) AS p
    WHERE t.id = p.id
"""  # noqa: S608 - of constants
