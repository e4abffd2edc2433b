"""The cache in Redis, with a fallback in this process while Redis is away, so that limits still count."""

import logging
import threading
import time
from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

TIMEOUT_S: Final = 0.5
RETRY_AFTER_S: Final = 5.0
_MAX_ENTRIES: Final = 20_000
_logger = logging.getLogger(__name__)


class Breaker:
    """Stays open for some seconds after a failure, so that a page with ten look-ups waits for only one timeout."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._closed_again_at = 0.0

    @property
    def is_open(self) -> bool:
        return time.monotonic() < self._closed_again_at

    def trip(self, exc: Exception) -> None:
        with self._lock:
            if self.is_open:
                return
            self._closed_again_at = time.monotonic() + RETRY_AFTER_S
        _logger.warning("Redis does not answer (%s): limits count in this process alone", type(exc).__name__)


def _or_here(name: str) -> Callable[..., Any]:
    """Returns the operation in Redis or, if that fails, in this process."""
    in_redis = getattr(RedisCache, name)

    @wraps(in_redis)
    def tried(self: "Cache", *args: Any, **kwargs: Any) -> Any:
        if not self.breaker.is_open:
            try:
                return in_redis(self, *args, **kwargs)
            except (RedisError, OSError) as exc:
                self.breaker.trip(exc)
        return getattr(self.here, name)(*args, **kwargs)

    return tried


class Cache(RedisCache):
    """Django's cache in Redis with short timeouts and without retries."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        patience = {"socket_timeout": TIMEOUT_S, "socket_connect_timeout": TIMEOUT_S, "retry": Retry(NoBackoff(), 0)}
        super().__init__(server, params | {"OPTIONS": patience | params.get("OPTIONS", {})})
        self.breaker = _breakers.setdefault(server, Breaker())
        self._cache = _clients.setdefault(server, self._cache)
        self.here = LocMemCache(f"beside {server}", {"OPTIONS": {"MAX_ENTRIES": _MAX_ENTRIES}})

    add = _or_here("add")
    get = _or_here("get")
    set = _or_here("set")
    touch = _or_here("touch")
    delete = _or_here("delete")
    get_many = _or_here("get_many")
    has_key = _or_here("has_key")
    incr = _or_here("incr")
    set_many = _or_here("set_many")
    delete_many = _or_here("delete_many")
    clear = _or_here("clear")


_breakers: Final[dict[str, Breaker]] = {}
"""By server, for all threads of this process; Django creates a cache for each thread and each charger's task."""
_clients: Final[dict[str, RedisCacheClient]] = {}
"""By server: one client per charger's task would use one connection, with 32 kB, per charger."""
