"""Group commit: messages of many chargers share a transaction, and the answers are sent after its commit.

One writer thread per process with one persistent connection takes all pending work, runs it in order inside one
transaction, stores all messages and meter values in bulk, commits, and only then releases the answers. A piece of work
is a function that may use the ORM and has no effect outside the database: if anything in a batch fails, the whole batch
is rolled back and each piece is run again in a transaction of its own.
"""

import asyncio
import logging
import queue
import threading
import time
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from itertools import takewhile
from typing import Any

import orjson
from django.db import InterfaceError, OperationalError, connection, transaction

from authorization.decide import decisions, prefetch
from authorization.decide.prefetch import Prefetch
from authorization.models import Decision, Opinion
from chargers.fleet import presence
from chargers.lib import metrics
from chargers.text import masking
from chargers.transactions import recording
from chargers.transactions.recording import MeterValueRow, Progress
from chargers.upstreams import backends

logger = logging.getLogger(__name__)

MAX_BATCH = 250
_RETRY_S = 0.5
_STOP = object()


@dataclass(slots=True)
class MessageRow:
    """The columns of a `Message` to store. Not a model instance, because thousands arrive per second."""

    id: uuid.UUID
    charger_id: int
    direction: str
    ocpp_version: str
    request_at: datetime
    request: str
    message_type: int | None = None
    message_id: str = ""
    action: str = ""
    evse_number: int | None = None
    uid: str = ""
    transaction_ref: str = ""
    answer_at: datetime | None = None
    answer: str | None = None
    answer_type: int | None = None
    verdict: str = ""
    is_error: bool = False
    fault: str = ""
    decision_id: uuid.UUID | None = None
    origin: str = ""
    upstream: str = ""
    answered_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LateAnswer:
    """The answer to a `Message` that was stored without one."""

    id: uuid.UUID
    answer: str
    answer_at: datetime
    answer_type: int
    verdict: str
    is_error: bool = False
    fault: str = ""
    decision_id: uuid.UUID | None = None
    answered_by: str = ""


@dataclass(slots=True)
class WorkResult:
    """The result of a piece of work: a value for its caller, and rows to store in the same transaction."""

    value: Any = None
    messages: Sequence[MessageRow] = ()
    answers: Sequence[LateAnswer] = ()
    meter_values: Sequence[MeterValueRow] = ()
    progress: Sequence[Progress] = ()
    decisions: Sequence[Decision] = ()
    deviations: Sequence[presence.DeviationReport] = ()
    opinions: Sequence[Opinion] = ()
    delivered: Sequence[uuid.UUID] = ()
    """Messages that other back offices have received: see `Forward`."""
    heard: presence.HeardCharger | None = None
    """A charger that sent something and whose `last_message_at` must be updated."""


Work = Callable[[], WorkResult]
Failed = Callable[[Exception], WorkResult]


@dataclass(frozen=True, slots=True)
class Later:
    """The value of a result whose answer needs a slow call, such as a partner's reply.

    `wait` runs on the event loop, outside any transaction, and never raises; `work` turns its result into the outcome
    that is stored and answered. The consumer continues reading meanwhile.
    """

    wait: Callable[[], Awaitable[Any]]
    work: Callable[[Any], WorkResult]
    failed: Failed
    at_once: Callable[[Any], str | None] | None = None
    """Returns the answer on the event loop if nothing has to be stored before it is sent."""


@dataclass(slots=True)
class _Item:
    work: Work
    failed: Failed
    then: Callable[[Any], Awaitable[None]]
    tap: Prefetch | None = None
    outcome: WorkResult = field(default_factory=WorkResult)
    gave_up: bool = False

    def give_up(self, exc: Exception) -> None:
        """Replaces the work: it only stores what `failed` makes of the exception."""
        outcome = self.failed(exc)
        self.work = lambda: outcome
        self.gave_up = True


