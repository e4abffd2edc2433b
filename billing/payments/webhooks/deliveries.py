"""Webhooks: a host's events, posted once to its own systems, with a signature (standardwebhooks.com).

`publish` writes an event as a row in the transaction of the act: it is sent if and only if the act is committed. A
worker claims due rows by a conditional update, posts them outside of any transaction, and stores the outcome. If the
worker is killed, its claim expires after two minutes, and the event is sent a second time with the same id.
"""

import base64
import hashlib
import hmac
import json
import logging
import secrets as random
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from django.db import transaction
from django.db.models import F, Min, Q

from billing.engine.values import units
from billing.models import WebhookDelivery, WebhookEndpoint
from billing.payments.webhooks import payloads
from billing.payments.webhooks.payloads import Subject
from chargers.lib import ids, outbound, secrets
from chargers.lib.outbound import Limits, NoAnswerError
from chargers.lib.secrets import UnreadableSecretError
from chargers.models import Host

logger = logging.getLogger(__name__)

Kind = WebhookEndpoint.Kind
LIMIT: Final = 10
"""The most endpoints of one host."""
TEST: Final = "webhook.test"
RETRY_DELAYS: Final = tuple(timedelta(minutes=n) for n in (1, 5, 30, 120, 360, 1440, 1440, 960))
"""Delays after each failure, from a minute on, three days in total. After the last the event is given up."""
FAILS_FOR: Final = timedelta(days=3)
_LIMITS: Final = Limits(timeout_s=10)
_LEASE: Final = timedelta(minutes=2)
_KEPT_FOR: Final = timedelta(days=30)
_ENDPOINTS_AT_ONCE: Final = 32
_EACH_AT_ONCE: Final = 4
_THREADS: Final = 16
_SECRET_BYTES: Final = 32
_PREFIX: Final = "whsec_"


class EndpointError(Exception):
    """The action is not possible; the message is a sentence for the host."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedPost:
    """One event to be sent, claimed by one worker. `secret` is still encrypted."""

    delivery: int
    tries: int
    url: str
    secret: str
    event_id: UUID
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryResult:
    """The outcome of a delivery. `error` is empty on success; it continues a sentence after the endpoint's name."""

    status: int | None
    error: str = ""


def publish(
    kind: Kind, subject: Subject, *, now: datetime, facts: Mapping[str, Any] | None = None, occasion: str = ""
) -> None:
    """Queues an event. Call it in the transaction of the act. One query if the host has no endpoint.

    `facts` replace what `payloads` reads; `occasion` distinguishes repeated events of one subject.
    """
    owner = payloads.owner(subject)
    rows = WebhookEndpoint.objects.filter(host_id=owner.host_id, disabled_at=None).select_related("host")
    wanting = [endpoint for endpoint in rows if endpoint.kinds is None or kind in endpoint.kinds]
    if wanting:
        key = f"{kind}:{owner.key}{':' if occasion else ''}{occasion}"
        data = payloads.data(subject) if facts is None else dict(facts)
        _queue(wanting, kind=kind, key=key, data=data, now=now)


def queue_alert(endpoint: WebhookEndpoint, *, kind: str, key: str, data: dict[str, Any], now: datetime) -> None:
    """Queues an event for the one endpoint of an alert rule, even if that does not accept its kind."""
    if endpoint.disabled_at is None:
        _queue([endpoint], kind=kind, key=key, data=data, now=now)


def add(host: Host, *, url: str, kinds: Collection[str] | None, by: str, now: datetime) -> tuple[WebhookEndpoint, str]:
    """Adds an endpoint and returns it with its secret, which is shown once. Raises EndpointError."""
    address = read_url(url)
    kind_names = None if kinds is None else sorted({Kind(kind).value for kind in kinds})
    if kind_names == []:
        raise EndpointError("Choose at least one kind of event.")
    secret = _new_secret()
    with transaction.atomic():
        Host.objects.select_for_update(no_key=True).get(pk=host.pk)
        if host.webhook_endpoints.count() >= LIMIT:
            raise EndpointError(f"A host has at most {LIMIT} endpoints: delete one first.")
        if host.webhook_endpoints.filter(url=address).exists():
            raise EndpointError("There is a webhook with this address already.")
        new_endpoint = WebhookEndpoint.objects.create(
            host=host,
            url=address,
            secret=secrets.encrypt(secret),
            kinds=kind_names,
            created_by=by[:150],
            created_at=now,
        )
    return new_endpoint, secret


