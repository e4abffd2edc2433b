"""Real PostgreSQL and Redis for the tests (loaded by `-p` in pyproject.toml).

A data directory is claimed before Django's settings are read, because they name its sockets; the servers start for
the first test that needs them, so a run of pure tests starts none. With DATABASE_URL and REDIS_URL set, those
servers are used. Otherwise each process of a test run claims a directory of its own below var/, so that two beside
each other do not meet; the process that only hands the tests out starts nothing.
"""

import os
from pathlib import Path

import pytest

from backoffice import embedded

ROOT = Path(__file__).resolve().parents[2]
_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""No test outlives a power failure of the machine. A benchmark waits for the disk, as the product does."""
_IS_TEST = "PYTEST_VERSION" in os.environ or "PYTEST_XDIST_WORKER" in os.environ
_POSTGRES, _REDIS = not os.environ.get("DATABASE_URL"), not os.environ.get("REDIS_URL")


def _claimed() -> embedded.Servers:
    for number in range(1, 10):
        servers = embedded.Servers(ROOT / "var" / f"test{number}", postgres_options=_FAST if _IS_TEST else {})
        if servers.claim():
            (servers.data_dir / "staticfiles").mkdir(exist_ok=True)
            os.environ["DATA_DIR"] = str(servers.data_dir)
            os.environ.setdefault("PUBLIC_BASE_URL", "http://127.0.0.1:8000")
            return servers
    raise pytest.UsageError("Nine test runs are under way already: end one.")


_servers = _claimed()


def start() -> None:
    """Starts what no address is given for; does nothing when it runs already."""
    if (_POSTGRES or _REDIS) and not _servers.processes():
        _servers.start(postgres=_POSTGRES, redis=_REDIS)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Before any fixture: several of them connect by themselves."""
    if item.get_closest_marker("pure") is None:
        start()


def pytest_unconfigure() -> None:
    _servers.stop()
