"""A simulated second back office of chargers, for the demo, trials and tests.

It accepts some cards and refuses others, assigns its own transaction ids, and can be slow. Messages stay in order. It
speaks OCPP 1.6, 2.0.1 and 2.1, in the version that the charger offers.
"""

import asyncio
import base64
import contextlib
import itertools
import json
import socket
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

import websockets
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response

Payload = dict[str, Any]
VERSIONS = ("ocpp2.1", "ocpp2.0.1", "ocpp1.6")
_KEPT = 20_000
_HEARTBEAT_S = 600


@dataclass(slots=True, kw_only=True)
class Manner:
    """Its behaviour; may be changed while it runs.

    `cards` None: every card is accepted; others get the status `word`.
    """

    cards: frozenset[str] | None = None
    word: str = "Invalid"
    delay_s: float = 0
    password: str = ""
    interval_s: int = _HEARTBEAT_S


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenCall:
    """One call of a charger as it arrived."""

    charger_id: str
    message_id: str
    action: str
    payload: Payload
    at: datetime


DEMO_CARDS = frozenset(("PARTNER0001",))
PATH = "/ocpp"


@dataclass(slots=True)
class Partner:
    """The server. `seen` holds the newest calls, oldest first."""

    manner: Manner = field(default_factory=Manner)
    first_transaction_id: int = 900_001
    seen: deque[SeenCall] = field(default_factory=lambda: deque(maxlen=_KEPT))
    connections: dict[str, ServerConnection] = field(default_factory=dict)
    on_frame: Callable[[ServerConnection, list[Any]], Any] | None = None
    """Overrides the answer to a frame: a text is sent unchanged, an empty text means no answer, None the usual one."""
    _numbers: "itertools.count[int] | None" = None
    _answers: dict[str, "asyncio.Future[list[Any]]"] = field(default_factory=dict)
    _server: Server | None = None

    async def start(self, listener: socket.socket | None = None, *, tls: Any = None) -> str:
        """Starts listening, by default on a free local port. Returns the address to which chargers append their ids."""
        listener = listener or socket.create_server(("127.0.0.1", 0), backlog=1024)
        self._numbers = self._numbers or itertools.count(self.first_transaction_id)
        self._server = await serve(
            self._converse,
            sock=listener,
            ssl=tls,
            subprotocols=[websockets.Subprotocol(version) for version in VERSIONS],
            process_request=self._admit,
            compression=None,
        )
        host, port = listener.getsockname()[:2]
        return f"{'wss' if tls else 'ws'}://{host}:{port}{PATH}"

    async def stop(self) -> None:
        """Closes every connection and stops listening."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    def kill(self) -> None:
        """Stops without closing connections, like a machine that loses its power."""
        for connection in list(self.connections.values()):
            connection.transport.abort()
        if self._server is not None:
            self._server.close(close_connections=False)

    def received(self, action: str, *, charger_id: str = "") -> list[Payload]:
        """Returns the payloads of an action's calls, in order."""
        return [call.payload for call in self.seen if call.action == action and charger_id in {"", call.charger_id}]

    async def command(self, charger_id: str, action: str, payload: Payload, *, within_s: float = 20) -> list[Any]:
        """Sends a command to a charger. Returns the frame of its reply."""
        message_id = str(uuid.uuid4())
        future: asyncio.Future[list[Any]] = asyncio.get_running_loop().create_future()
        self._answers[message_id] = future
        await self.connections[charger_id].send(json.dumps([2, message_id, action, payload]))
        return await asyncio.wait_for(future, within_s)

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        if not self.manner.password:
            return None
        charger_id = unquote(request.path.rpartition("/")[2])
        expected = base64.b64encode(f"{charger_id}:{self.manner.password}".encode()).decode()
        if request.headers.get("Authorization") == f"Basic {expected}":
            return None
        return connection.respond(HTTPStatus.UNAUTHORIZED, "The user name or password is wrong.\n")

    async def _converse(self, connection: ServerConnection) -> None:
        request = connection.request
        charger_id = unquote(request.path.rpartition("/")[2]) if request else ""
        self.connections[charger_id] = connection
        with contextlib.suppress(websockets.ConnectionClosed):
            async for text in connection:
                await self._handle_frame(connection, charger_id, json.loads(text))
        if self.connections.get(charger_id) is connection:
            del self.connections[charger_id]

    async def _handle_frame(self, connection: ServerConnection, charger_id: str, frame: list[Any]) -> None:
        if frame[0] in {3, 4}:
            if (future := self._answers.pop(frame[1], None)) is not None and not future.done():
                future.set_result(frame)
            return
        _, message_id, action, payload = frame
        now = datetime.now(tz=UTC)
        self.seen.append(SeenCall(charger_id=charger_id, message_id=message_id, action=action, payload=payload, at=now))
        if self.manner.delay_s:
            await asyncio.sleep(self.manner.delay_s)
        reply = self.on_frame(connection, frame) if self.on_frame else None
        if reply is None:
            reply = json.dumps([3, message_id, self._answer(action, payload, now=now)])
        if reply:
            await connection.send(reply)

    def _answer(self, action: str, payload: Payload, *, now: datetime) -> Payload:
        time = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        match action:
            case "BootNotification":
                return {"status": "Accepted", "currentTime": time, "interval": self.manner.interval_s}
            case "Heartbeat":
                return {"currentTime": time}
            case "Authorize" if "idTag" in payload:
                return {"idTagInfo": {"status": self._status_for(payload["idTag"])}}
            case "StartTransaction":
                assert self._numbers is not None
                return {
                    "transactionId": next(self._numbers),
                    "idTagInfo": {"status": self._status_for(payload["idTag"])},
                }
            case "Authorize":
                return {"idTokenInfo": {"status": self._status_for(payload["idToken"]["idToken"])}}
            case "TransactionEvent" if "idToken" in payload:
                return {"idTokenInfo": {"status": self._status_for(payload["idToken"]["idToken"])}}
            case "DataTransfer":
                return {"status": "UnknownVendorId"}
            case "SignCertificate":
                return {"status": "Rejected"}
            case _:
                return {}

    def _status_for(self, uid: str) -> str:
        return "Accepted" if self.manner.cards is None or uid in self.manner.cards else self.manner.word
