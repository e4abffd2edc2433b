"""Health checks for load balancers, the supervisor and people: whether this process lives, and can serve."""

import threading
import time
from collections.abc import Callable
from typing import Final

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

_PATIENCE_S: Final = 1.5
"""The limit for both checks together, because load balancers give up after two seconds or more."""
_migrated: list[bool] = []
_running: dict[str, "_Check"] = {}
"""Running checks. One that hangs continues by itself, and no second one is started."""


class _Check(threading.Thread):
    """A check in its own thread, because a call to a server that does not answer cannot be stopped."""

    def __init__(self, name: str, check: Callable[[], str]) -> None:
        super().__init__(name=f"readyz {name}", daemon=True)
        self.sentence = ""
        self._check = check

    def run(self) -> None:
        try:
            self.sentence = self._check()
        finally:
            connection.close()


@never_cache
@require_safe
def healthz(_request: HttpRequest) -> JsonResponse:
    """Returns 200 while the process responds at all."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def readyz(_request: HttpRequest) -> JsonResponse:
    """Returns 200 if PostgreSQL and Redis respond and the database is up to date, else 503 and why, within 2 s."""
    until = time.monotonic() + _PATIENCE_S
    running = {name: _start_check(name, check) for name, check in (("database", _database), ("redis", _redis))}
    checks = {name: _sentence(name, check, until=until) for name, check in running.items()}
    failed = {name: sentence for name, sentence in checks.items() if sentence != "ok"}
    return JsonResponse({"status": "unavailable" if failed else "ok", "checks": checks}, status=503 if failed else 200)


def _start_check(name: str, check: Callable[[], str]) -> _Check:
    hanging = _running.get(name)
    if hanging is not None and hanging.is_alive():
        return hanging
    _running[name] = new_check = _Check(name, check)
    new_check.start()
    return new_check


def _sentence(name: str, check: _Check, *, until: float) -> str:
    check.join(max(until - time.monotonic(), 0))
    return "no answer in time" if check.is_alive() else check.sentence or f"the check of the {name} failed"


def _database() -> str:
    try:
        if not _migrated:
            executor = MigrationExecutor(connection)
            if executor.migration_plan(executor.loader.graph.leaf_nodes()):
                return "the database is not up to date: run manage.py migrate"
            _migrated.append(True)
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "PostgreSQL does not answer at DATABASE_URL"
    return "ok"


def redis_client(*, timeout_s: float = 1) -> redis.Redis:
    """Returns a client for one request, which fails after this timeout."""
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=timeout_s, socket_connect_timeout=timeout_s)


def _redis() -> str:
    try:
        with redis_client() as client:
            client.ping()
    except redis.RedisError:
        return "Redis does not answer at REDIS_URL"
    return "ok"
