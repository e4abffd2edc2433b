"""Starts real PostgreSQL and Redis before Django's settings are read (loaded by `-p` in pyproject.toml).

With DATABASE_URL and REDIS_URL set, those servers are used. Otherwise each process of a test run claims a data
directory of its own below var/, so that two beside each other do not meet; the process that only hands the
tests out needs none.
"""

import os
import sys
from pathlib import Path

import pytest

from backoffice import embedded

ROOT = Path(__file__).resolve().parents[2]
_servers: list[embedded.Servers] = []


def _start() -> None:
    postgres, redis = not os.environ.get("DATABASE_URL"), not os.environ.get("REDIS_URL")
    for number in range(1, 10):
        servers = embedded.Servers(ROOT / "var" / (f"test{number}"))
        if servers.claim():
            break
    else:
        raise pytest.UsageError("Nine test runs are under way already: end one.")
    (servers.data_dir / "staticfiles").mkdir(exist_ok=True)
    os.environ["DATA_DIR"] = str(servers.data_dir)
    os.environ.setdefault("PUBLIC_BASE_URL", "http://127.0.0.1:8000")
    hands_out = "--numprocesses" in sys.argv and "PYTEST_XDIST_WORKER" not in os.environ
    if (postgres or redis) and not hands_out:
        servers.start(postgres=postgres, redis=redis)
        _servers.append(servers)


def pytest_unconfigure() -> None:
    for servers in _servers:
        servers.stop()
    _servers.clear()


_start()
