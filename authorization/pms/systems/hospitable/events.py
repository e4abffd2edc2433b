"""Hospitable's events: they come to an address that cannot be guessed, and are signed if the secret is known here."""

from datetime import datetime

from authorization.pms.parsing import signatures
from authorization.pms.systems.source import Event


def is_genuine(event: Event, *, now: datetime) -> bool:
    """Whether the event is genuine: by the hex HMAC of the body, if there is a secret."""
    return not event.secret or signatures.is_hex(event.headers.get("signature", ""), event.body, secret=event.secret)
