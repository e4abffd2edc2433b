"""A browser's subscription to messages: checked as it comes in, since anybody can send one, and ended.

The address is chosen by the browser's maker, and so by anybody who pretends to be a browser. It must be https and not
private; what its name resolves to is checked at each call (`chargers.lib.outbound`).
"""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from django.db import transaction

from billing.models import PushSubscription, Session, WaitingGuest
from chargers.lib import outbound

LIMIT: Final = 5
"""The most browsers of one session or place; the oldest gives way."""
_MAX_ENDPOINT: Final = 1000
_AUTH_BYTES: Final = 16
_KEPT_AFTER_THE_END: Final = timedelta(hours=1)


class SubscriptionError(Exception):
    """The subscription cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Browser:
    """What `PushManager.subscribe` returns, checked. Raises SubscriptionError."""

    endpoint: str
    p256dh: str
    auth: str

    def __post_init__(self) -> None:
        _check_endpoint(self.endpoint)
        try:
            EllipticCurvePublicKey.from_encoded_point(SECP256R1(), _decode_base64url(self.p256dh))
        except ValueError as exc:
            raise SubscriptionError("The public key is not a point of the curve P-256.") from exc
        if len(_decode_base64url(self.auth)) != _AUTH_BYTES:
            raise SubscriptionError("The shared secret must have 16 bytes.")


def add(subject: Session | WaitingGuest, browser: Browser, *, language: str, now: datetime) -> None:
    """Subscribes the browser, once however often it asks."""
    owner = _owner(subject)
    values = {"p256dh": browser.p256dh, "auth": browser.auth, "language": language}
    with transaction.atomic():
        _lock(subject)  # two browsers may ask for the last place
        PushSubscription.objects.update_or_create(
            **owner, endpoint=browser.endpoint, defaults=values, create_defaults={**values, "made_at": now}
        )
        newest = PushSubscription.objects.filter(**owner).order_by("-made_at", "-pk").values_list("pk", flat=True)
        PushSubscription.objects.filter(**owner).exclude(pk__in=list(newest[:LIMIT])).delete()


def exists(subject: Session | WaitingGuest, *, endpoint: str) -> bool:
    return PushSubscription.objects.filter(**_owner(subject), endpoint=endpoint).exists()


def remove(subject: Session | WaitingGuest, *, endpoint: str) -> None:
    PushSubscription.objects.filter(**_owner(subject), endpoint=endpoint).delete()


def prune(*, now: datetime) -> int:
    """Deletes the subscriptions of sessions that ended an hour ago, with their messages. Returns their number."""
    inactive = PushSubscription.objects.exclude(session__state__in=Session.LIVE).filter(session__isnull=False)
    before = now - _KEPT_AFTER_THE_END
    never_started = inactive.filter(session__stopped_at=None, made_at__lt=before)
    return inactive.filter(session__stopped_at__lt=before).delete()[0] + never_started.delete()[0]


def _owner(subject: Session | WaitingGuest) -> dict[str, Session | WaitingGuest]:
    return {"session" if isinstance(subject, Session) else "waiting_guest": subject}


def _lock(subject: Session | WaitingGuest) -> None:
    if isinstance(subject, Session):
        Session.objects.select_for_update(no_key=True).get(pk=subject.pk)
    else:
        WaitingGuest.objects.select_for_update(no_key=True).get(pk=subject.pk)


def _check_endpoint(endpoint: str) -> None:
    try:
        parts = urlsplit(endpoint)
        host, port = parts.hostname or "", parts.port
    except ValueError as exc:
        raise SubscriptionError("The address cannot be read.") from exc
    if len(endpoint) > _MAX_ENDPOINT or not endpoint.isascii() or not endpoint.isprintable() or " " in endpoint:
        raise SubscriptionError("The address is too long, or has characters that no address has.")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise SubscriptionError("The address has a name, a password or a fragment.")
    if why := outbound.refusal(host, port):
        raise SubscriptionError(why)
    if parts.scheme != "https" and not (parts.scheme == "http" and outbound.is_ours(host)):
        raise SubscriptionError("The address does not begin with https://.")


def _decode_base64url(text: str) -> bytes:
    """Reads base64url without padding (RFC 4648 5). Raises SubscriptionError."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as exc:
        raise SubscriptionError("A key is not base64url.") from exc
