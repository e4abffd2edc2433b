"""How often somebody may do what costs us, or somebody else, something. Counted in Redis."""

from contextlib import suppress

from django.core.cache import cache


def too_often(what: str, *, who: str, most: int, within_s: int) -> bool:
    """Counts this time too; True from the one after `most` within a span that begins with the first."""
    key = f"{what}:{who}"
    if cache.add(key, 1, within_s):
        return False
    try:
        return int(cache.incr(key)) > most
    except ValueError:  # it expired between the two
        return False


def forgive(what: str, *, who: str) -> None:
    """Takes one time back."""
    with suppress(ValueError):  # it expired meanwhile
        cache.decr(f"{what}:{who}")


def lift(what: str, *, who: str) -> None:
    """Counts from zero again."""
    cache.delete(f"{what}:{who}")
