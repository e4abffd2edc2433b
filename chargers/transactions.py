"""Transactions as chargers report them: recorded always, each effect once, whatever comes twice, late or odd."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction

from chargers import ids
from chargers.models import Charger, MeterValue, Transaction

LATE_AFTER = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class StartFacts:
    """A reported start. `transaction_id` None: OCPP 1.6, where the id is ours to give."""

    transaction_id: str | None
    version: str
    evse_number: int | None
    connector_number: int | None
    id_token: str
    id_token_type: str
    meter_start_wh: int | None
    stated_at: str
    at: datetime
    clock_plausible: bool
    offline: bool = False
    remote_start_id: int | None = None
    charging_state: str = ""
    seq_no: int | None = None


@dataclass(frozen=True, slots=True)
class StopFacts:
    """A reported stop. `transaction_id` as on the wire; "" where the charger never learned it (0 or below)."""

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
    """All values sampled at one time. `samples` is what came, for the record; energy in Wh, power in W."""

    stated_at: str
    at: datetime
    register_wh: int | None
    power_w: int | None
    soc_pct: int | None
    context: str
    samples: Sequence[Any]


@dataclass(frozen=True, slots=True)
class Recorded:
    """The row, and whether this report was the first to bring it."""

    transaction: Transaction
    is_new: bool


def record_start(charger: Charger, facts: StartFacts, *, now: datetime) -> Recorded:
    """Records a start once: a repeat finds the first one's row and so gets the same transaction id.

    A 1.6 repeat is known by connector, token, register and stated time (`start_key`). With a clock that
    cannot be believed many different starts look alike, so there the key holds only while the first is open.
    """
    key = _start_key(charger, facts) if facts.transaction_id is None else None
    if known := _known_start(charger, facts, key=key):
        return Recorded(transaction=known, is_new=_fill_start(known, facts, now=now))
    try:
        with transaction.atomic():
            return Recorded(transaction=_create(charger, facts, key=key, now=now), is_new=True)
    except IntegrityError:
        # Another process recorded the same start between our look and our insert.
        known = _known_start(charger, facts, key=key)
        if known is None:
            raise
        return Recorded(transaction=known, is_new=False)


def record_decision(row: Transaction, *, decision_id: Any, status: str) -> None:
    """Notes what the charger was answered, and by which decision."""
    Transaction.objects.filter(pk=row.pk).update(decision_id=decision_id, authorization_status=status)


def record_progress(row: Transaction, *, seq_no: int | None, charging_state: str, reading: ReadingFacts | None) -> None:
    """Moves the running transaction's newest facts forward, never back."""
    changed: dict[str, Any] = {}
    if seq_no is not None and (row.last_seq_no is None or seq_no > row.last_seq_no):
        changed["last_seq_no"] = seq_no
        if charging_state:
            changed["charging_state"] = charging_state[:30]
    if reading is not None and (row.register_at is None or reading.at >= row.register_at):
        changed |= _newest_reading(reading)
    if changed:
        Transaction.objects.filter(pk=row.pk).update(**changed)


def record_stop(charger: Charger, facts: StopFacts, *, now: datetime) -> Recorded:
    """Records a stop once: the first stands. A stop that fits no start becomes a case, never a refusal."""
    row = find_open_for_stop(charger, facts) or find(charger, facts.transaction_id)
    if row is None:
        return Recorded(transaction=_case_of_unknown_stop(charger, facts, now=now), is_new=True)
    stopped = Transaction.objects.filter(pk=row.pk, stopped_at=None).update(
        stopped_at=max(facts.at, row.started_at),
        stated_stop=facts.stated_at[:64],
        stop_received_at=now,
        meter_stop_wh=facts.meter_stop_wh,
        stop_reason=facts.reason[:50],
        stop_id_token=facts.id_token[:255],
        charging_state="",
        power_w=None,
        **_case_of_energy(row, facts),
    )
    row.refresh_from_db()
    return Recorded(transaction=row, is_new=bool(stopped))


def find(charger: Charger, transaction_id: str) -> Transaction | None:
    """This charger's transaction with this id on the wire; another charger's is never found."""
    if not transaction_id:
        return None
    return Transaction.objects.filter(charger=charger, transaction_id=transaction_id[:255]).first()


def find_open_for_stop(charger: Charger, facts: StopFacts) -> Transaction | None:
    """For a stop without a usable id: the charger's one open transaction of that card, if exactly one."""
    if facts.transaction_id:
        return None
    found = list(Transaction.objects.filter(charger=charger, stopped_at=None, id_token__iexact=facts.id_token)[:2])
    return found[0] if len(found) == 1 else None


def open_on(charger: Charger, *, evse_number: int | None) -> Transaction | None:
    """The newest open transaction of an EVSE."""
    rows = Transaction.objects.filter(charger=charger, stopped_at=None, evse_number=evse_number)
    return rows.order_by("-started_at", "-id").first()


