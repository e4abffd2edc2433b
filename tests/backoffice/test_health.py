"""`/readyz` answers, whatever hangs, and names it."""

import asyncio
import socket
import threading

import pytest
from django.db import connections
from django.test import Client

from backoffice import asgi, health

pytestmark = pytest.mark.django_db(transaction=True)


def test_it_is_ready_when_both_answer():
    answer = Client().get("/readyz")

    assert (answer.status_code, answer.json()["checks"]) == (200, {"database": "ok", "redis": "ok"})


def test_a_redis_that_takes_the_connection_and_never_answers_is_named(settings):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.REDIS_URL = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        answer = Client().get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["checks"]["database"] == "ok"
    assert answer.json()["checks"]["redis"] in {"no answer in time", "Redis does not answer at REDIS_URL"}
    health._running["redis"].join()


def test_a_postgresql_that_takes_the_connection_and_never_answers_is_named(monkeypatch):
    monkeypatch.setattr(health, "_PATIENCE_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        there = {"HOST": "127.0.0.1", "PORT": str(silent.getsockname()[1])}
        monkeypatch.setitem(connections.settings, "default", {**connections.settings["default"], **there})
        answer = Client().get("/readyz")
        running = health._running["database"]

    assert answer.status_code == 503
    assert answer.json()["checks"] == {"database": "no answer in time", "redis": "ok"}
    running.join()
    assert running.sentence == "PostgreSQL does not answer at DATABASE_URL"


@pytest.mark.asyncio
async def test_it_does_not_wait_in_line_behind_pages_that_hang():
    """Sixteen pages that wait for PostgreSQL took all turns."""
    served: list[str] = []

    async def app(scope: dict[str, str], _receive: object, _send: object) -> None:
        served.append(scope["path"])
        if scope["path"] == "/chargers/":
            await asyncio.Event().wait()

    line = asgi.in_turn(app, at_once=1)  # type: ignore[arg-type]
    hanging = [asyncio.create_task(line({"path": "/chargers/"}, None, None)) for _ in range(2)]
    await asyncio.sleep(0)
    await asyncio.wait_for(line({"path": "/readyz"}, None, None), 10)
    await asyncio.wait_for(line({"path": "/healthz"}, None, None), 10)
    for task in hanging:
        task.cancel()

    assert served == ["/chargers/", "/readyz", "/healthz"]


def test_a_check_that_hangs_is_not_begun_again(monkeypatch):
    """Each call waited for ever, and took a thread of the web process with it."""
    released, begun = threading.Event(), []

    def hangs() -> str:
        begun.append(1)
        released.wait()
        return "ok"

    monkeypatch.setattr(health, "_database", hangs)
    answers = [Client().get("/readyz").json()["checks"]["database"] for _ in range(3)]
    released.set()
    health._running["database"].join()

    assert (answers, begun) == (["no answer in time"] * 3, [1])
    assert Client().get("/readyz").json()["checks"]["database"] == "ok"
