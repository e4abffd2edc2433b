"""A real gateway in its own process, and chargers that speak to it over real websockets."""

import asyncio
import atexit
import base64
import json
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeVar
from urllib.parse import quote

import websockets
from django.conf import settings
from django.db import connection
from websockets.asyncio.client import ClientConnection, connect

from backoffice.forkserver import Child, Forkserver, Program

ROOT = Path(__file__).resolve().parents[2]
ANSWER_TIMEOUT_S = 40.0
"""Long, because a busy machine is not a failure."""
READS = ("GetConfiguration", "GetBaseReport")
T = TypeVar("T")
_OF_THE_TEST = frozenset({"PYTEST_CURRENT_TEST"})
_forkservers: list[tuple[Forkserver, dict[str, str]]] = []
"""At most one fork server per process of the test run, with its environment, started when first needed.

Loading the product takes seconds of processor time, and some hundred tests want their own gateway.
"""


@dataclass(frozen=True)
class Gateway:
    process: subprocess.Popen[bytes] | Child
    port: int

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ocpp"


@contextmanager
def running(*, redis_url: str = "", more: dict[str, str] | None = None) -> Iterator[Gateway]:
    """Runs our own launcher on a free local port, with the test database and Redis; `more` adds to the environment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    variables = {**os.environ, **environment(redis_url=redis_url), **(more or {})}
    process = _started(port, variables, is_usual=not redis_url and not more)
    try:
        _wait_for(port, process)
        yield Gateway(process, port)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)


def _started(port: int, variables: dict[str, str], *, is_usual: bool) -> subprocess.Popen[bytes] | Child:
    """Forks the gateway as `manage.py up` does, unless it needs its own environment."""
    words = ("--host", "127.0.0.1", "--port", str(port))
    program = Program(
        name="gateway", module="backoffice.launcher", arguments=words, environment={"DATABASE_POOL": "24"}
    )
    lasting = {name: value for name, value in variables.items() if name not in _OF_THE_TEST}
    if is_usual and not _forkservers:
        forkserver = Forkserver("backoffice.preloaded", environment={**lasting, "PYTHONPATH": str(ROOT)})
        atexit.register(_end, forkserver)
        _forkservers.append((forkserver, lasting))
    if _forkservers and _forkservers[0][1] == lasting and _forkservers[0][0].process.poll() is None:
        return _forkservers[0][0].fork(program, output=sys.__stderr__.fileno())
    return subprocess.Popen(program.command, cwd=ROOT, env=variables)


def _end(forkserver: Forkserver) -> None:
    with forkserver.process:  # closes its output, which was not read
        forkserver.close()


def environment(*, redis_url: str = "") -> dict[str, str]:
    """Returns the environment with which our processes use the test database."""
    return {
        "DJANGO_SETTINGS_MODULE": "backoffice.settings",
        "DATABASE_URL": _database_url(),
        "REDIS_URL": redis_url or settings.REDIS_URL,
        "SECRET_KEY": settings.SECRET_KEY,
        "FIELD_ENCRYPTION_KEYS": ",".join(settings.FIELD_ENCRYPTION_KEYS),
        "PUBLIC_BASE_URL": settings.PUBLIC_BASE_URL,
    }


def _database_url() -> str:
    known = connection.settings_dict
    options = {**known["OPTIONS"], "host": known["HOST"], "port": known["PORT"]}
    query = "&".join(f"{name}={quote(str(value), safe='')}" for name, value in options.items() if value)
    return f"postgresql://{quote(known['USER'])}:{quote(known['PASSWORD'])}@/{known['NAME']}?{query}"


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 2 * ANSWER_TIMEOUT_S
    while time.monotonic() < deadline:
        assert process.poll() is None, "the gateway ended while it started"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError("the gateway did not start listening")


class Device:
    """A charger's side of one websocket: it sends and receives raw frames.

    Some seconds after a boot we ask once for all settings. The device answers that with NotSupported, so that tests
    need not wait for it; with `tells_settings` the test answers itself.
    """

    tells_settings = False

    def __init__(self, ws: ClientConnection) -> None:
        self.ws = ws
        self._has_booted = False

    @classmethod
    async def connect(
        cls,
        gateway: Gateway,
        charger_id: str,
        *,
        password: str | None = "secret-password-1",
        version: str | None = "1.6",
        user: str | None = None,
    ) -> Self:
        headers = {}
        if password is not None:
            token = base64.b64encode(f"{user or charger_id}:{password}".encode()).decode()
            headers["Authorization"] = f"Basic {token}"
        ws = await connect(
            f"{gateway.url}/{quote(charger_id, safe='')}",
            subprotocols=[websockets.Subprotocol(f"ocpp{version}")] if version else None,
            additional_headers=headers,
            proxy=None,
            open_timeout=ANSWER_TIMEOUT_S,
        )
        return cls(ws)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.ws.close()

    async def send(self, text: str) -> None:
        self._has_booted = self._has_booted or '"BootNotification"' in text
        await self.ws.send(text)

    async def receive(self, *, within_s: float = ANSWER_TIMEOUT_S) -> list[Any]:
        frame = json.loads(await asyncio.wait_for(self.ws.recv(), within_s))
        assert isinstance(frame, list)
        if self._has_booted and not self.tells_settings and frame[0] == 2 and frame[2] in READS:
            self._has_booted = False
            await self.send(json.dumps([4, frame[1], "NotSupported", "", {}]))
            return await self.receive(within_s=within_s)
        return frame

    async def exchange(self, text: str) -> list[Any]:
        await self.send(text)
        return await self.receive()

    async def call(self, action: str, payload: dict[str, Any], *, message_id: str = "") -> dict[str, Any]:
        """Returns the payload of the CALLRESULT; fails on anything else."""
        message_id = message_id or str(uuid.uuid4())
        frame = await self.exchange(json.dumps([2, message_id, action, payload]))
        assert frame[:2] == [3, message_id], frame
        found: dict[str, Any] = frame[2]
        return found

    async def refused(self, action: str, payload: dict[str, Any]) -> str:
        """Returns the code of the CALLERROR; fails on anything else."""
        message_id = str(uuid.uuid4())
        frame = await self.exchange(json.dumps([2, message_id, action, payload]))
        assert frame[:2] == [4, message_id], frame
        return str(frame[2])


async def looking(question: Callable[[], T]) -> T:
    """Queries the database from an async test, in a thread that closes its connection."""

    def ask() -> T:
        try:
            return question()
        finally:
            connection.close()

    return await asyncio.to_thread(ask)
