"""The connections of this process: its journal, its registry, and a periodic poll that replaces lost nudges.

Redis only carries nudges, on one channel per process, and may be down. Every few seconds one query finds commands
queued for a charger of this process, and chargers that have connected elsewhere since.
"""

import asyncio
import contextlib
import logging
import uuid
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Protocol

from channels.layers import get_channel_layer
from django.db import Error, connection
from redis.exceptions import RedisError

from chargers.commands import queue
from chargers.fleet import hardware_swaps, presence
from chargers.gateway import issuer_wait, liveness
from chargers.gateway.pace import Paces
from chargers.journal.connection import Connection
from chargers.journal.group_commit import Journal, WorkResult
from chargers.lib import ids, metrics, nudges, repeated_failures
from chargers.upstreams import backends

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 5.0
MAX_GOING_ON = 16
"""How many withheld answers continue at once.

When a silent provider's time is over, hundreds may continue in the same moment, and other messages should not queue
behind all of them.
"""
_RETRY_S = 1.0
_OVERLAP = timedelta(seconds=30)
_boards: dict[int, "Switchboard"] = {}


class ConnectedConsumer(Protocol):
    """The consumer's interface for the switchboard."""

    connection: Connection | None

    def send_next(self) -> None: ...
    def end_superseded(self) -> Coroutine[Any, Any, None]: ...
    def look_at_upstreams(self, *, changed_at: datetime | None = None) -> Coroutine[Any, Any, None]: ...


def get_current() -> "Switchboard":
    """Returns the switchboard of this process's event loop, made when the first charger connects."""
    key = id(asyncio.get_running_loop())
    if key not in _boards:
        _boards[key] = Switchboard()
    return _boards[key]


class Switchboard:
    """The switchboard of a process. Create it on the event loop of the consumers."""

    def __init__(self) -> None:
        self.id = ids.generate(now=datetime.now(tz=UTC))
        self.journal = Journal()
        self.paces = Paces()
        self.going_on = asyncio.Semaphore(MAX_GOING_ON)
        self._plugged: dict[int, ConnectedConsumer] = {}
        loop = asyncio.get_running_loop()
        self._looked_at = datetime.now(tz=UTC)
        watching = (
            _repeat_step(self._send_heartbeat, every_s=LOOK_EVERY_S),
            _repeat_step(self._poll_changes, every_s=LOOK_EVERY_S),
            _repeat_step(self._listen, every_s=_RETRY_S),
            _repeat_step(partial(issuer_wait.wake_concluded, self.journal), every_s=issuer_wait.LOOK_EVERY_S),
        )
        self._watching = [loop.create_task(watcher) for watcher in watching]
        self._tasks: set[asyncio.Task[None]] = set()

    async def plug(self, charger_pk: int, consumer: ConnectedConsumer) -> None:
        """Registers a connected consumer; an older one of the same charger in this process ends at once."""
        older = self._plugged.get(charger_pk)
        self._plugged[charger_pk] = consumer
        metrics.CONNECTIONS.set(len(self._plugged))
        if older is not None:
            await older.end_superseded()
        if consumer.connection:
            self._nudge_gateways({"type": "superseded", "charger": charger_pk, "by": str(consumer.connection.id)})

    def unplug(self, charger_pk: int, consumer: ConnectedConsumer) -> None:
        if self._plugged.get(charger_pk) is consumer:
            del self._plugged[charger_pk]
            metrics.CONNECTIONS.set(len(self._plugged))

    async def close(self) -> None:
        """Stops polling and writes queued work, if the loop ends before its process does."""
        for task in self._watching:
            task.cancel()
        _boards.pop(id(asyncio.get_running_loop()), None)
        await self.journal.close()

    async def _send_heartbeat(self) -> None:
        """Sends this process's heartbeat outside the journal, so that a long queue does not look like a crash."""
        if await asyncio.to_thread(_record_heartbeat, self.id):
            return
        # In the journal's order, so that a charger that disconnects later is also stored as disconnected later.
        connection_ids = {pk: consumer.connection.id for pk, consumer in self._plugged.items() if consumer.connection}
        await self.journal.submit(partial(_take_back, self.id, connection_ids), failed=_nothing_taken)

    async def _poll_changes(self) -> None:
        since, self._looked_at = self._looked_at, datetime.now(tz=UTC)
        if self._plugged:
            changes = await self.journal.submit(partial(_load_changes, since=since - _OVERLAP), failed=_nothing_seen)
            await self._act(*changes)

    def _nudge_gateways(self, message: dict[str, Any]) -> None:
        """Notifies the other gateways in the background, so that no charger waits for Redis."""
        task = asyncio.create_task(_send_nudge(message))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _listen(self) -> None:
        """Listens until Redis is away; the caller starts it again."""
        layer = get_channel_layer()
        with contextlib.suppress(RedisError, OSError):
            channel = await layer.new_channel()
            await layer.group_add(nudges.GATEWAYS, channel)
            while True:
                await self._handle_message(await layer.receive(channel))

    async def _handle_message(self, message: dict[str, Any]) -> None:
        if message["type"] == "validated":
            issuer_wait.wake_waiters([uuid.UUID(question_id) for question_id in message["questions"]])
            return
        consumer = self._plugged.get(message["charger"])
        if consumer is None or consumer.connection is None:
            return
        match message["type"]:
            case "waiting":
                consumer.send_next()
            case "upstreams":
                await _run_logging_errors(consumer.look_at_upstreams(), message["charger"])
            case "hang.up":
                await _run_logging_errors(consumer.end_superseded(), message["charger"])
            case "superseded" if message["by"] > str(consumer.connection.id):
                await _run_logging_errors(consumer.end_superseded(), message["charger"])

    async def _act(self, waiting: list[int], newest: dict[int, Any], changed: dict[int, datetime]) -> None:
        """Acts on the poll's results. A failure of one connection is logged and does not delay the others.

        `newest` has the one connection that each charger may have; None: its hardware was replaced, so none of before.
        """
        for charger_pk in waiting:
            if consumer := self._plugged.get(charger_pk):
                consumer.send_next()
        for charger_pk, at in changed.items():
            if consumer := self._plugged.get(charger_pk):
                await _run_logging_errors(consumer.look_at_upstreams(changed_at=at), charger_pk)
        for charger_pk, connection_id in newest.items():
            consumer = self._plugged.get(charger_pk)
            if consumer and consumer.connection and consumer.connection.id != connection_id:
                await _run_logging_errors(consumer.end_superseded(), charger_pk)


