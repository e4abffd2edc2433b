"""Messages on their way to push services: each is claimed, sent outside any transaction, and tried three times at most.

A push service that no longer knows the browser ends the subscription (RFC 8030 7.3), as does an address that may not
be called.
"""

import json
import logging
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final

from django.db.models import F

from billing.models import PushMessage
from billing.sessions.push import encryption
from billing.sessions.waiting_list import waiting_list
from chargers.lib import outbound
from chargers.lib.outbound import Answer, ForbiddenAddressError, Limits, NoAnswerError

logger = logging.getLogger(__name__)
_RETRY_DELAYS: Final = (timedelta(seconds=10), timedelta(seconds=30))
"""Delays between attempts; after the last failure the message is given up."""
_LONGEST_WAIT_S: Final = 120
_LEASE: Final = timedelta(minutes=1)
_LIMITS: Final = Limits(timeout_s=10)
_MAX_AT_ONCE: Final = 200
_ENDS_THE_SUBSCRIPTION: Final = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
_TRIED_AGAIN: Final = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS)


def due(*, now: datetime) -> list[int]:
    """Returns the messages that are to be sent now; drops those that are outdated."""
    PushMessage.objects.filter(due_at__isnull=False, expires_at__lte=now).update(due_at=None)
    rows = PushMessage.objects.filter(due_at__lte=now).order_by("due_at", "pk")
    return list(rows.values_list("pk", flat=True)[:_MAX_AT_ONCE])


def send(pk: int, *, now: datetime) -> bool:
    """Sends one message. False if another worker has it, or if the push service did not take it."""
    claimed = PushMessage.objects.filter(pk=pk, due_at__lte=now, expires_at__gt=now)
    if not claimed.update(due_at=now + _LEASE, attempts=F("attempts") + 1):
        return False
    message = PushMessage.objects.select_related("subscription__waiting_guest").get(pk=pk)
    if message.attempts > len(_RETRY_DELAYS) + 1:  # each attempt before was cut off
        _give_up(message)
        return False
    try:
        answer = _post(message, now=now)
    except ForbiddenAddressError as exc:
        logger.warning("A browser's push service %s", exc)
        message.subscription.delete()
        return False
    except NoAnswerError:
        _try_again(message, wait_s=0, now=now)
        return False
    return _handle_answer(message, answer, now=now)


def _post(message: PushMessage, *, now: datetime) -> Answer:
    browser = message.subscription
    content = {"title": message.title, "text": message.text, "tag": _tag(message)}
    headers: dict[bytes | str, bytes | str] = {
        "Authorization": encryption.authorization(browser.endpoint, now=now),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(max(int((message.expires_at - now).total_seconds()), 0)),
        "Urgency": "high",
    }
    body = encryption.encrypt(
        json.dumps(content, ensure_ascii=False).encode(), p256dh=browser.p256dh, auth=browser.auth
    )
    return outbound.post(browser.endpoint, headers=headers, body=body, limits=_LIMITS)


def _handle_answer(message: PushMessage, answer: Answer, *, now: datetime) -> bool:
    if answer.status in _ENDS_THE_SUBSCRIPTION:
        message.subscription.delete()
        return False
    if answer.status in _TRIED_AGAIN or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        wait_s = int(answer.retry_after) if answer.retry_after.isdecimal() else 0
        _try_again(message, wait_s=wait_s, now=now)
        return False
    if not HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
        logger.warning("A push service answered %s; the message is given up", answer.status)
        _give_up(message)
        return False
    PushMessage.objects.filter(pk=message.pk).update(due_at=None, sent_at=now)
    if message.subscription.waiting_guest is not None:
        waiting_list.mark_informed(message.subscription.waiting_guest, now=now)
    return True


def _try_again(message: PushMessage, *, wait_s: int, now: datetime) -> None:
    if message.attempts > len(_RETRY_DELAYS):
        _give_up(message)
        return
    wait = max(_RETRY_DELAYS[message.attempts - 1], timedelta(seconds=min(wait_s, _LONGEST_WAIT_S)))
    PushMessage.objects.filter(pk=message.pk, attempts=message.attempts).update(due_at=now + wait)


def _give_up(message: PushMessage) -> None:
    PushMessage.objects.filter(pk=message.pk).update(due_at=None)


def _tag(message: PushMessage) -> str:
    """Returns what a later message replaces: those of one session, of one place."""
    return "charging" if message.subscription.session_id else "waiting"
