"""The websocket of one charger: bytes in, bytes out, without business logic.

Every frame goes to the journal as work in the order of its arrival, and the consumer continues reading; the answer
leaves when the work's transaction is committed. One CALL at a time goes out to the charger.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from asgiref.sync import sync_to_async
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from chargers.commands import queue
from chargers.gateway import exchange, switchboard
from chargers.gateway.in_flight import InFlight
from chargers.gateway.pace import Pace, pause_s
from chargers.handshake import admission, failures, request
from chargers.journal.connection import Connection, Outgoing
from chargers.journal.group_commit import Journal, Later, WorkResult
from chargers.lib import ids
from chargers.models import Charger
from chargers.protocol import frames
from chargers.protocol.frames import CallError, CallResult
from chargers.proxy.call_values import ForwardedResult
from chargers.proxy.relay import Relay
from chargers.upstreams import plan
from chargers.upstreams.plan import UpstreamPlan

logger = logging.getLogger(__name__)

HEARD_EVERY_S = 15.0
MAX_IN_FLIGHT = 2
"""The calls of one charger in the journal at a time.

With more, other chargers would wait for one that sends without pause.
"""
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
PROTOCOL_ERROR, POLICY_VIOLATION, SUPERSEDED = 1002, 1008, 4001


class _PlainConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    """A bare websocket consumer."""

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Skips what Channels does for every message: a thread hop, two tasks, and a Redis channel of its own."""
        self.scope, self.base_send = scope, send
        with contextlib.suppress(StopConsumer):
            while True:
                message = await receive()
                await getattr(self, message["type"].replace(".", "_"))(message)


