"""Rounds: work that is done for whatever waits, where one that fails keeps no other waiting."""

import logging
from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet

logger = logging.getLogger(__name__)


def each(
    rows: QuerySet[Any], work: Callable[[Any], Any], *, what: str = "could not be moved on", most: int | None = 200
) -> int:
    """Does the work for the key of each row, the oldest first, at most so many; how many went well.

    `what` goes on after the row's model and its key: "could not be sent". What failed is in the log, and is tried
    again in the next round.
    """
    done = 0
    for pk in rows.order_by("pk").values_list("pk", flat=True).distinct()[:most]:
        try:
            work(pk)
        except Exception:
            logger.exception("%s %s %s; it is tried again", rows.model.__name__, pk, what)
        else:
            done += 1
    return done
