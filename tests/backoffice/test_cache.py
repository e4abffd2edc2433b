"""While Redis is away the cache goes on in this process, and nothing waits for it time and again."""

import socket
import time
import uuid

import pytest
from django.conf import settings as django_settings
from redis.exceptions import ConnectionError as RedisConnectionError

from backoffice import cache
from backoffice.cache import Breaker, Cache


@pytest.fixture
def away() -> Cache:
    """A cache at a port where nobody answers."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        address = f"redis://127.0.0.1:{closed.getsockname()[1]}/0"
    return Cache(address, {})


def test_a_breaker_opens_for_some_seconds_and_says_so_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    breaker = Breaker()
    assert not breaker.is_open

    for _ in range(3):
        breaker.trip(RedisConnectionError())

    assert breaker.is_open
    assert caplog.text.count("Redis does not answer (ConnectionError)") == 1
    now += cache.RETRY_AFTER_S
    assert not breaker.is_open


def test_what_is_stored_while_redis_is_away_is_found_again(away: Cache):
    away.set("name", "Kim")
    away.set_many({"a": 1, "b": 2})

    assert away.get("name") == "Kim"
    assert away.get_many(["a", "b", "c"]) == {"a": 1, "b": 2}
    assert away.has_key("a")
    away.delete("a")
    assert away.get("a", "gone") == "gone"
    away.clear()
    assert away.get("name") is None


def test_limits_go_on_counting_while_redis_is_away(away: Cache):
    away.add("tries", 0)

    assert [away.incr("tries") for _ in range(3)] == [1, 2, 3]
    assert not away.add("tries", 0)
    with pytest.raises(ValueError, match="not found"):
        away.incr("uncounted")


def test_redis_is_asked_once_and_then_left_alone():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        waiting = Cache(f"redis://127.0.0.1:{silent.getsockname()[1]}/0", {})
        for _ in range(5):
            assert waiting.get("x") is None
        silent.settimeout(1)
        silent.accept()[0].close()
        with pytest.raises(TimeoutError):
            silent.accept()


def test_all_caches_of_a_server_share_its_breaker_and_its_connections(away: Cache):
    again = Cache(away._servers[0], {})
    away.breaker.trip(RedisConnectionError())

    assert again.breaker.is_open
    assert again._cache is away._cache


def test_with_redis_it_is_one_cache_for_all_processes():
    name = uuid.uuid4().hex
    Cache(django_settings.REDIS_URL, {}).set(name, 5, timeout=60)

    there = Cache(django_settings.REDIS_URL, {})
    assert there.get(name) == 5
    assert there.here.get(name) is None