class ChargerConsumer(_PlainConsumer):
    """One connection of one charger."""

    connection: Connection | None = None
    _relay: Relay | None = None
    _board: switchboard.Switchboard
    _journal: Journal
    _in_flight: InFlight
    _pending: Outgoing | None = None
    _timeout: asyncio.TimerHandle | None = None
    _looking = _look_again = False
    _alive = _is_open = _was_flooding = False
    _heard_at = _began_at = 0.0
    _pace: Pace
    _change_seen: datetime | None = None

    async def websocket_connect(self, _message: dict[str, Any]) -> None:
        began_at = time.monotonic()
        answer = self.scope.get("admitted") or await self._handshake()
        if isinstance(answer, admission.Refused):
            await _wait_for_refusal_time(began_at)
            await self._deny(answer)
            raise StopConsumer
        await self.accept(answer.subprotocol)
        if answer.version is None:
            await self.close(PROTOCOL_ERROR)
            return
        await self._open(
            Connection(
                charger=answer.charger,
                version=answer.version,
                id=ids.generate(now=_now()),
                arrival=answer.arrival,
                new_password=answer.new_password,
                fingerprint=answer.fingerprint,
            )
        )

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self.connection is None:
            return
        if not await self._keeps_pace(text_data, bytes_data):
            return
        received_at = _now()
        text = text_data if text_data is not None else (bytes_data or b"").decode("utf-8", errors="replace")
        frame = frames.parse(text, version=self.connection.version)
        if isinstance(frame, CallResult | CallError) and self._is_answer(frame, text, received_at):
            return
        if not await self._waits_for_answers(frame):
            return
        await self._in_flight.begin()
        self._began_at = time.monotonic()
        is_presence_due = self._is_heard_due()
        self._journal.put(
            partial(
                exchange.handle_frame,
                self.connection,
                text=text,
                frame=frame,
                now=received_at,
                is_presence_due=is_presence_due,
            ),
            failed=partial(exchange.received_failed, self.connection, text=text, frame=frame, now=received_at),
            callback=self._answer,
            tap=exchange.prefetch_for(self.connection, frame, now=received_at),
        )

    async def _keeps_pace(self, text: str | None, raw: bytes | None) -> bool:
        """Delays reading if the charger sends too fast; returns False if it floods us and its connection ends."""
        at = time.monotonic()
        wait_s = self._pace.wait_s(len(text) if text is not None else len(raw or b""), now=at)
        if not wait_s:
            return True
        if self._pace.is_flooding:
            return await self._end_flood()
        await asyncio.sleep(wait_s)
        return True

    async def _waits_for_answers(self, frame: frames.Incoming) -> bool:
        """Makes a charger wait for its answers if it ran too far ahead; returns False if it floods us and its
        connection ends.
        """
        if not self._in_flight.unanswered or isinstance(frame, frames.Send):
            return True
        self._pace.run_ahead(frame.action if isinstance(frame, frames.Call) else "", now=time.monotonic())
        if self._pace.is_flooding:
            return await self._end_flood()
        if self._pace.is_far_ahead:
            await self._in_flight.until_all_answered()
            await asyncio.sleep(pause_s(time.monotonic() - self._began_at))
            self._pace.waited(now=time.monotonic())
        return True

    async def _end_flood(self) -> bool:
        if self._alive:
            logger.warning("%s floods us: its connection is closed", self.scope["path"])
            self._alive, self._was_flooding = False, True
            await self.close(POLICY_VIOLATION)
        return False

    async def disconnect(self, code: int) -> None:
        if self.connection is None:
            return
        self._alive, self.connection.has_ended = False, True
        self._board.unplug(self.connection.charger.pk, self)  # before the end is queued: see Switchboard._beat
        self._board.paces.leave(self._pace, now=time.monotonic())
        self._end_pending()
        if self._was_flooding:
            code = POLICY_VIOLATION  # regardless of the charger's own close code
        await self._journal.submit(
            partial(exchange.end_connection, self.connection, code=code, now=_now()), failed=_empty_result
        )
        if self._relay is not None:
            await self._relay.close()

    # Called by the switchboard.

    def send_next(self) -> None:
        """Sends the next waiting command unless a CALL is pending or a command is already being fetched."""
        if self.connection is None or not self._alive or self._pending is not None:
            return
        if self._looking:
            self._look_again = True
            return
        self._looking, self._look_again = True, False
        self._journal.put(
            partial(exchange.next_command, self.connection, now=_now()), failed=_empty_result, callback=self._send
        )

    async def end_superseded(self) -> None:
        """Ends this connection, which a newer one of the same charger has replaced."""
        if self.connection is not None:
            self.connection.has_ended = True
        if self._relay is not None:
            await self._relay.abort()
        if self._alive:
            self._alive = False
            await self.close(SUPERSEDED)

    async def look_at_upstreams(self, *, changed_at: datetime | None = None) -> None:
        """Reloads the charger's other back offices after a change; a known change costs nothing."""
        if self.connection is None or not self._alive:
            return
        if changed_at is not None and changed_at == self._change_seen:
            return
        self._change_seen = changed_at or self._change_seen
        plan = await self._journal.submit(partial(_load_plan, self.connection.charger.pk), failed=_empty_result)
        if plan is not None:
            await self._apply_upstream_plan(plan)

    # Internals.

    async def _apply_upstream_plan(self, plan: UpstreamPlan) -> None:
        connection = self.connection
        assert connection is not None
        if self._relay is None and plan.upstreams:
            self._relay = Relay(
                charger_pk=connection.charger.pk,
                version=connection.version,
                connection_id=connection.id,
                journal=self._journal,
                send_next=self.send_next,
            )
        connection.relay = self._relay
        if self._relay is not None:
            await self._relay.follow(plan, joins_late=self._is_open)
        if not plan.upstreams:
            self._relay = connection.relay = None

    async def _handshake(self) -> admission.Admitted | admission.Refused:
        handshake = request.handshake_of(self.scope, trusted=settings.TRUSTED_PROXIES)
        return await sync_to_async(_admit, thread_sensitive=False)(handshake)

    async def _open(self, connection: Connection) -> None:
        self._board = switchboard.get_current()
        self._journal = self._board.journal
        connection.gateway_id = self._board.id
        self._in_flight = InFlight(MAX_IN_FLIGHT)
        self._pace = self._board.paces.join(connection.charger.pk, now=time.monotonic())
        self._alive = True
        self._heard_at = time.monotonic()
        self._tasks: set[asyncio.Task[None]] = set()
        self.connection = connection
        registration = await self._journal.submit(
            partial(exchange.register_connection, connection, now=_now()), failed=_empty_result
        )
        if registration is not None and not registration.is_admitted:
            await self.end_superseded()
            return
        await self._board.plug(connection.charger.pk, self)
        if registration is not None and registration.upstreams.upstreams:
            await self._apply_upstream_plan(registration.upstreams)
        self._is_open = True
        if registration is None or registration.has_waiting:  # later commands come with a nudge, or with the next poll
            self.send_next()

    async def _deny(self, refused: admission.Refused) -> None:
        if "websocket.http.response" in self.scope.get("extensions", {}):
            start = {"type": "websocket.http.response.start", "status": refused.status, "headers": refused.headers}
            await self.base_send(start)
            await self.base_send({"type": "websocket.http.response.body", "body": refused.sentence.encode()})
        else:  # without the extension, a server can only send 403
            await self.close()

    async def _answer(self, answer: str | Later | ForwardedResult | None) -> None:
        """Answers a call after its work is done."""
        self._in_flight.end_work()
        await self._reply(answer)

    async def _reply(self, answer: str | Later | ForwardedResult | None) -> None:
        if isinstance(answer, ForwardedResult):
            answer = self._forward(answer)
        if isinstance(answer, Later):
            task = asyncio.create_task(self._answer_later(answer))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            return
        self._in_flight.answer()
        if answer is not None and self._alive:
            await self._send_text(answer)

    async def _send_text(self, text: str) -> None:
        """Sends to a socket that may be closing at this moment."""
        try:
            await self.send(text)
        except Exception:
            logger.exception("An answer could not be sent")

    def _forward(self, result: ForwardedResult) -> str | Later | None:
        """Forwards the call. Returns the charger's answer, independent of failures of the other back offices."""
        try:
            return self._relay.forward(result) if self._relay else result.answer_if_disconnected()
        except Exception:
            logger.exception("A call could not be passed on to the other back offices")
            return result.answer_if_disconnected()

    async def _answer_later(self, later: Later) -> None:
        """Answers a call that waits; releases its slot even on failure."""
        try:
            await self._wait_and_answer(later)
        except Exception:
            logger.exception("A call that waited could not be answered; the charger sends it again")
            self._in_flight.answer()

    async def _wait_and_answer(self, later: Later) -> None:
        result = await later.wait()
        if later.immediate_answer is not None and (text := later.immediate_answer(result)) is not None:
            await self._reply(text)
            self._journal.put(partial(later.work, result), failed=later.failed, callback=_ignore_result)
            return
        async with self._board.going_on:
            answer = await self._journal.submit(partial(later.work, result), failed=later.failed)
        await self._reply(answer)

    def _is_heard_due(self) -> bool:
        now = time.monotonic()
        if now - self._heard_at < HEARD_EVERY_S:
            return False
        self._heard_at = now
        return True

    # Commands: one pending CALL (OCPP-J 1.6 4.1.1).

    async def _send(self, outgoing: Outgoing | None) -> None:
        self._looking = False
        if outgoing is None:
            if self._look_again:
                self.send_next()
            return
        self._pending = outgoing
        self._timeout = asyncio.get_running_loop().call_later(
            queue.ANSWER_TIMEOUT.total_seconds(), self._give_up, outgoing.message_id
        )
        if self._alive:
            await self.send(outgoing.text)

    def _is_answer(self, frame: CallResult | CallError, text: str, now: datetime) -> bool:
        """Takes the charger's answer to our CALL; False if we have no such CALL pending."""
        outgoing = self._pending
        if outgoing is None or self.connection is None or frame.message_id != outgoing.message_id:
            return False
        self._end_pending()
        self._journal.put(
            partial(
                exchange.handle_answer,
                self.connection,
                outgoing,
                frame=frame,
                text=text,
                now=now,
                is_presence_due=self._is_heard_due(),
            ),
            failed=_empty_result,
            callback=partial(self._command_ended, outgoing, frame),
        )
        return True

    def _give_up(self, message_id: str) -> None:
        outgoing = self._pending
        if outgoing is None or outgoing.message_id != message_id:
            return
        self._end_pending()
        self._journal.put(
            partial(exchange.handle_timeout, outgoing, now=_now()),
            failed=_empty_result,
            callback=partial(self._command_ended, outgoing, None),
        )

    def _end_pending(self) -> None:
        self._pending = None
        if self._timeout:
            self._timeout.cancel()
            self._timeout = None

    async def _command_ended(self, outgoing: Outgoing, frame: CallResult | CallError | None, _: object) -> None:
        if self._relay is not None:
            self._relay.answered(outgoing.command_id, frame)
        self.send_next()


