"""Our launcher in its own process, and raw requests to it."""

import base64
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

import pytest

from backoffice.forkserver import Child
from tests.kit.servers import ROOT

HANDSHAKE = (
    "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n{more}\r\n"
)


@dataclass(frozen=True)
class Launched:
    process: subprocess.Popen[bytes] | Child
    port: int

    def url(self, path: str) -> str:
        return f"ws://127.0.0.1:{self.port}{path}"


@contextmanager
def launch(**environment: str) -> Iterator[Launched]:
    """Runs the launcher on an open listening socket, as `manage.py up` does; early connections wait in its backlog."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        listener.setblocking(False)
        command = [sys.executable, "-m", "backoffice.launcher", "--application", "tests.kit.plain_app:app"]
        process = subprocess.Popen(
            [*command, "--fd", str(listener.fileno())],
            cwd=ROOT,
            env={**os.environ, **environment},
            pass_fds=[listener.fileno()],
        )
        port = listener.getsockname()[1]
    try:
        yield Launched(process, port)
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def launched() -> Iterator[Launched]:
    with launch() as running:
        yield running


def raw(launched: Launched, path: str, more: str = "") -> tuple[str, dict[str, str], bytes]:
    """Returns the status line, the headers and everything else received before the server closes the connection."""
    key = base64.b64encode(os.urandom(16)).decode()
    with closing(socket.create_connection(("127.0.0.1", launched.port), timeout=20)) as link:
        link.sendall(HANDSHAKE.format(path=path, key=key, more=more).encode())
        received = b""
        while chunk := link.recv(65536):
            received += chunk
    head, _, body = received.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    return status, {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}, body
