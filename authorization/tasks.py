"""Background tasks of authorization. Each may run twice, late or in parallel."""

import logging
import queue
import threading
import time
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from celery import shared_task
from django.conf import settings
from django.db import connection, transaction
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from authorization.insight import unstarted_sessions
from authorization.models import MobilityProvider, TokenImport
from authorization.pms import connections, sync
from authorization.rest import idempotency
from authorization.roaming import breaker, questions, realtime, token_sync
from authorization.roaming.realtime import Observe, ProviderExchange
from authorization.tokens import token_imports
from authorization.tokens.acts import token_imports as acts
from billing.roaming.calling import provider_exchanges
from chargers.lib import batch, nudges
from chargers.lib.outbound import NoAnswerError, TimedOutError
from chargers.lib.secrets import UnreadableSecretError

logger = logging.getLogger(__name__)
_ended: queue.SimpleQueue[str] = queue.SimpleQueue()
_telling = threading.Lock()
_SYNC_EXPIRES_S = 60


@shared_task
def ask_provider(question_id: str) -> str:
    """Asks one question outside any transaction, stores the outcome and wakes the waiting callers.

    No database connection is held while the provider is asked, because hundreds of drivers may wait at once.
    """
    key = uuid.UUID(question_id)
    try:
        job = questions.begin(key, now=_now())
    except UnreadableSecretError:
        job = None
        cause = "was not called: its credentials token cannot be read, so enter it again"
        questions.no_answer(key, cause, timed_out=False, took_ms=0, now=_now())
    exchanges: list[ProviderExchange] = []
    if job is not None:
        _let_go()
        _ask(key, job, observe=exchanges.append)
    _nudge(question_id)
    _record(exchanges)
    _let_go()
    return question_id


@shared_task
def sweep_questions() -> int:
    """Expires overdue questions, and enqueues again those that no worker claimed, since a queue may be lost."""
    now = _now()
    with transaction.atomic():
        ended = questions.give_up_overdue(now=now)
    _send_again(questions.not_begun(now=now))
    return ended


@shared_task
def probe_providers() -> int:
    """Probes providers that do not respond, each every half minute."""
    now = _now()

    def probe(provider: MobilityProvider) -> None:
        if (question := questions.open_probe(provider, now=now)) is not None:
            ask_provider.delay(str(question.pk))

    return batch.each_of(breaker.due(now=now), probe, noun="Provider", failure="could not be probed")


@shared_task
def notice_unstarted() -> int:
    """Records cards that we accepted with a car plugged in, but without a session."""
    return unstarted_sessions.notice(now=_now())


@shared_task
def prune_questions() -> int:
    """Deletes questions after the retention period of messages."""
    return questions.prune(before=_now() - timedelta(days=settings.MESSAGE_RETENTION_DAYS))


@shared_task
def apply_token_imports() -> int:
    """Applies card files that were too long to apply at once, each only once even with several workers."""
    return batch.each_of(token_imports.due(now=_now()), _apply_once, noun="TokenImport", failure="could not be applied")


def _apply_once(pk: int) -> bool:
    """Applies one file. Returns False if another worker does, or if nothing of it was written."""
    with transaction.atomic():
        waiting = TokenImport.objects.select_for_update(skip_locked=True, of=("self",)).select_related("host")
        token_import = waiting.filter(pk=pk, done_at=None).first()
        return token_import is not None and _apply(token_import)


def _apply(token_import: TokenImport) -> bool:
    by = token_import.asked_by or token_import.asked_by_key
    try:
        with transaction.atomic():
            if by is None:
                raise LookupError("whoever asked for it is gone")
            acts.apply(token_import, by=by, now=_now())
    except Exception:
        logger.exception("A file of cards could not be applied; nothing of it was written")
        token_imports.gave_up(token_import.pk, now=_now())
        return False
    return True


@shared_task
def resync_providers() -> int:
    """Fetches the cards of providers for which a user requested it, each by one worker at a time."""
    return batch.each_of(token_sync.due(now=_now()), _resync, noun="Provider", failure="could not be fetched from")


def _resync(msp_pk: int) -> bool:
    """Fetches one provider's cards. Returns False if another worker does."""
    sync = token_sync.run(msp_pk, now=_now(), observe=lambda exchange: _record([exchange]))
    if sync is not None:
        token_sync.mark_done(sync, now=_now())
    return sync is not None


@shared_task
def sync_due_stays() -> int:
    """Enqueues each property system that is due. A lost one will be due again."""
    due = connections.due(now=_now())
    try:
        for pk in due:
            sync_stays_of.apply_async((pk,), retry=False, expires=_SYNC_EXPIRES_S)
    except (OperationalError, RedisError, OSError):
        logger.warning("Redis is away: property systems wait for the next round")
    return len(due)


@shared_task
def sync_stays_of(pk: int) -> bool:
    """Reads one property system if it is still due and no other worker does."""
    if pk not in connections.due(now=_now()):
        return False
    outcome = sync.run(pk, now=_now())
    _let_go()
    return outcome is not None and outcome.failure is None


@shared_task
def forget_token_imports() -> int:
    """Deletes uploaded token files that were not applied within an hour."""
    return token_imports.forget(now=_now())


@shared_task
def forget_api_requests() -> int:
    """Deletes Idempotency-Keys older than a week."""
    return idempotency.forget(now=_now())


def _record(exchanges: Iterable[ProviderExchange]) -> None:
    """Stores exchanges with a connected provider in its journal. The answer counts without it."""
    for exchange in exchanges:
        try:
            provider_exchanges.record(exchange, now=_now())
        except Exception:
            logger.exception("An exchange with a provider is missing in its journal")


def _ask(key: uuid.UUID, job: questions.Job, *, observe: Observe) -> None:
    began = time.monotonic()
    try:
        reply = realtime.authorize(job.endpoint, job.question, timeout_s=job.timeout_s, observe=observe)
    except NoAnswerError as exc:
        took_ms, timed_out = _ms_since(began), isinstance(exc, TimedOutError)
        questions.no_answer(key, str(exc), timed_out=timed_out, took_ms=took_ms, now=_now())
    else:
        questions.answer(key, reply, took_ms=_ms_since(began), now=_now())


def _nudge(question_id: str) -> None:
    """Notifies the gateway in batches: the first thread sends for all questions that have ended by then.

    A lost notification is repaired by the gateway's own poll, a second later.
    """
    _ended.put(question_id)
    while not _ended.empty() and _telling.acquire(blocking=False):
        try:
            _notify_gateways([_ended.get() for _ in range(_ended.qsize())])
        finally:
            _telling.release()


def _notify_gateways(question_ids: list[str]) -> None:
    if not question_ids:
        return
    nudges.to_gateways({"type": "validated", "questions": question_ids})


def _send_again(waiting: Iterable[uuid.UUID]) -> None:
    """Enqueues the questions.

    Stops at the first that Redis rejects, since each would wait for its timeout; the next sweep sends them.
    """
    try:
        for key in waiting:
            ask_provider.apply_async((str(key),), retry=False)
    except (OperationalError, RedisError, OSError):
        logger.warning("Redis is away: providers' questions wait for the next sweep")


def _let_go() -> None:
    if not connection.in_atomic_block:
        connection.close()


def _ms_since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)


def _now() -> datetime:
    return datetime.now(tz=UTC)