def read_url(entered_url: str) -> str:
    """Returns the URL if it is valid; its host name is resolved only when it is called. Raises EndpointError."""
    try:
        parts = urlsplit(entered_url.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError as exc:
        raise EndpointError("This is no address: write it as https://example.com/hooks.") from exc
    if (
        parts.scheme not in {"http", "https"}
        or not host
        or not entered_url.strip().isascii()
        or not entered_url.isprintable()
    ):
        raise EndpointError("This is no address: write it as https://example.com/hooks.")
    if parts.username is not None or parts.password is not None:
        raise EndpointError("Leave name and password out of the address: the signature says who we are.")
    if why := outbound.refusal(host, port):
        raise EndpointError(why)
    if parts.scheme == "http" and not outbound.is_ours(host):
        raise EndpointError("The address must begin with https://: events say what was paid.")
    return entered_url.strip()


def new_secret(endpoint: WebhookEndpoint) -> str:
    """Makes a new secret, shown once; further events are signed with it."""
    secret = _new_secret()
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(secret=secrets.encrypt(secret))
    return secret


def disable(endpoint: WebhookEndpoint, *, why: str, now: datetime) -> bool:
    """Disables the endpoint: nothing is sent to it meanwhile. False if it was disabled before."""
    live = WebhookEndpoint.objects.filter(pk=endpoint.pk, disabled_at=None)
    return bool(live.update(disabled_at=now, disabled_why=why[:255]))


def enable(endpoint: WebhookEndpoint) -> bool:
    """Enables the endpoint; its unfinished events are sent, too. False if it was not disabled."""
    disabled = WebhookEndpoint.objects.filter(pk=endpoint.pk, disabled_at__isnull=False)
    return bool(disabled.update(disabled_at=None, disabled_why="", failing_since=None))


def test(endpoint: WebhookEndpoint, *, now: datetime) -> None:
    """Queues a test event. Raises EndpointError if the endpoint is disabled."""
    _must_be_enabled(endpoint)
    facts = {"message": "This is a test: nothing happened."}
    _queue([endpoint], kind=TEST, key=f"{TEST}:{ids.generate(now=now)}", data=facts, now=now)


def send_again(delivery: WebhookDelivery, *, now: datetime) -> None:
    """Queues the same event with the same id, with all attempts. Raises EndpointError if that is not possible."""
    _must_be_enabled(delivery.endpoint)
    ended = WebhookDelivery.objects.filter(pk=delivery.pk).exclude(delivered_at=None, given_up_at=None)
    if not ended.update(tries=0, next_try_at=now, delivered_at=None, given_up_at=None):
        raise EndpointError("It is on its way already: its next try is shown with it.")


def deliver_due(*, now: datetime) -> int:
    """Sends what is due, concurrently, and stores the outcomes. Returns how many succeeded. Not in a transaction."""
    signed_posts = list(lease_due(now=now))
    delivered_count = 0
    if not signed_posts:
        return delivered_count
    with ThreadPoolExecutor(max_workers=min(_THREADS, len(signed_posts))) as pool:
        sending = {pool.submit(send, signed_post, now=now): signed_post for signed_post in signed_posts}
        for future in as_completed(sending):
            outcome = _outcome(future)
            note(sending[future], outcome, now=now)
            delivered_count += not outcome.error
    return delivered_count


def _outcome(sent: Future[DeliveryResult]) -> DeliveryResult:
    """Returns the outcome.

    An unexpected error counts as a failed attempt: otherwise it would be retried forever and block others.
    """
    try:
        return sent.result()
    except Exception as exc:
        logger.exception("A webhook could not be sent")
        return DeliveryResult(status=None, error=f"could not be called ({type(exc).__name__})")


def lease_due(*, now: datetime) -> Iterator[SignedPost]:
    """Claims the oldest due events of each endpoint, so that a silent endpoint does not delay the others."""
    waiting = Q(deliveries__delivered_at=None, deliveries__given_up_at=None, deliveries__next_try_at__lte=now)
    live = WebhookEndpoint.objects.filter(waiting, disabled_at=None).annotate(since=Min("deliveries__next_try_at"))
    for endpoint in live.order_by("since")[:_ENDPOINTS_AT_ONCE]:
        rows = endpoint.deliveries.filter(delivered_at=None, given_up_at=None, next_try_at__lte=now)
        for row in rows.order_by("next_try_at", "id")[:_EACH_AT_ONCE]:
            unclaimed_rows = rows.filter(pk=row.pk, tries=row.tries)
            if unclaimed_rows.update(tries=F("tries") + 1, next_try_at=now + _LEASE, tried_at=now):
                yield SignedPost(
                    delivery=row.pk,
                    tries=row.tries + 1,
                    url=endpoint.url,
                    secret=endpoint.secret,
                    event_id=row.event_id,
                    body=row.body,
                )


def send(signed_post: SignedPost, *, now: datetime) -> DeliveryResult:
    """Posts the signed event; uses the network and not the database. Only a 2xx response counts as success."""
    try:
        key = secrets.decrypt(signed_post.secret)
        headers = build_signed_headers(signed_post.body, event_id=signed_post.event_id, secret=key, now=now)
        answer = outbound.post(signed_post.url, headers=headers, body=signed_post.body.encode(), limits=_LIMITS)
    except UnreadableSecretError:
        return DeliveryResult(status=None, error="was not called: its secret cannot be read here; make a new one")
    except NoAnswerError as exc:
        return DeliveryResult(status=None, error=str(exc))
    if answer.status in range(300, 400):
        return DeliveryResult(
            status=answer.status, error=f"answered {answer.status}, a redirect, which is not followed"
        )
    if answer.status not in range(200, 300):
        return DeliveryResult(status=answer.status, error=f"answered {answer.status}{_phrase(answer.status)}")
    return DeliveryResult(status=answer.status)


def build_signed_headers(body: str, *, event_id: UUID, secret: str, now: datetime) -> dict[bytes | str, bytes | str]:
    """Returns the headers of the scheme: HMAC-SHA256 over id, timestamp and body, joined by dots."""
    at = str(int(now.timestamp()))
    key = base64.b64decode(secret.removeprefix(_PREFIX))
    digest = hmac.new(key, f"{event_id}.{at}.{body}".encode(), hashlib.sha256).digest()
    return {
        "Content-Type": "application/json",
        "User-Agent": "charging-backoffice-webhooks",
        "Webhook-Id": str(event_id),
        "Webhook-Timestamp": at,
        "Webhook-Signature": f"v1,{base64.b64encode(digest).decode()}",
    }


def note(signed_post: SignedPost, outcome: DeliveryResult, *, now: datetime) -> None:
    """Stores the outcome, unless another worker has the event meanwhile."""
    open_ = WebhookDelivery.objects.filter(
        pk=signed_post.delivery, tries=signed_post.tries, delivered_at=None, given_up_at=None
    ).select_related("endpoint")
    facts: dict[str, Any] = {"last_status": outcome.status, "last_error": outcome.error[:255]}
    with transaction.atomic():
        row = open_.select_for_update(of=("self",)).first()
        if row is None:
            return
        endpoint = WebhookEndpoint.objects.filter(pk=row.endpoint_id)
        if not outcome.error:
            open_.update(**facts, delivered_at=now)
            endpoint.exclude(failing_since=None).update(failing_since=None)
            return
        if signed_post.tries > len(RETRY_DELAYS):
            open_.update(**facts, given_up_at=now)
        else:
            open_.update(**facts, next_try_at=now + RETRY_DELAYS[signed_post.tries - 1])
        endpoint.filter(failing_since=None).update(failing_since=now)
        _disable_failing(row.endpoint, outcome, now=now)


def forget_old(*, now: datetime) -> int:
    """Deletes finished events after 30 days."""
    ended = WebhookDelivery.objects.filter(made_at__lt=now - _KEPT_FOR).exclude(delivered_at=None, given_up_at=None)
    return ended.delete()[0]


def _disable_failing(endpoint: WebhookEndpoint, outcome: DeliveryResult, *, now: datetime) -> None:
    """Disables an endpoint at once if it answers 410 Gone, or else after three days of failures."""
    if outcome.status == HTTPStatus.GONE:
        disable(endpoint, why="It answered 410: it is gone and wants nothing more.", now=now)
        return
    failing = WebhookEndpoint.objects.filter(pk=endpoint.pk, failing_since__lte=now - FAILS_FOR)
    if failing.exists():
        disable(endpoint, why=f"It took nothing for three days. At last it {outcome.error}."[:255], now=now)


def _queue(endpoints: list[WebhookEndpoint], *, kind: str, key: str, data: dict[str, Any], now: datetime) -> None:
    """Queues the event with one id for all endpoints; an event that was queued before is skipped."""
    event_id = ids.generate(now=now)
    event = {
        "id": str(event_id),
        "type": kind,
        "timestamp": units.utc_text(now),
        "host": endpoints[0].host.slug,
        "data": data,
    }
    body = json.dumps(event, ensure_ascii=False)
    rows = [
        WebhookDelivery(
            endpoint=endpoint, event_id=event_id, kind=kind, key=key, body=body, made_at=now, next_try_at=now
        )
        for endpoint in endpoints
    ]
    WebhookDelivery.objects.bulk_create(rows, ignore_conflicts=True)


def _must_be_enabled(endpoint: WebhookEndpoint) -> None:
    if endpoint.disabled_at is not None:
        raise EndpointError("This endpoint is disabled: enable it first.")


def _new_secret() -> str:
    return _PREFIX + base64.b64encode(random.token_bytes(_SECRET_BYTES)).decode()


def _phrase(status: int) -> str:
    try:
        return f" ({HTTPStatus(status).phrase})"
    except ValueError:
        return ""
