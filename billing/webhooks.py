"""Webhooks of card processors: stored once, then handled by looking at the payment as it is now."""

from datetime import datetime

from billing import holds
from billing.models import Hold, ProcessorEvent
from billing.processors.protocol import WebhookEvent

_MOST_AT_ONCE = 200


def keep(event: WebhookEvent, *, processor: str, raw: bytes, now: datetime) -> bool:
    """Stores the event; False if it came before."""
    _, is_new = ProcessorEvent.objects.get_or_create(
        processor=processor,
        event_id=event.event_id[:255],
        defaults={
            "kind": event.kind[:100],
            "subject": event.subject,
            "processor_ref": event.ref[:255],
            "raw": raw.decode(errors="replace").replace("\x00", "\ufffd"),
            "received_at": now,
        },
    )
    return is_new


def handle_stored(*, now: datetime) -> int:
    """Handles what is stored. The order does not matter: each looks up the payment's present state."""
    waiting = ProcessorEvent.objects.filter(handled_at=None).order_by("id")
    events = list(waiting[:_MOST_AT_ONCE])
    for event in events:
        for pk in Hold.objects.filter(processor=event.processor, processor_ref=event.processor_ref).values_list("pk"):
            holds.check(pk[0], now=now)
        ProcessorEvent.objects.filter(pk=event.pk, handled_at=None).update(handled_at=now)
    return len(events)
