"""Waits for mobility providers' answers on the event loop, outside any transaction.

A worker asks, stores the outcome and sends a hint. A poll each second, of the questions that this process waits for,
replaces lost hints. A wait ends at its limit in any case.
"""

import asyncio
import contextlib
import logging
import uuid
from collections import defaultdict
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial

from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from authorization.roaming import questions
from authorization.tasks import ask_provider
from chargers.journal.flow_result import AwaitingProvider
from chargers.journal.group_commit import Journal, WorkResult

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
# Separate from the loop's own threads, which admit chargers, because a send takes seconds while Redis is away.
_senders = ThreadPoolExecutor(max_workers=2, thread_name_prefix="provider-answers")
_waiting: defaultdict[uuid.UUID, set[asyncio.Event]] = defaultdict(set)


async def wait(asking: AwaitingProvider) -> None:
    """Waits until the question is answered, or until its limit. Never raises."""
    answer_event = asyncio.Event()
    _waiting[asking.question_id].add(answer_event)
    try:
        if asking.is_new:
            asyncio.get_running_loop().run_in_executor(_senders, _send, asking)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(answer_event.wait(), max((asking.until - _now()).total_seconds(), 0))
    finally:
        _waiting[asking.question_id].discard(answer_event)
        if not _waiting[asking.question_id]:
            del _waiting[asking.question_id]


def wake_waiters(question_ids: Collection[uuid.UUID]) -> None:
    """Wakes the waits for these answered questions."""
    for question_id in question_ids:
        for answer_event in _waiting.get(question_id, ()):
            answer_event.set()


async def wake_concluded(journal: Journal) -> None:
    """Wakes waits whose hint was lost. Costs nothing while no question is pending."""
    if question_ids := list(_waiting):
        wake_waiters(await journal.submit(partial(_find_ended_questions, question_ids), failed=_nothing_seen))


def _find_ended_questions(question_ids: list[uuid.UUID]) -> WorkResult:
    return WorkResult(value=questions.filter_closed(question_ids))


def _nothing_seen(_: Exception) -> WorkResult:
    return WorkResult(value=[])


def _send(asking: AwaitingProvider) -> None:
    """Sends the question, unless its time ran out while earlier ones waited for Redis."""
    if asking.until <= _now():
        return
    try:
        ask_provider.apply_async((str(asking.question_id),), retry=False)
    except (OperationalError, RedisError, OSError):
        logger.warning("Redis is away: a provider's question waits for the sweep")


def _now() -> datetime:
    return datetime.now(tz=UTC)
