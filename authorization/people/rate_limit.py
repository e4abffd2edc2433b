"""How often somebody may do what costs us, or somebody else, something. Counted in Redis."""

import math
import time
from contextlib import suppress

from django.core.cache import cache


def too_often(what: str, *, who: str, most: int, within_s: int) -> bool:
    """Counts this time too; True from the one after `most` within a span that begins with the first."""
    return count(what, who=who, within_s=within_s) > most


def count(what: str, *, who: str, within_s: int) -> int:
    """Counts this time too; how many there were within a span that begins with the first."""
    key = f"{what}:{who}"
    if cache.add(key, 1, within_s):
        cache.set(f"{key}:ends", time.time() + within_s, within_s)
        return 1
    try:
        return int(cache.incr(key))
    except ValueError:  # it expired between the two
        return 1


def counted(what: str, *, who: str) -> int:
    """How many there were within the span; counts nothing."""
    return int(cache.get(f"{what}:{who}", 0))


def wait_s(what: str, *, who: str, within_s: int) -> int:
    """Seconds until the span that counts ends, at least one."""
    ends = float(cache.get(f"{what}:{who}:ends", time.time() + within_s))
    return max(math.ceil(ends - time.time()), 1)


def forgive(what: str, *, who: str) -> None:
    """Takes one time back."""
    with suppress(ValueError):  # it expired meanwhile
        cache.decr(f"{what}:{who}")


def lift(what: str, *, who: str) -> None:
    """Counts from zero again."""
    cache.delete(f"{what}:{who}")