async def _run_logging_errors(step: Awaitable[None], charger_pk: int) -> None:
    try:
        await step
    except Exception:
        logger.exception("A charger's connection could not follow a change (charger %s)", charger_pk)


async def _repeat_step(step: Callable[[], Awaitable[None]], *, every_s: float) -> None:
    """Repeats a step for ever with a pause. A failure with one charger does not end it."""
    while True:
        try:
            await step()
        except Exception as exc:  # noqa: BLE001 - it is logged
            repeated_failures.log(
                logger, exc, "A regular look of this gateway failed; the next one comes in %s s", every_s
            )
        await asyncio.sleep(every_s)


async def _send_nudge(message: dict[str, Any]) -> None:
    await nudges.send_to_gateways(message)


def _record_heartbeat(gateway_id: uuid.UUID) -> bool:
    """Runs in any thread of the pool, with a database connection of its own that it closes.

    False for an unknown gateway: it is new, or was declared dead.
    """
    try:
        return liveness.record_heartbeat(gateway_id, now=datetime.now(tz=UTC))
    except Error:  # PostgreSQL is away or busy: the next beat comes in seconds
        logger.info("A beat of this gateway could not be stored")
        return True
    finally:
        connection.close()


def _take_back(gateway_id: uuid.UUID, connection_ids: dict[int, uuid.UUID]) -> WorkResult:
    if liveness.take_back(gateway_id, connection_ids, now=datetime.now(tz=UTC)):
        logger.warning("This gateway had been taken for dead; its chargers are shown as connected again")
    return WorkResult()


def _nothing_taken(_: Exception) -> WorkResult:
    return WorkResult()


def _load_changes(*, since: datetime) -> WorkResult:
    newest = {**presence.connections_since(since), **hardware_swaps.connections_of_replaced(since)}
    return WorkResult(value=(queue.waiting(), newest, backends.changed_since(since)))


def _nothing_seen(_: Exception) -> WorkResult:
    return WorkResult(value=([], {}, {}))
