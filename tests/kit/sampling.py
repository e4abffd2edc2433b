"""A part of a large matrix at each run, the whole with `WHOLE=1` (`make test-all`, at night).

All processes of a run draw with one seed, which is printed at its end: `SAMPLE_SEED=123 make test` repeats the run.
"""

import os
import random
import secrets
from collections.abc import Iterable
from typing import TypeVar

T = TypeVar("T")
_SEED = "SAMPLE_SEED"


def seed() -> str:
    """Of this run. The first process draws it, and those that it starts inherit it."""
    return os.environ.setdefault(_SEED, str(secrets.randbelow(1_000_000)))


def is_whole() -> bool:
    return os.environ.get("WHOLE") == "1"


def sampled(items: Iterable[T], *, of: str, share: int = 6) -> list[T]:
    """About one in `share` of the items, at least one of them, in their order; `of` names the matrix."""
    rows = list(items)
    if is_whole() or not rows:
        return rows
    chosen = set(random.Random(f"{seed()} {of}").sample(range(len(rows)), k=-(-len(rows) // share)))
    return [row for number, row in enumerate(rows) if number in chosen]
