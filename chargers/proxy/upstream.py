"""The websocket to one back office of one connected charger: its connection, and everything sent over it."""

import asyncio
import contextlib
import logging
import random
import time
import uuid
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

import websockets
from websockets.asyncio.client import ClientConnection

from chargers.journal.group_commit import Journal, WorkResult
from chargers.protocol import fields, frames
from chargers.protocol.frames import Call, CallError, CallResult, Payload, Send, Version
from chargers.proxy import records, upstream_socket
from chargers.proxy.backlog import Answer, Backlog, resolve
from chargers.proxy.call_values import ForwardedCall, LeaderReply, NoAnswer, UpstreamAnswer
from chargers.proxy.quota import Quota
from chargers.proxy.records import UpstreamExchange, UpstreamScope
from chargers.upstreams import plan, translation
from chargers.upstreams.plan import UpstreamFacts, Waiting
from chargers.upstreams.translation import Ids, Kind, Withheld

logger = logging.getLogger(__name__)

MAX_OUTSTANDING = 64
MAX_EARLY = 64
MAX_UNSENT = 1000
GIVE_UP_S = 60.0
"""How long a back office may take for a transaction's message before we reconnect and repeat it."""
_TRANSIENT_S = 30.0
_GREETING_S = 5.0
_LONGEST_PAUSE_S = 15.0
_STABLE_S = 10.0
_CLOSE_S = 5.0
_STRAYS = 20
_QUOTA_S = 10.0
_LOST = "lost the connection before it answered"
_goodbyes: set[asyncio.Future[None]] = set()
Commanded = Callable[["UpstreamSocket", Call, str], None]
Greeting = Callable[[], Awaitable[list[tuple[str, Payload]]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """The parts of the charger's connection that an upstream socket needs."""

    charger_pk: int
    version: Version
    connection_id: uuid.UUID
    journal: Journal
    commanded: Commanded
    greeting: Greeting


class _LostError(Exception):
    """The connection is no longer usable; the message is the reason."""


class UpstreamSocket:
    """The websocket to one back office.

    Create and start it on the event loop. `is_up` and `cause` may be read from any thread.
    """

    def __init__(self, facts: UpstreamFacts, home: Home, *, joins_late: bool) -> None:
        self.facts = facts
        self.ids = Ids()
        self.open_commands = 0
        self.cause = "is being connected to"
        self._home = home
        self._scope = UpstreamScope(charger_pk=home.charger_pk, version=home.version, facts=facts)
        self._greets = joins_late
        self._trying_first = True
        self._mute = False
        self._socket: ClientConnection | None = None
        self._backlog = Backlog(
            charger_pk=home.charger_pk,
            upstream_pk=facts.pk,
            connection_id=home.connection_id,
            journal=home.journal,
        )
        self._pending: dict[str, Answer] = {}
        self._early: deque[tuple[ForwardedCall, Answer]] = deque()
        self._tasks: set[asyncio.Task[object]] = set()
        self._unsent = 0
        self._strays = Quota(_STRAYS, within_s=_QUOTA_S)
        self._runner: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._runner = asyncio.create_task(self._run())

    @property
    def is_up(self) -> bool:
        """Whether an answer can be expected: connected and responding, or connecting for the first time."""
        return not self._mute and (self._trying_first or self._socket is not None)

    @property
    def is_connected(self) -> bool:
        return self._socket is not None

    @property
    def is_idle(self) -> bool:
        """Whether nothing is on its way any more."""
        return self._backlog.is_empty and not (self._early or self._pending)

    def mute(self, cause: str) -> None:
        """Marks it as not answering: we wait for no replies until it sends something again."""
        self._mute, self.cause = True, cause

    def change(self, facts: UpstreamFacts) -> None:
        """Applies changes that need no new connection: its role and permitted commands."""
        self.facts = facts
        self._scope = UpstreamScope(charger_pk=self._home.charger_pk, version=self._home.version, facts=facts)

    def forward(self, forwarded_call: ForwardedCall) -> Answer | None:
        """Passes a call on, or stores it for later; the future gets the answer. None if the call is not passed on."""
        if isinstance(forwarded_call.call, Send):
            self._spawn(self._send_only(forwarded_call))
            return None
        if self.facts.pk in forwarded_call.delivered_to:
            return None
        forward_id = forwarded_call.stored_message_ids.get(self.facts.pk)
        if forward_id is not None:
            return self._backlog.take(forward_id, forwarded_call)
        future: Answer = asyncio.get_running_loop().create_future()
        if self._socket is not None:
            self._spawn(self._send_transient(self._socket, forwarded_call, future))
        elif self._trying_first:
            if len(self._early) >= MAX_EARLY:
                resolve(self._early.popleft()[1], NoAnswer("was not connected yet, and too much waited for it"))
            self._early.append((forwarded_call, future))
        else:
            return None
        return future

    def send(self, frame: CallResult | CallError) -> None:
        """Replies to a command of the back office, if it is still connected."""
        if self._unsent >= MAX_UNSENT and self._socket is not None:
            self._socket.transport.abort()
        elif self._socket is not None:
            self._unsent += 1
            self._spawn(self._answer(self._socket, frames.dump(frame)))

    async def close(self) -> None:
        """Ends the connection and everything that waits for it."""
        if self._runner is not None:
            self._runner.cancel()
            await asyncio.wait({self._runner}, timeout=_CLOSE_S)
        self._handle_disconnect("is not connected any more")
        for task in list(self._tasks):
            task.cancel()
        self._record(partial(records.mark_disconnected, self._scope, cause="", now=_now(), next_try_at=None))

    # Internals: the connection.

    async def _run(self) -> None:
        await self._home.journal.submit(self._take_over_backlog, failed=_empty_result)
        attempt = 0
        while True:
            began = time.monotonic()
            try:
                socket = await upstream_socket.dial(self.facts, version=self._home.version)
            except upstream_socket.FailedError as exc:
                cause = str(exc)
            else:
                cause = await self._serve(socket)
                attempt = 0 if time.monotonic() - began > _STABLE_S else attempt
            self._handle_disconnect(cause)
            pause = min(2.0**attempt, _LONGEST_PAUSE_S) * random.uniform(0.75, 1.25)  # noqa: S311 - against a herd
            attempt += 1
            next_try_at = _now() + timedelta(seconds=pause)
            self._record(
                partial(records.mark_disconnected, self._scope, cause=cause, now=_now(), next_try_at=next_try_at)
            )
            await asyncio.sleep(pause)

    def _take_over_backlog(self) -> WorkResult:
        """Runs in the journal's thread."""
        home = self._home
        plan.take_over_backlog(home.charger_pk, self.facts.pk, connection_id=home.connection_id)
        self.ids = plan.ids_of(home.charger_pk, self.facts.pk)
        return WorkResult()

    async def _serve(self, socket: ClientConnection) -> str:
        """Exchanges messages until the connection ends; returns why it did."""
        self._socket, self._mute, self._trying_first = socket, False, False
        self._record(partial(records.mark_connected, self._scope, now=_now()))
        tasks = {asyncio.create_task(self._read(socket)), asyncio.create_task(self._write(socket))}
        try:
            ended_tasks, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            return _describe_end(ended_tasks)
        finally:
            self._socket = None
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            goodbye = asyncio.ensure_future(socket.close(1001))  # nobody waits for their answers
            _goodbyes.add(goodbye)
            goodbye.add_done_callback(_goodbyes.discard)

    def _handle_disconnect(self, cause: str) -> None:
        self._trying_first, self.cause = False, cause
        self._greets = True
        no_answer = NoAnswer(cause)
        for answer in (*self._pending.values(), *(answer for _, answer in self._early)):
            resolve(answer, no_answer)
        self._pending.clear()
        self._early.clear()
        self._backlog.give_up(no_answer)

    async def _write(self, socket: ClientConnection) -> None:
        """Sends the greeting and the charger's state first, then queued messages."""
        if self._greets:
            for action, payload in await self._home.greeting():
                reply = await self._request(socket, Call(str(uuid.uuid4()), action, payload), limit_s=_GREETING_S)
                if isinstance(reply, NoAnswer):
                    break
        while self._early:
            forwarded_call, future = self._early.popleft()
            self._spawn(self._send_transient(socket, forwarded_call, future))
        while True:
            await self._deliver(socket, await self._backlog.next())

    async def _read(self, socket: ClientConnection) -> None:
        async for message in socket:
            text = message if isinstance(message, str) else message.decode("utf-8", errors="replace")
            self._mute = False
            frame = frames.parse(text, version=self._home.version)
            match frame:
                case CallResult() | CallError():
                    future = self._pending.pop(frame.message_id, None)
                    if future is None:
                        self._record_stray(text, "It answers nothing that waits for an answer.")
                    else:
                        resolve(future, UpstreamAnswer(frame, 0))
                case Call():
                    self._home.commanded(self, frame, text)
                case _:
                    self._record_stray(text, "It is no message that a back office sends.")

    # Internals: messages to deliver.

    async def _deliver(self, socket: ClientConnection, waiting: Waiting) -> None:
        """Delivers one message of a transaction; the next one follows only after its answer."""
        try:
            await self._deliver_waiting(socket, waiting)
        except BaseException:
            self._backlog.put_back()
            raise

    async def _deliver_waiting(self, socket: ClientConnection, waiting: Waiting) -> None:
        payload = records.parse_payload(waiting.payload)
        translated = translation.convert_upward(waiting.action, payload, version=self._home.version, ids=self.ids)
        sent_at = _now()
        if isinstance(translated, Withheld):
            self._settle_waiting(waiting, payload, request="", sent_at=sent_at, reply=None, note=translated.sentence)
            return
        call = Call(str(waiting.id), waiting.action, translated)
        began = time.monotonic()
        reply = await self._request(socket, call, limit_s=GIVE_UP_S)
        if isinstance(reply, NoAnswer):
            raise _LostError(reply.cause)
        reply = UpstreamAnswer(reply.frame, round((time.monotonic() - began) * 1000))
        self._learn_transaction_id(waiting, reply)
        self._settle_waiting(waiting, payload, request=frames.dump(call), sent_at=sent_at, reply=reply, note="")

    def _learn_transaction_id(self, waiting: Waiting, reply: UpstreamAnswer) -> None:
        if waiting.action != "StartTransaction" or not isinstance(reply.frame, CallResult):
            return
        external_id = fields.integer(reply.frame.payload.get("transactionId"))
        own_id = fields.integer(waiting.transaction_ref)
        if external_id is not None and own_id is not None:
            self.ids.learn(Kind.TRANSACTION, own_id=own_id, external_id=external_id)

    def _settle_waiting(
        self,
        waiting: Waiting,
        payload: Payload,
        *,
        request: str,
        sent_at: datetime,
        reply: UpstreamAnswer | None,
        note: str,
    ) -> None:
        waiter, decision_id = self._backlog.settle(waiting)
        exchange = UpstreamExchange(
            message_id=str(waiting.id),
            action=waiting.action,
            payload=payload,
            request=request or frames.dump(Call(str(waiting.id), waiting.action, payload)),
            sent_at=sent_at,
            reply=reply,
            transaction_ref=waiting.transaction_ref,
            decision_id=decision_id,
            forward_id=waiting.id,
            late=waiter is None or waiter.done(),
            note=note,
        )
        self._record(partial(records.log_exchange, self._scope, exchange, now=_now()))
        if waiter is not None:
            resolve(waiter, reply or NoAnswer("never learned that this transaction began"))

    # Internals: everything else.

    async def _send_transient(self, socket: ClientConnection, forwarded_call: ForwardedCall, future: Answer) -> None:
        """Sends a call that is useful now or never."""
        translated = translation.convert_upward(
            forwarded_call.call.action, forwarded_call.call.payload, version=forwarded_call.version, ids=self.ids
        )
        if isinstance(translated, Withheld):
            resolve(future, NoAnswer("did not ask for this"))
            return
        call = Call(str(uuid.uuid4()), forwarded_call.call.action, translated)
        began, sent_at = time.monotonic(), _now()
        reply = await self._request(socket, call, limit_s=_TRANSIENT_S)
        if isinstance(reply, UpstreamAnswer):
            reply = UpstreamAnswer(reply.frame, round((time.monotonic() - began) * 1000))
        late = future.done()
        resolve(future, reply)
        exchange = UpstreamExchange(
            message_id=call.message_id,
            action=call.action,
            payload=forwarded_call.call.payload,
            request=frames.dump(call),
            sent_at=sent_at,
            reply=reply,
            transaction_ref=forwarded_call.transaction_ref,
            decision_id=forwarded_call.decision_id,
            late=late,
        )
        self._record(partial(records.log_exchange, self._scope, exchange, now=_now()))

    async def _request(self, socket: ClientConnection, call: Call, *, limit_s: float) -> LeaderReply:
        if len(self._pending) >= MAX_OUTSTANDING:
            return NoAnswer(f"has not answered {MAX_OUTSTANDING} messages yet")
        future: Answer = asyncio.get_running_loop().create_future()
        self._pending[call.message_id] = future
        try:
            async with asyncio.timeout(limit_s):
                await socket.send(frames.dump(call))
                return await future
        except TimeoutError:
            return NoAnswer(f"did not answer within {limit_s:.0f} s")
        except websockets.ConnectionClosed:
            return NoAnswer(_LOST)
        finally:
            self._pending.pop(call.message_id, None)

    async def _send_only(self, forwarded_call: ForwardedCall) -> None:
        if self._socket is not None and isinstance(forwarded_call.call, Send):
            with contextlib.suppress(websockets.ConnectionClosed, TimeoutError):
                async with asyncio.timeout(_GREETING_S):
                    await self._socket.send(frames.dump(forwarded_call.call))

    async def _answer(self, socket: ClientConnection, text: str) -> None:
        try:
            with contextlib.suppress(websockets.ConnectionClosed, TimeoutError):
                async with asyncio.timeout(_TRANSIENT_S):
                    await socket.send(text)
        finally:
            self._unsent -= 1

    def _record_stray(self, text: str, fault: str) -> None:
        if self._strays.has_room():
            self._record(partial(records.log_stray, self._scope, text=text, fault=fault, now=_now()))

    def _record(self, work: Callable[[], WorkResult]) -> None:
        self._home.journal.put(work, failed=_empty_result, callback=_ignore_result)

    def _spawn(self, work: Awaitable[None]) -> None:
        task: asyncio.Task[object] = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _describe_end(ended_tasks: set[asyncio.Task[None]]) -> str:
    """Returns why a connection ended, phrased to follow a name."""
    for task in ended_tasks:
        exc = task.exception()
        match exc:
            case _LostError():
                return str(exc)
            case websockets.ConnectionClosed() if exc.sent is not None and exc.sent.code == 1009:
                return f"sent more than {upstream_socket.MAX_BYTES // 1024} KiB at once"
            case websockets.ConnectionClosed() if exc.rcvd is not None:
                return f"closed the connection ({exc.rcvd.code}{f': {exc.rcvd.reason}' if exc.rcvd.reason else ''})"
            case None:
                return "closed the connection"
            case websockets.ConnectionClosed():
                return "broke the connection off, or fell silent"
            case Exception():
                logger.error("A line to a back office ended with a fault of ours", exc_info=exc)
                return "could not be spoken to because of a fault of ours"
    return "closed the connection"


def _empty_result(_: Exception) -> WorkResult:
    return WorkResult()


async def _ignore_result(_: object) -> None:
    return None


def _now() -> datetime:
    return datetime.now(tz=UTC)
