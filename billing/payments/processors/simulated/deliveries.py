"""The simulated processor's webhooks: signed, and each delivered twice."""

import hashlib
import hmac
import json
import secrets
from datetime import UTC, datetime, timedelta
from typing import Final

from django.conf import settings

from billing.models import SimulatedDelivery
from billing.payments.processors.protocol import Subject, WebhookError, WebhookEvent

SIGNATURE_HEADER: Final = "Simulated-Signature"
TOLERANCE: Final = timedelta(minutes=5)
LATE_DELIVERY: Final = timedelta(seconds=30)
_SUBJECTS: Final = {str(subject): subject for subject in Subject}


def deliver(kind: str, *, ref: str) -> None:
    """Delivers an event at once, and once more later."""
    now = datetime.now(tz=UTC)
    event_id = f"evt_{secrets.token_hex(12)}"
    raw = json.dumps({"id": event_id, "kind": kind, "ref": ref, "created_at": now.isoformat()})
    SimulatedDelivery.objects.bulk_create(
        SimulatedDelivery(event_id=event_id, raw=raw, due_at=due) for due in (now, now + LATE_DELIVERY)
    )


def sign(raw: bytes, *, now: datetime) -> str:
    """Returns the signature's header: the time and the HMAC over time and raw body."""
    stamp = str(int(now.timestamp()))
    return f"{stamp}.{_mac(raw, stamp)}"


def verify(raw: bytes, *, signature: str, now: datetime) -> WebhookEvent:
    """See `protocol.Processor.verify_webhook`."""
    stamp, _, sent_mac = signature.partition(".")
    if not stamp.isdecimal() or len(stamp) > 12 or not hmac.compare_digest(_mac(raw, stamp), sent_mac):
        raise WebhookError("The signature is not the processor's.")
    if abs(now - datetime.fromtimestamp(int(stamp), tz=UTC)) > TOLERANCE:
        raise WebhookError("The webhook was signed more than 5 minutes ago.")
    try:
        body = json.loads(raw)
        kind = str(body["kind"])
        return WebhookEvent(
            event_id=str(body["id"]),
            kind=kind,
            subject=_SUBJECTS.get(kind.partition(".")[0], Subject.OTHER),
            ref=str(body["ref"]),
            created_at=datetime.fromisoformat(body["created_at"]),
        )
    except (ValueError, KeyError, TypeError) as exc:
        raise WebhookError("The webhook's body cannot be read.") from exc


def _mac(raw: bytes, stamp: str) -> str:
    secret = hashlib.sha256(b"simulated-webhooks|" + settings.SECRET_KEY.encode()).digest()
    return hmac.new(secret, stamp.encode() + b"." + raw, hashlib.sha256).hexdigest()
