"""Guesty's events, signed (standardwebhooks.com) with the secret that it shows for the subscription."""

from datetime import datetime

from authorization.pms.parsing import signatures
from authorization.pms.systems.source import Event


def is_genuine(event: Event, *, now: datetime) -> bool:
    """Whether the signature is valid; never without a secret."""
    return event.secret != "" and signatures.is_standard(event.headers, event.body, secret=event.secret, now=now)
