"""Real PostgreSQL and Redis for the tests (loaded by `-p` in pyproject.toml).

A data directory is claimed before Django's settings are read, because they name its sockets; the servers start for the
first test that needs them, so a run of pure tests starts none. With DATABASE_URL and REDIS_URL set, those servers are
used. Otherwise each process of a test run claims its own directory below var/, so that parallel processes do not
collide; the process that only distributes the tests starts nothing.
"""

import os
from pathlib import Path

import psycopg
import pytest

from backoffice import embedded

ROOT = Path(__file__).resolve().parents[2]
_DURABLE = ("fsync", "synchronous_commit", "full_page_writes")
_IS_TEST = "PYTEST_VERSION" in os.environ or "PYTEST_XDIST_WORKER" in os.environ
_POSTGRES, _REDIS = not os.environ.get("DATABASE_URL"), not os.environ.get("REDIS_URL")


def _claimed() -> embedded.Servers:
    for number in range(1, 10):
        servers = embedded.Servers(ROOT / "var" / f"test{number}")
        if servers.claim():
            (servers.data_dir / "staticfiles").mkdir(exist_ok=True)
            os.environ["DATA_DIR"] = str(servers.data_dir)
            os.environ.setdefault("PUBLIC_BASE_URL", "http://127.0.0.1:8000")
            return servers
    raise pytest.UsageError("Nine test runs are under way already: end one.")


_servers = _claimed()


def start() -> None:
    """Starts the servers for which no address is given; does nothing if they already run."""
    if (_POSTGRES or _REDIS) and not _servers.processes():
        _servers.start(postgres=_POSTGRES, redis=_REDIS)
        wait_for_the_disk(not _IS_TEST)


def wait_for_the_disk(does: bool) -> None:
    """Sets whether our PostgreSQL waits for the disk: benchmarks do, like the product; tests need not."""
    if not _POSTGRES:
        return
    with psycopg.connect(_servers.database_url, autocommit=True) as connected:
        for setting in _DURABLE:
            connected.execute(f"ALTER SYSTEM SET {setting} = {'on' if does else 'off'}".encode())
        connected.execute("SELECT pg_reload_conf()")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Runs before any fixture, because several of them connect by themselves."""
    if item.get_closest_marker("pure") is None:
        start()


def pytest_unconfigure() -> None:
    _servers.stop()
