"""Redis that takes connections and never answers, and connections that died silently: every process goes on."""

import asyncio
import os
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import redis
from channels.layers import get_channel_layer
from django.conf import settings as django_settings

from backoffice.celery import app
from backoffice.management.commands import up
from chargers.tasks import BEAT_RAN_AT
from tests.kit.gateway import ROOT, environment

RECOVERS_WITHIN_S = 30.0


class Relay:
    """Forwards to the real Redis; after `kill` its connections stay open and carry nothing, and new ones work."""

    def __init__(self, listener: socket.socket) -> None:
        self.url = f"redis://127.0.0.1:{listener.getsockname()[1]}/0"
        self._listener = listener
        self._killed = threading.Event()
        self._sockets: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def kill(self) -> None:
        self._killed.set()
        self._killed = threading.Event()

    def close(self) -> None:
        for one in [self._listener, *self._sockets]:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, server = self._listener.accept()[0], _connected(django_settings.REDIS_URL)
                self._sockets += [client, server]
                for ends in ((client, server), (server, client)):
                    threading.Thread(target=_forward, args=(*ends, self._killed), daemon=True).start()


def _forward(source: socket.socket, target: socket.socket, killed: threading.Event) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            if not killed.is_set():
                target.sendall(data)
        if not killed.is_set():
            target.shutdown(socket.SHUT_WR)


def _connected(url: str) -> socket.socket:
    parts = urlsplit(url)
    if parts.scheme != "unix":
        return socket.create_connection((parts.hostname or "localhost", parts.port or 6379))
    connected = socket.socket(socket.AF_UNIX)
    connected.connect(parts.path)
    return connected


@pytest.fixture
def relay() -> Iterator[Relay]:
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        made = Relay(listener)
        yield made
        made.close()


@pytest.fixture
def silent() -> Iterator[str]:
    """A server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        yield f"redis://127.0.0.1:{listener.getsockname()[1]}/0"


@pytest.fixture
def server(transactional_db: None) -> Iterator["redis.Redis[bytes]"]:
    with redis.Redis.from_url(django_settings.REDIS_URL) as client:
        client.flushdb()
        yield client
        client.flushdb()


@contextmanager
def running(command: list[str], more: dict[str, str]) -> Iterator[None]:
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONWARNINGS": "ignore", **more})
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def test_a_worker_takes_tasks_again_after_its_connections_to_redis_died(server: "redis.Redis[bytes]", relay: Relay):
    [program] = [program for program in up.workers() if program.name == "worker-1"]

    with running(program.command, environment(redis_url=relay.url)):
        _until(lambda: len(app.control.ping(timeout=0.5)) == 1, within_s=120, of="the start")
        relay.kill()
        time.sleep(2)  # what Redis hands to a dead connection is lost: its last BRPOP ends first
        app.send_task("chargers.tasks.note_beat", queue="celery")

        _until(lambda: any(BEAT_RAN_AT.encode() in key for key in server.keys()), of="a task")  # noqa: SIM118


def test_beat_sends_again_after_its_connection_to_redis_died(
    server: "redis.Redis[bytes]", relay: Relay, tmp_path: Path
):
    command = [sys.executable, "-m", "celery", "-A", "backoffice", "--quiet", "beat", "--loglevel", "ERROR"]
    command += ["--schedule", str(tmp_path / "schedule"), "--pidfile="]

    with running(command, environment(redis_url=relay.url)):
        _until(lambda: server.llen("celery") > 0, within_s=120, of="the start")
        relay.kill()
        time.sleep(0.5)
        server.delete("celery")

        _until(lambda: server.llen("celery") > 0, of="a task")


SEND_AGAIN = """
import logging, os, uuid, django
os.environ["DJANGO_SETTINGS_MODULE"] = "backoffice.settings"
django.setup()
from datetime import UTC, datetime, timedelta
from authorization import tasks
from chargers.gateway import provider_wait
from chargers.journal.flow_result import AwaitingProvider
given_up = []
class Counting(logging.Handler):
    def emit(self, record):
        given_up.append(record)
for logger in (tasks.logger, provider_wait.logger):
    logger.addHandler(Counting())
tasks._send_again([uuid.uuid4() for _ in range(20)])
print(len(given_up))
until = datetime.now(tz=UTC) + timedelta(seconds=1)
for _ in range(20):
    provider_wait._send(AwaitingProvider(uuid.uuid4(), until, True, None))
print(len(given_up))
"""


def test_questions_to_providers_do_not_wait_one_after_another_for_a_hung_redis(transactional_db: None, silent: str):
    variables = {**os.environ, **environment(redis_url=silent)}
    command = [sys.executable, "-c", SEND_AGAIN]

    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, timeout=120, check=True)

    swept, in_all = map(int, done.stdout.split())
    assert swept == 1
    assert in_all <= 2  # a question whose second is over before its turn is not sent at all


def test_a_gateway_does_not_wait_for_ever_to_listen_at_a_hung_redis(settings: Any, silent: str):
    [host] = settings.CHANNEL_LAYERS["default"]["CONFIG"]["hosts"]
    config = {"hosts": [host | {"address": silent}], "prefix": uuid.uuid4().hex}
    settings.CHANNEL_LAYERS = {"default": settings.CHANNEL_LAYERS["default"] | {"CONFIG": config}}

    async def listen() -> bool:
        layer = get_channel_layer()
        assert layer is not None
        async with asyncio.timeout(30):
            with suppress(redis.RedisError, OSError):
                await layer.new_channel()
            await layer.flush()
        return True

    assert asyncio.run(listen())


def _until(holds: Callable[[], bool], *, of: str, within_s: float = RECOVERS_WITHIN_S) -> None:
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, f"{of} was waited for in vain"
        time.sleep(0.2)
