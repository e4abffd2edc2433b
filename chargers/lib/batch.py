"""Runs a job for every pending row; a failing row is logged and skipped, so that it cannot block the others.

For a repeated failure, the traceback is logged once, and then the number of failures.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, Final, TypeVar

from django.db.models import QuerySet

from chargers.lib import repeated_failures

logger = logging.getLogger(__name__)

_Item = TypeVar("_Item")
_MAX_AT_ONCE: Final = 200
_KEYS_AT_ONCE: Final = 5000
_TRIED_AGAIN: Final = "%s %s %s; it is tried again"
_stopped_at: dict[object, Any] = {}
"""The key at which a job's full round stopped; the next round continues after it.

So rows that always fail, or stay pending, take turns with all others. Each process has its own; losing it only means
starting from the front.
"""


def run_for_rows(
    rows: QuerySet[Any],
    work: Callable[[Any], object],
    *,
    failure: str = "could not be moved on",
    limit: int | None = _MAX_AT_ONCE,
) -> int:
    """Runs the job for each row's key, up to `limit`. Returns the number of successes.

    `failure` follows the row's model and key in the log: "could not be sent". A job that did nothing returns False.
    """
    name = rows.model.__name__
    return each_of(
        _select_round_keys(rows, job=(name, failure, getattr(work, "__code__", work)), limit=limit),
        work,
        noun=name,
        failure=failure,
    )


def each_of(items: Iterable[_Item], work: Callable[[_Item], object], *, noun: str, failure: str) -> int:
    """Like `each`, for items already loaded; `noun` names their kind in the log."""
    success_count = 0
    for item in items:
        try:
            success_count += work(item) is not False
        except Exception as exc:  # noqa: BLE001 - it is logged
            repeated_failures.log(logger, exc, _TRIED_AGAIN, noun, item, failure)
        else:
            repeated_failures.forget(logger, _TRIED_AGAIN, noun, item, failure)
    return success_count


def slices(items: Iterable[_Item], size: int) -> Iterator[list[_Item]]:
    """Yields lists of at most `size` items, in order."""
    iterator = iter(items)
    while some := list(islice(iterator, size)):
        yield some


def _iterate_keys(keys: QuerySet[Any, Any]) -> Iterator[Any]:
    """Yields all keys in slices, so that a round over very many rows does not load all of them."""
    some = list(keys[:_KEYS_AT_ONCE])
    while some:
        yield from some
        some = list(keys.filter(pk__gt=some[-1])[:_KEYS_AT_ONCE])


def _select_round_keys(rows: QuerySet[Any], *, job: object, limit: int | None) -> Iterable[Any]:
    """Returns the keys of this round in order: those after the last stop, then from the front."""
    keys = rows.order_by("pk").values_list("pk", flat=True).distinct()
    if limit is None:
        return _iterate_keys(keys)
    after = _stopped_at.pop(job, None)
    batch = list(keys[:limit]) if after is None else list(keys.filter(pk__gt=after)[:limit])
    if after is not None and len(batch) < limit:
        batch += keys.filter(pk__lte=after)[: limit - len(batch)]
    if len(batch) == limit:
        _stopped_at[job] = batch[-1]
    return batch
