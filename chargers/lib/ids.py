"""Time-ordered ids (UUIDv7, RFC 9562 5.7): the partition key of the tables that grow with every frame.

An id has its time in the first 48 bits (milliseconds since 1970). So a table partitioned by id is partitioned by time,
has a single-column primary key, and pages by key without a second index.
"""

import hashlib
import os
import threading
import uuid
from datetime import UTC, datetime

_VERSION = 0x7 << 76
_VARIANT = 0x2 << 62
_RANDOM_BITS = 74
_MAX_MS = (1 << 48) - 1

_lock = threading.Lock()
_last: tuple[int, int] = (0, 0)


def generate(*, now: datetime) -> uuid.UUID:
    """Returns a new id for `now` (aware); ids of one process never go backwards within a millisecond."""
    global _last  # noqa: PLW0603 - the counter of RFC 9562 6.2 method 2 is one per process
    ms = _milliseconds(now)
    tail = int.from_bytes(os.urandom(10), "big") >> (80 - _RANDOM_BITS)
    with _lock:
        if _last[0] == ms and tail <= _last[1]:
            tail = _last[1] + 1 + (tail & 0xFFFF)
        _last = (ms, tail)
    return _build(ms=ms, tail=tail & ((1 << _RANDOM_BITS) - 1))


def derive_from_key(*, at: datetime, key: str) -> uuid.UUID:
    """Returns the id for a natural key: the same time and key always give the same id."""
    digest = hashlib.blake2b(key.encode(), digest_size=10).digest()
    return _build(ms=_milliseconds(at), tail=int.from_bytes(digest, "big") >> (80 - _RANDOM_BITS))


def floor(at: datetime) -> uuid.UUID:
    """Returns the smallest id of that millisecond: `id__gte=floor(since)` reads only the necessary partitions."""
    return _build(ms=_milliseconds(at), tail=0)


def read(text: str | None) -> uuid.UUID | None:
    """Parses an id from a form or an address, in any notation of RFC 9562; None if it is invalid."""
    try:
        return uuid.UUID((text or "").strip())
    except ValueError:
        return None


def next_larger(identifier: uuid.UUID) -> uuid.UUID:
    """Returns the next larger id: everything smaller than it includes the id itself."""
    return uuid.UUID(int=min(identifier.int + 1, (1 << 128) - 1))


def time_of(identifier: uuid.UUID) -> datetime:
    """Returns the time in an id, as aware UTC."""
    return datetime.fromtimestamp((identifier.int >> 80) / 1000, tz=UTC)


def _milliseconds(at: datetime) -> int:
    return min(max(int(at.timestamp() * 1000), 0), _MAX_MS)


def _build(*, ms: int, tail: int) -> uuid.UUID:
    high = tail >> 62
    low = tail & ((1 << 62) - 1)
    return uuid.UUID(int=(ms << 80) | _VERSION | (high << 64) | _VARIANT | low)
