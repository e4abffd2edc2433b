"""Rate limits for acts that cost something or disturb others. Counted in Redis."""

import math
import time
from contextlib import suppress

from django.core.cache import cache


def too_often(action: str, *, subject: str, limit: int, within_s: int) -> bool:
    """Counts this call, and returns True after `limit` calls within a span that begins with the first."""
    return count(action, subject=subject, within_s=within_s) > limit


def count(action: str, *, subject: str, within_s: int) -> int:
    """Counts this call, and returns the number within a span that begins with the first."""
    key = f"{action}:{subject}"
    if cache.add(key, 1, within_s):
        cache.set(f"{key}:ends", time.time() + within_s, within_s)
        return 1
    try:
        return int(cache.incr(key))
    except ValueError:  # the key expired between the two calls
        return 1


def read_count(action: str, *, subject: str) -> int:
    """Returns the number of calls within the span, without counting this one."""
    return int(cache.get(f"{action}:{subject}", 0))


def wait_s(action: str, *, subject: str, within_s: int) -> int:
    """Returns the seconds until the current span ends, at least one."""
    ends = float(cache.get(f"{action}:{subject}:ends", time.time() + within_s))
    return max(math.ceil(ends - time.time()), 1)


def forgive(action: str, *, subject: str) -> None:
    """Takes one call off the count."""
    with suppress(ValueError):  # the key expired meanwhile
        cache.decr(f"{action}:{subject}")


def reset(action: str, *, subject: str) -> None:
    """Resets the count to zero."""
    cache.delete(f"{action}:{subject}")