def meter_value(charger: Charger, reading: ReadingFacts, *, row_id: int | None, evse_number: int | None, ref: str,
                now: datetime) -> MeterValue:  # fmt: skip
    """An unsaved row whose id is its natural key; store it with `INSERT ... ON CONFLICT DO NOTHING`."""
    kinds = sorted(
        "/".join(str(sample.get(part, "")) for part in ("measurand", "phase", "location", "context"))
        for sample in reading.samples
        if isinstance(sample, dict)
    )
    key = "|".join([str(charger.pk), str(evse_number), ref, reading.stated_at, *kinds])
    return MeterValue(
        id=ids.derived(at=reading.at, key=key),
        charger_id=charger.pk,
        transaction_id=row_id,
        evse_number=evse_number,
        at=reading.at,
        stated_at=reading.stated_at[:64],
        received_at=now,
        register_wh=reading.register_wh,
        power_w=reading.power_w,
        soc_pct=reading.soc_pct,
        context=reading.context[:40],
        samples=list(reading.samples),
    )


def _create(charger: Charger, facts: StartFacts, *, key: str | None, now: datetime) -> Transaction:
    row_id = _next_id()
    return Transaction.objects.create(
        id=row_id,
        charger=charger,
        transaction_id=str(row_id) if facts.transaction_id is None else facts.transaction_id[:255],
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
        offline=facts.offline or now - facts.at > LATE_AFTER,
        charging_state=facts.charging_state[:30],
        last_seq_no=facts.seq_no,
    )


def _next_id() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('chargers_transaction', 'id'))")
        row = cursor.fetchone()
        assert row is not None
        return int(row[0])


def _start_key(charger: Charger, facts: StartFacts) -> str:
    natural = f"{charger.pk}|{facts.evse_number}|{facts.id_token}|{facts.meter_start_wh}|{facts.stated_at}"
    return hashlib.sha256(natural.encode()).hexdigest()


def _known_start(charger: Charger, facts: StartFacts, *, key: str | None) -> Transaction | None:
    if facts.transaction_id is not None:
        return find(charger, facts.transaction_id)
    known = Transaction.objects.filter(charger=charger, start_key=key).first()
    if known and not facts.clock_plausible and known.stopped_at is not None:
        # The same words from a charger without a clock, after the first one ended: another start.
        Transaction.objects.filter(pk=known.pk).update(start_key=None)
        return None
    return known


def _fill_start(known: Transaction, facts: StartFacts, *, now: datetime) -> bool:
    """A 2.x start that arrives after its own updates or its end completes their row; True if it did."""
    if facts.transaction_id is None or known.stated_start:
        return False
    known.stated_start = facts.stated_at[:64]
    known.started_at, known.start_received_at = min(facts.at, known.stopped_at or facts.at), now
    known.meter_start_wh = facts.meter_start_wh
    known.id_token, known.id_token_type = facts.id_token[:255], facts.id_token_type[:40]
    known.evse_number, known.connector_number = facts.evse_number, facts.connector_number
    known.remote_start_id = facts.remote_start_id
    if known.case == Transaction.Case.STOP_WITHOUT_START:
        known.case, known.case_detail = Transaction.Case.NONE, ""
    known.save()
    return True


def _case_of_unknown_stop(charger: Charger, facts: StopFacts, *, now: datetime) -> Transaction:
    """A stop whose start we never saw, kept once: a repeat finds the same case."""
    named = facts.transaction_id or "none"
    natural = f"stop|{charger.pk}|{named}|{facts.id_token}|{facts.meter_stop_wh}|{facts.stated_at}"
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
            "case_detail": f"The charger stopped transaction {named}, which it never started with us."[:255],
        },
    )
    return row


def _id_of_unknown(facts: StopFacts, key: str) -> str:
    """In 2.x the id is the charger's own, so that a start that comes late finds this row; in 1.6 it is not ours."""
    if facts.version != "1.6" and facts.transaction_id:
        return facts.transaction_id[:255]
    return f"unknown:{facts.transaction_id[:200]}:{key[:16]}"


def _case_of_energy(row: Transaction, facts: StopFacts) -> dict[str, str]:
    if row.meter_start_wh is None or facts.meter_stop_wh is None or facts.meter_stop_wh >= row.meter_start_wh:
        return {}
    detail = f"The register fell from {row.meter_start_wh} Wh to {facts.meter_stop_wh} Wh."
    return {"case": Transaction.Case.IMPLAUSIBLE_ENERGY, "case_detail": detail}


def _newest_reading(reading: ReadingFacts) -> dict[str, Any]:
    changed: dict[str, Any] = {}
    if reading.register_wh is not None:
        changed |= {"register_wh": reading.register_wh, "register_at": reading.at}
    if reading.power_w is not None:
        changed["power_w"] = max(min(reading.power_w, 2**31 - 1), -(2**31))
    if reading.soc_pct is not None:
        changed["soc_pct"] = reading.soc_pct
    return changed
