"""Events of Hospitable come to an address that nobody can guess; they are signed where the secret is known here."""

from datetime import datetime

from authorization.pms.parsing import signatures
from authorization.pms.systems.source import Event


def is_genuine(event: Event, *, now: datetime) -> bool:
    """By the hex HMAC of the body, if there is a secret."""
    return not event.secret or signatures.is_hex(event.headers.get("signature", ""), event.body, secret=event.secret)
