"""A host's webhook endpoints: added, tested, disabled, enabled, deleted; an event delivered again."""

from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.urls import reverse

from authorization import audit
from authorization.accounts import notices
from authorization.models import ApiKey, User
from authorization.people import access
from authorization.people.roles import Right
from billing.models import WebhookDelivery, WebhookEndpoint
from billing.payments.webhooks import deliveries
from chargers.models import Host

_BY_HAND: Final = "A person disabled it."


def add(
    host: Host, *, url: str, kinds: list[str] | None, by: User | ApiKey, now: datetime
) -> tuple[WebhookEndpoint, str]:
    """Adds an endpoint and returns it with its secret, which is shown once.

    Raises NotAllowedError and EndpointError.
    """
    access.require(by, Right.HANDLE_MONEY, host)
    with transaction.atomic():
        new_endpoint, secret = deliveries.add(host, url=url, kinds=kinds, by=audit.actor(by), now=now)
        _write(
            "webhook.added", new_endpoint, by=by, now=now, after={"url": new_endpoint.url, "kinds": new_endpoint.kinds}
        )
        page = reverse("billing:connections", args=[host.slug])
        summary = f"added the webhook address {new_endpoint.url} to {host.name}"
        notices.webhook_added(host, summary, page=page, by=by, now=now)
    return new_endpoint, secret


def delete(endpoint: WebhookEndpoint, *, by: User | ApiKey, now: datetime) -> None:
    """Deletes the endpoint with its deliveries. Raises NotAllowedError."""
    access.require(by, Right.HANDLE_MONEY, endpoint.host)
    before = {"url": endpoint.url, "kinds": endpoint.kinds}
    with transaction.atomic():
        _write("webhook.deleted", endpoint, by=by, now=now, before=before)
        endpoint.delete()


def new_secret(endpoint: WebhookEndpoint, *, by: User | ApiKey, now: datetime) -> str:
    """Makes a new secret, which is shown once. Raises NotAllowedError."""
    access.require(by, Right.HANDLE_MONEY, endpoint.host)
    with transaction.atomic():
        secret = deliveries.new_secret(endpoint)
        _write("webhook.secret_changed", endpoint, by=by, now=now)
    return secret


def disable(endpoint: WebhookEndpoint, *, by: User | ApiKey, now: datetime) -> bool:
    """Disables the endpoint. False if it was disabled already. Raises NotAllowedError."""
    access.require(by, Right.HANDLE_MONEY, endpoint.host)
    with transaction.atomic():
        is_disabled = deliveries.disable(endpoint, why=_BY_HAND, now=now)
        if is_disabled:
            _write("webhook.disabled", endpoint, by=by, now=now)
    return is_disabled


def enable(endpoint: WebhookEndpoint, *, by: User | ApiKey, now: datetime) -> bool:
    """Enables the endpoint. False if it was enabled already. Raises NotAllowedError."""
    access.require(by, Right.HANDLE_MONEY, endpoint.host)
    with transaction.atomic():
        is_enabled = deliveries.enable(endpoint)
        if is_enabled:
            _write("webhook.enabled", endpoint, by=by, now=now)
    return is_enabled


def send_again(row: WebhookDelivery, *, by: User | ApiKey, now: datetime) -> None:
    """Queues the same event again, with the same id. Raises NotAllowedError and EndpointError."""
    access.require(by, Right.HANDLE_MONEY, row.endpoint.host)
    after = {"event": str(row.event_id), "kind": row.kind}
    with transaction.atomic():
        deliveries.send_again(row, now=now)
        _write("webhook.sent_again", row.endpoint, by=by, now=now, after=after)


def test(endpoint: WebhookEndpoint, *, by: User | ApiKey, now: datetime) -> None:
    """Queues a test event. Raises NotAllowedError and EndpointError."""
    access.require(by, Right.HANDLE_MONEY, endpoint.host)
    with transaction.atomic():
        deliveries.test(endpoint, now=now)
        _write("webhook.tested", endpoint, by=by, now=now)


def _write(
    verb: str,
    endpoint: WebhookEndpoint,
    *,
    by: User | ApiKey,
    now: datetime,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    subject = audit.Subject("webhook_endpoint", endpoint.pk, endpoint.url, endpoint.host)
    audit.write(verb, subject, user=by, now=now, before=before, after=after)
