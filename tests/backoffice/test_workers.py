"""Real workers, as `up` starts them: who is slow keeps nobody waiting who waits for something else."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from threading import Event, Thread

import pytest
import redis
from django.conf import settings

from backoffice.celery import app
from backoffice.forkserver import Program
from backoffice.management.commands import up
from billing import tasks
from billing.models import Hold
from billing.sessions.holds import holds
from billing.sessions.lifecycle import lifecycle
from chargers import tasks as charger_tasks
from chargers.models import PowerLimit
from tests.billing.conftest import Site, site  # noqa: F401 - a fixture
from tests.kit.gateway import ROOT, environment

KEY = "sk_test_" + "0" * 24


@contextmanager
def silent_processor() -> Iterator[str]:
    """Takes every connection and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        taken: list[socket.socket] = []
        Thread(target=_take, args=(listener, taken), daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
    for one in taken:
        one.close()


def _take(listener: socket.socket, taken: list[socket.socket]) -> None:
    try:
        while True:
            taken.append(listener.accept()[0])
    except OSError:
        return


@contextmanager
def working(program: Program, variables: dict[str, str]) -> Iterator[None]:
    own = {**os.environ, **variables, **program.environment}
    process = subprocess.Popen(program.command, cwd=ROOT, env=own)
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(timeout=3)
        except subprocess.TimeoutExpired:
            process.kill()  # it waits for the processor
            process.wait()


@pytest.fixture
def _workers(transactional_db: None) -> Iterator[None]:
    with redis.Redis.from_url(settings.REDIS_URL) as client, ExitStack() as stack:
        client.flushdb()
        variables = {
            **environment(),
            "CARD_PROCESSOR": "stripe",
            "STRIPE_API_KEY": KEY,
            "PYTHONWARNINGS": "ignore",
            "STRIPE_API_BASE": stack.enter_context(silent_processor()),
        }
        programs = [program for program in up.workers() if program.name in {"worker-1", "worker-2", "payments"}]
        for program in programs:
            stack.enter_context(working(program, variables))
        deadline = time.monotonic() + 120
        while len(app.control.ping(timeout=0.5)) < len(programs):
            assert time.monotonic() < deadline, "the workers did not start"
        yield
        client.flushdb()


@pytest.mark.usefixtures("_workers")
def test_a_slow_card_processor_does_not_keep_power_sharing_waiting(site: Site):  # noqa: F811
    site.rate("guest")
    session = lifecycle.open_for_guest(lifecycle.GuestOrder(charger=site.charger, evse_number=1), now=_now())
    hold = holds.open_hold(session, amount_minor=4000, now=_now())
    Hold.objects.filter(pk=hold.pk).update(state="unknown", processor="stripe", processor_ref="pi_1")
    limit = PowerLimit.objects.create(property=site.place, enabled=True, amount=Decimal(10))

    for _ in range(20):
        tasks.resolve_holds.delay()
    time.sleep(2)
    charger_tasks.share_power.delay()

    deadline = time.monotonic() + 8
    while not PowerLimit.objects.filter(pk=limit.pk, looked_at__isnull=False).exists():
        assert time.monotonic() < deadline, "power was not shared while the card processor was slow"
        time.sleep(0.1)
    assert Hold.objects.get(pk=hold.pk).checked_at is None, "the processor has not answered yet"


def test_every_periodic_task_expires_before_its_next_turn():
    for entry in settings.CELERY_BEAT_SCHEDULE.values():
        period_s = entry["schedule"] if isinstance(entry["schedule"], float) else 24 * 3600
        assert 0 < entry["options"]["expires"] <= period_s


def test_a_periodic_task_does_not_run_beside_itself():
    began, goes_on, turns = Event(), Event(), []

    @app.task(name="tests.slow")
    def slow() -> str:
        turns.append(1)
        began.set()
        goes_on.wait(5)
        return "done"

    first = Thread(target=slow)
    first.start()
    assert began.wait(5)

    assert slow() is None
    goes_on.set()
    first.join()
    assert slow() == "done"
    assert len(turns) == 2
    del app.tasks["tests.slow"]


def _now() -> datetime:
    return datetime.now(tz=UTC)