class NobodyConsumer(_PlainConsumer):
    """Any other websocket address: 404 with a sentence about the address for chargers."""

    async def websocket_connect(self, _message: dict[str, Any]) -> None:
        began_at = time.monotonic()
        handshake = request.handshake_of(self.scope, trusted=settings.TRUSTED_PROXIES)
        if handshake.presented_id:
            await sync_to_async(failures.wrong_address, thread_sensitive=False)(handshake, path=self.scope["path"])
        await _wait_for_refusal_time(began_at)
        if "websocket.http.response" in self.scope.get("extensions", {}):
            await self.base_send({"type": "websocket.http.response.start", "status": 404, "headers": []})
            body = b"Nothing is here. Chargers connect to /ocpp/<charger id>."
            await self.base_send({"type": "websocket.http.response.body", "body": body})
        else:
            await self.close()
        raise StopConsumer


def _admit(handshake: request.Handshake) -> admission.Admitted | admission.Refused:
    """Runs in a thread whose database connection is reused, and may have died since the last handshake."""
    connection.close_if_unusable_or_obsolete()
    try:
        return admission.admit(handshake, now=_now())
    except (OperationalError, InterfaceError):
        logger.warning("PostgreSQL is away: a charger was asked to come back later")
        connection.close()
        return admission.Refused(status=503, sentence="Come back in a moment.", headers=((b"retry-after", b"5"),))


async def _wait_for_refusal_time(began_at: float) -> None:
    """Waits so that every refusal takes the same time, because its duration must not reveal whether the charger id
    exists.
    """
    await asyncio.sleep(max(began_at + admission.REFUSED_AFTER_S - time.monotonic(), 0.0))


async def _ignore_result(_: object) -> None:
    return None


def _load_plan(charger_pk: int) -> WorkResult:
    return WorkResult(value=plan.load(Charger.objects.get(pk=charger_pk)))


def _empty_result(_: Exception) -> WorkResult:
    return WorkResult()


def _now() -> datetime:
    return datetime.now(tz=UTC)