is_last_try: ContextVar[bool] = ContextVar("is_last_try", default=True)
"""Whether failing work is not retried, so that it must guard failures with a savepoint.

In a batch's first run, a failure costs the batch a second round with each piece alone, while savepoints would cost
every round.
"""


class Journal:
    """The writer of one process. Create it on the event loop that its callers run on."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._queue: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._releasing: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._write, name="journal", daemon=True)
        self._thread.start()

    def put(
        self, work: Work, *, failed: Failed, callback: Callable[[Any], Awaitable[None]], tap: Prefetch | None = None
    ) -> None:
        """Queues work; `callback` gets `Outcome.value` on the event loop after the commit, and must not wait long.

        `failed` turns an exception of the work into the outcome to store and answer instead; it must not raise. While
        PostgreSQL is away `callback` waits, because only stored messages are answered. `tap` is set if the work only
        decides about this card, so that facts can be loaded together for the batch.
        """
        self._queue.put(_Item(work=work, failed=failed, then=callback, tap=tap))

    async def submit(self, work: Work, *, failed: Failed) -> Any:
        """Queues work and waits for its value."""
        future: asyncio.Future[Any] = self._loop.create_future()

        async def resolve(value: Any) -> None:
            if not future.done():
                future.set_result(value)

        self.put(work, failed=failed, callback=resolve)
        return await future

    async def close(self) -> None:
        """Writes queued work, then ends the thread."""
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
                start_s = time.perf_counter()
                self._commit(items)
                _measure(items, seconds=time.perf_counter() - start_s)
                self._loop.call_soon_threadsafe(self._release, items)
            if stop:
                connection.close()
                return

    def _release(self, items: list[_Item]) -> None:
        task = self._loop.create_task(_run_continuations(items))
        self._releasing.add(task)
        task.add_done_callback(self._releasing.discard)

    def _commit(self, items: list[_Item]) -> None:
        token = is_last_try.set(False)
        try:
            self._store(items)
        except Exception as exc:  # noqa: BLE001 - the top of an edge: whatever it is, each piece gets its own try
            if _is_connection_lost(exc):
                _wait_for_database()
            is_last_try.set(True)
            for item in items:
                self._commit_alone(item)
        finally:
            is_last_try.reset(token)

    def _commit_alone(self, item: _Item) -> None:
        while True:
            try:
                self._store([item])
            except Exception as exc:
                if _is_connection_lost(exc):
                    _wait_for_database()
                    continue
                logger.exception("A charger's message could not be handled")
                if item.gave_up:  # not even the failure can be stored: then nothing is answered
                    item.outcome = WorkResult()
                    return
                item.give_up(exc)
            else:
                return

    def _store(self, items: list[_Item]) -> None:
        with transaction.atomic():
            _run(items)
            store([item.outcome for item in items])


def _measure(items: list[_Item], *, seconds: float) -> None:
    """Updates metrics once per batch rather than per frame, because labels cost a lock each."""
    metrics.COMMIT_SECONDS.observe(seconds)
    metrics.BATCH_SIZE.observe(len(items))
    messages = Counter((row.direction, row.ocpp_version) for item in items for row in item.outcome.messages)
    for (direction, version), count in messages.items():
        metrics.MESSAGES.labels(direction=direction, version=version).inc(count)
    decided = Counter((row.verdict, row.reason) for item in items for row in item.outcome.decisions)
    for (verdict, reason), count in decided.items():
        metrics.DECISIONS.labels(verdict=verdict, reason=reason or "none").inc(count)


def store(outcomes: Sequence[WorkResult]) -> None:
    """Stores the rows of the results. Call it in the transaction that the work ran in."""
    _insert(
        [row for outcome in outcomes for row in outcome.messages],
        decided=[row for outcome in outcomes for row in outcome.decisions],
    )
    _store_answers([late for outcome in outcomes for late in outcome.answers])
    recording.store_meter_values([row for outcome in outcomes for row in outcome.meter_values])
    recording.store_progress([row for outcome in outcomes for row in outcome.progress])
    now = datetime.now(tz=UTC)
    presence.count_deviations([deviation for outcome in outcomes for deviation in outcome.deviations], now=now)
    if opinions := [row for outcome in outcomes for row in outcome.opinions]:
        Opinion.objects.bulk_create(opinions)
    if delivered := [delivery for outcome in outcomes for delivery in outcome.delivered]:
        backends.mark_delivered(delivered, now=now)
    presence.record_heard([outcome.heard for outcome in outcomes if outcome.heard is not None], now=now)


def _run(items: list[_Item]) -> None:
    """Runs the work in order.

    Leading cards share one query for their facts, because nothing can change these in between.
    """
    taps = [item.tap for item in takewhile(lambda item: item.tap is not None, items) if item.tap is not None]
    with prefetch.load_facts(taps):
        for item in items[: len(taps)]:
            item.outcome = item.work()
    for item in items[len(taps) :]:
        item.outcome = item.work()


async def _run_continuations(items: list[_Item]) -> None:
    """Calls `then` in one task per batch rather than per frame, because none of them waits for a network."""
    for item in items:
        try:
            await item.then(item.outcome.value)
        except Exception:
            logger.exception("An answer could not be sent")


def _is_connection_lost(exc: Exception) -> bool:
    if not isinstance(exc, OperationalError | InterfaceError):
        return False
    if connection.connection is not None and connection.is_usable():
        return False
    connection.close()
    return True


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


_COLUMNS = [column.name for column in fields(MessageRow)]
_NAMES = ", ".join(_COLUMNS)
_INSERT = f"""
    INSERT INTO chargers_message ({_NAMES})
    SELECT {_NAMES} FROM json_populate_recordset(NULL::chargers_message, %s)
