"""One websocket of a simulated charger: OCPP-J calls out, commands in, without interpreting them."""

import asyncio
import base64
import contextlib
import json
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import websockets
from websockets.asyncio.client import ClientConnection, connect

Payload = dict[str, Any]
Handler = Callable[[str, Payload], Awaitable[Payload | None]]
_CALL, _RESULT, _ERROR = 2, 3, 4
ANSWER_TIMEOUT_S = 30.0


class CallFailedError(Exception):
    """The central system answered a CALL with a CALLERROR."""


class RefusedError(Exception):
    """The central system refused the connection; the message has its status."""


class Link:
    """A connected charger. `handler` answers commands: a payload, or None for NotSupported.

    `loss` is why the connection ended; empty while it is open.
    """

    def __init__(self, socket: ClientConnection, handler: Handler) -> None:
        self._socket = socket
        self._handler = handler
        self._waiting: dict[str, asyncio.Future[Payload]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.loss = ""
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def open(cls, *, url: str, charger_id: str, password: str | None, version: str, handler: Handler) -> "Link":
        """Connects to `url`/`charger_id`. Raises RefusedError with the status of the handshake, or OSError."""
        headers = {}
        if password is not None:
            token = base64.b64encode(f"{charger_id}:{password}".encode()).decode()
            headers["Authorization"] = f"Basic {token}"
        try:
            socket = await connect(
                f"{url.rstrip('/')}/{charger_id}",
                subprotocols=[websockets.Subprotocol(f"ocpp{version}")],
                additional_headers=headers,
                ping_interval=30,
                proxy=None,
            )
        except websockets.InvalidStatus as exc:
            raise RefusedError(f"HTTP {exc.response.status_code}: {(exc.response.body or b'').decode()}") from exc
        except websockets.InvalidHandshake as exc:
            raise RefusedError(str(exc)) from exc
        return cls(socket, handler)

    @property
    def is_open(self) -> bool:
        return not self._reader.done()

    async def call(self, action: str, payload: Payload) -> Payload:
        """Sends a CALL and returns the answer's payload. Raises CallFailedError, TimeoutError, ConnectionError."""
        message_id = str(uuid.uuid4())
        future: asyncio.Future[Payload] = asyncio.get_running_loop().create_future()
        self._waiting[message_id] = future
        try:
            await self._socket.send(json.dumps([_CALL, message_id, action, payload]))
            return await asyncio.wait_for(future, ANSWER_TIMEOUT_S)
        except TimeoutError as exc:
            raise TimeoutError(f"{action} was not answered within {ANSWER_TIMEOUT_S:.0f} s.") from exc
        except websockets.ConnectionClosed as exc:
            raise ConnectionError(f"The connection was lost before the call: {exc}.") from exc
        finally:
            self._waiting.pop(message_id, None)
            _retrieve(future)

    async def close(self) -> None:
        await self._socket.close()
        self._reader.cancel()

    async def drop(self) -> None:
        """Drops the connection without closing it, as a power cut does."""
        self._socket.transport.abort()
        await asyncio.wait([self._reader], timeout=5)

    async def _read(self) -> None:
        try:
            async for text in self._socket:
                self._handle_frame(json.loads(text))
            self.loss = "it was closed"
        except websockets.ConnectionClosed as exc:
            self.loss = str(exc)
        finally:
            lost = ConnectionError(f"The connection was lost before the answer: {self.loss or 'it was left'}.")
            for future in self._waiting.values():
                if not future.done():
                    future.set_exception(lost)

    def _handle_frame(self, frame: list[Any]) -> None:
        match frame:
            case [2, str(message_id), str(action), dict(payload)]:
                task = asyncio.create_task(self._answer(message_id, action, payload))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            case [3, str(message_id), dict(payload)]:
                if (future := self._waiting.get(message_id)) and not future.done():
                    future.set_result(payload)
            case [4, str(message_id), str(code), str(text), *_]:
                if (future := self._waiting.get(message_id)) and not future.done():
                    future.set_exception(CallFailedError(f"{code}: {text}"))

    async def _answer(self, message_id: str, action: str, payload: Payload) -> None:
        reply = await self._handler(action, payload)
        frame: list[Any] = [_RESULT, message_id, reply]
        if reply is None:
            frame = [_ERROR, message_id, "NotSupported", f"{action} is not supported by this simulated charger", {}]
        with contextlib.suppress(websockets.ConnectionClosed):
            await self._socket.send(json.dumps(frame))


def _retrieve(future: asyncio.Future[Payload]) -> None:
    """Retrieves the exception of a call that failed while being sent, which asyncio would otherwise log."""
    if future.done() and not future.cancelled():
        future.exception()
