"""A real Celery worker for the gateway of the conversation tests."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from backoffice.celery import app as celery
from tests.kit.gateway import ROOT, environment


@contextmanager
def issuers_worker() -> Iterator[subprocess.Popen[bytes]]:
    """Runs the worker that asks mobility providers, as `up` starts it."""
    command = [sys.executable, "-m", "celery", "-A", "backoffice", "--quiet", "worker", "--queues", "issuers"]
    command += ["--pool", "threads", "--concurrency", "32", "--loglevel", "WARNING", "--without-gossip"]
    command += ["--without-mingle", "--hostname", "issuers@test"]
    variables = {**os.environ, **environment(), "OUTBOUND_ALLOWED_NETWORKS": "127.0.0.0/8", "DATABASE_POOL": "4"}
    variables["PYTHONWARNINGS"] = "ignore"
    process = subprocess.Popen(command, cwd=ROOT, env=variables)
    deadline = time.monotonic() + 120
    while not celery.control.ping(timeout=0.5):
        assert process.poll() is None, "the worker ended while it started"
        assert time.monotonic() < deadline, "the worker did not start"
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=30)