"""  # noqa: S608 - names of our own


def _insert(messages: list[MessageRow], *, decided: list[Decision]) -> None:
    """Inserts all rows of both kinds with one statement and one JSON text per kind.

    This is the cheapest way from Python, faster than COPY; one statement for both, because every card needs both.
    """
    match bool(messages), bool(decided):
        case True, True:
            sql, values = f"WITH decided AS ({decisions.INSERT}) {_INSERT}", [decisions.serialize(decided)]
        case True, False:
            sql, values = _INSERT, []
        case False, True:
            decisions.store(decided)
            return
        case _:
            return
    with connection.cursor() as cursor:
        cursor.execute(sql, [*values, _dump_masked_rows(messages)])


def _dump_masked_rows(rows: list[MessageRow]) -> str:
    for row in rows:
        row.request = masking.conceal_frame(row.request, action=row.action)
        if row.answer is not None:
            row.answer = masking.conceal_frame(row.answer, action=row.action)
    text = orjson.dumps(rows)
    if b"\\u0000" in text:
        for row in rows:
            _replace_nul_chars(row)
        text = orjson.dumps(rows)
    return text.decode()


_LATE = [column.name for column in fields(LateAnswer) if column.name != "id"]
_ANSWER = f"""
    UPDATE chargers_message m SET {", ".join(f"{name} = late.{name}" for name in _LATE)}
    FROM json_populate_recordset(NULL::chargers_message, %s) late WHERE m.id = late.id
"""  # noqa: S608 - names of our own


def _store_answers(answers: list[LateAnswer]) -> None:
    if answers:
        with connection.cursor() as cursor:
            cursor.execute(_ANSWER, [orjson.dumps(answers).decode()])


def _replace_nul_chars(row: MessageRow) -> None:
    """Replaces NUL, which PostgreSQL cannot store, by a visible character."""
    for column in _COLUMNS:
        value = getattr(row, column)
        if isinstance(value, str) and "\x00" in value:
            setattr(row, column, value.replace("\x00", "\ufffd"))
