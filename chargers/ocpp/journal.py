"""Group commit: what many chargers said goes into one transaction, and the answers leave after its commit.

One writer thread a process with one kept connection takes whatever work has gathered, runs it in order inside
one transaction, stores all messages and meter values in bulk, commits, and only then releases the answers.
A piece of work is a function that may use the ORM and has no effect outside the database: if anything in a
batch fails, the whole batch is rolled back and each piece is run again in a transaction of its own.
"""

import asyncio
import json
import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db import InterfaceError, OperationalError, connection, transaction

from chargers import fleet
from chargers.models import Message, MeterValue

logger = logging.getLogger(__name__)

MAX_BATCH = 250
_RETRY_S = 0.5
_STOP = object()


@dataclass(slots=True)
class Outcome:
    """What a piece of work leaves: a value for whoever waits, and rows to store in the same transaction."""

    value: Any = None
    messages: Sequence[Message] = ()
    meter_values: Sequence[MeterValue] = ()
    heard: int | None = None
    """Primary key of a charger that spoke and whose `last_message_at` is due."""


Work = Callable[[], Outcome]
Failed = Callable[[Exception], Outcome]


@dataclass(slots=True)
class _Item:
    work: Work
    failed: Failed
    future: "asyncio.Future[Any]"
    outcome: Outcome = field(default_factory=Outcome)
    gave_up: bool = False

    def give_up(self, exc: Exception) -> None:
        """From here on the work is only to store what `failed` makes of the exception."""
        outcome = self.failed(exc)
        self.work = lambda: outcome
        self.gave_up = True


class Journal:
    """The writer of one process. Create it on the event loop that its callers run on."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._queue: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write, name="journal", daemon=True)
        self._thread.start()

    def submit(self, work: Work, *, failed: Failed) -> "asyncio.Future[Any]":
        """Queues work; the future gets `Outcome.value` after the commit.

        `failed` turns an exception of the work into the outcome to store and answer instead; it must not raise.
        While PostgreSQL is away the future stays open: nothing is answered that is not stored.
        """
        future: asyncio.Future[Any] = self._loop.create_future()
        self._queue.put(_Item(work=work, failed=failed, future=future))
        return future

    async def close(self) -> None:
        """Writes what is queued, then ends the thread."""
        self._queue.put(_STOP)
        await self._loop.run_in_executor(None, self._thread.join)

    def _write(self) -> None:
        while True:
            batch = [self._queue.get()]
            while len(batch) < MAX_BATCH:
                try:
                    batch.append(self._queue.get_nowait())
                except queue.Empty:
                    break
            stop = _STOP in batch
            items = [item for item in batch if item is not _STOP]
            if items:
                self._commit(items)
                self._loop.call_soon_threadsafe(_release, items)
            if stop:
                connection.close()
                return

    def _commit(self, items: list[_Item]) -> None:
        try:
            self._store(items)
        except Exception as exc:  # noqa: BLE001 - the top of an edge: whatever it is, each piece gets its own try
            if _is_connection_lost(exc):
                _wait_for_database()
            for item in items:
                self._commit_alone(item)

    def _commit_alone(self, item: _Item) -> None:
        while True:
            try:
                self._store([item])
            except Exception as exc:
                if _is_connection_lost(exc):
                    _wait_for_database()
                    continue
                logger.exception("A charger's message could not be handled")
                if item.gave_up:  # not even the record of the failure can be stored: then nothing is answered
                    item.outcome = Outcome()
                    return
                item.give_up(exc)
            else:
                return

    def _store(self, items: list[_Item]) -> None:
        with transaction.atomic():
            for item in items:
                item.outcome = item.work()
            _insert_messages([row for item in items for row in item.outcome.messages])
            _insert_meter_values([row for item in items for row in item.outcome.meter_values])
            heard = sorted({item.outcome.heard for item in items if item.outcome.heard is not None})
            if heard:
                fleet.heard(heard, now=datetime.now(tz=UTC))


def _release(items: list[_Item]) -> None:
    for item in items:
        if not item.future.done():
            item.future.set_result(item.outcome.value)


def _is_connection_lost(exc: Exception) -> bool:
    if not isinstance(exc, OperationalError | InterfaceError):
        return False
    connection.close_if_unusable_or_obsolete()
    return connection.connection is None or not connection.is_usable()


def _wait_for_database() -> None:
    """Blocks until PostgreSQL answers again. The chargers' sockets stay open; their answers wait."""
    logger.warning("PostgreSQL is away: chargers wait for their answers until it is back")
    while True:
        connection.close()
        try:
            connection.ensure_connection()
        except OperationalError:
            time.sleep(_RETRY_S)
        else:
            logger.warning("PostgreSQL is back")
            return


_MESSAGE_COLUMNS = (
    "id", "charger_id", "direction", "upstream", "ocpp_version", "message_type", "message_id", "action",
    "evse_number", "uid", "transaction_ref", "request_at", "request", "answer_at", "answer", "answer_type",
    "verdict", "is_error", "fault", "decision_id", "origin",
)  # fmt: skip


def _insert_messages(rows: list[Message]) -> None:
    if not rows:
        return
    with connection.cursor() as cursor:
        sql = f"COPY chargers_message ({', '.join(_MESSAGE_COLUMNS)}) FROM STDIN"
        with cursor.copy(sql) as copy:
            for row in rows:
                copy.write_row([_storable(getattr(row, column)) for column in _MESSAGE_COLUMNS])


def _insert_meter_values(rows: list[MeterValue]) -> None:
    if not rows:
        return
    columns: list[list[Any]] = [
        [row.id for row in rows],
        [row.charger_id for row in rows],
        [row.transaction_id for row in rows],
        [row.evse_number for row in rows],
        [row.at for row in rows],
        [_storable(row.stated_at) for row in rows],
        [row.received_at for row in rows],
        [row.register_wh for row in rows],
        [row.power_w for row in rows],
        [row.soc_pct for row in rows],
        [_storable(row.context) for row in rows],
        [_storable(json.dumps(row.samples, default=str)) for row in rows],
    ]
    with connection.cursor() as cursor:
        cursor.execute(_METER_VALUES_SQL, columns)


_METER_VALUES_SQL = """
    INSERT INTO chargers_metervalue (id, charger_id, transaction_id, evse_number, at, stated_at, received_at,
                                     register_wh, power_w, soc_pct, context, samples)
    SELECT id, charger, transaction, evse, at, stated, received, register, power, soc, context, samples::jsonb
    FROM unnest(%s::uuid[], %s::bigint[], %s::int[], %s::int[], %s::timestamptz[], %s::text[], %s::timestamptz[],
                %s::bigint[], %s::bigint[], %s::smallint[], %s::text[], %s::text[])
         AS row (id, charger, transaction, evse, at, stated, received, register, power, soc, context, samples)
    ON CONFLICT (id) DO NOTHING
"""


def _storable(value: Any) -> Any:
    """PostgreSQL cannot store NUL: it becomes visible instead of being lost."""
    return value.replace("\x00", "\ufffd") if isinstance(value, str) and "\x00" in value else value
