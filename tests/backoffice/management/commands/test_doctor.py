import io
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import call_command

from backoffice import diagnosis
from backoffice.celery import app as celery
from billing.payouts.cycle import cycle
from chargers import tasks
from tests.kit import gateway
from tests.kit.doctor import _durable, _served, examine
from tests.kit.payouts import books

__all__ = ["_durable", "_served"]
NOW = datetime.now(tz=UTC)


@pytest.fixture
def working() -> Iterator[None]:
    """A worker for every queue, and beat that ran a moment ago."""
    tasks.note_beat()
    worker = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "celery",
            "-A",
            "backoffice",
            "--quiet",
            "worker",
            "--pool",
            "solo",
            "--queues",
            ",".join(sorted(diagnosis._queues())),
            "--loglevel",
            "WARNING",
            "--without-gossip",
            "--without-mingle",
        ],
        cwd=gateway.ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "backoffice.settings", **gateway.environment()},
    )
    try:
        deadline = time.monotonic() + 60
        while not celery.control.inspect(timeout=1).active_queues():
            assert time.monotonic() < deadline, "the worker did not come up"
        yield
    finally:
        worker.terminate()
        worker.wait(30)
        cache.delete(tasks.BEAT_RAN_AT)


@pytest.mark.usefixtures("_durable", "_served")
@pytest.mark.django_db
def test_it_finds_nothing_wrong_with_a_good_installation(working: None):
    out = io.StringIO()

    call_command("doctor", stdout=out)

    assert "All is well." in out.getvalue()
    assert "WRONG" not in out.getvalue()
    for area in ("DEBUG", "SECRET_KEY", "PUBLIC_BASE_URL", "DATA_DIR", "database", "durability", "migrations", "Redis"):
        assert f"ok  {area}:" in out.getvalue()


@pytest.mark.usefixtures("_durable", "_served")
@pytest.mark.django_db
def test_it_ends_with_1_and_the_mend_when_something_is_wrong(settings: Any, working: None):
    settings.DEBUG = True
    out = io.StringIO()

    with pytest.raises(SystemExit) as ended:
        call_command("doctor", stdout=out)

    assert ended.value.code == 1
    assert "WRONG  DEBUG: it is on" in out.getvalue()
    assert "Unset DEBUG and restart." in out.getvalue()
    assert "1 thing is wrong." in out.getvalue()


@pytest.mark.django_db
def test_it_names_payouts_that_were_calculated_by_other_terms_than_agreed():
    known = books()
    made = known.agree(valid_from=NOW - timedelta(days=60))
    known.sale(1000, at=NOW - timedelta(days=50))
    cycle.close(known.scope, until=NOW, now=NOW)
    assert "payout agreements" not in examine()

    type(made).objects.update(made_by="standard terms", state="replaced")

    assert "P-000001 of Sunset took the standard terms" in examine()["payout agreements"]
