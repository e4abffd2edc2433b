"""Signatures of events: Guesty's (standardwebhooks.com) and Hospitable's."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

WINDOW: Final = timedelta(minutes=5)
"""Events signed longer ago than this, or further ahead, are rejected as possible replays."""
_PREFIX: Final = "whsec_"


def is_standard(headers: Mapping[str, str], body: bytes, *, secret: str, now: datetime) -> bool:
    """Checks HMAC-SHA256 over id, timestamp and body.

    One valid signature is enough, because a secret may be in rotation.
    """
    for prefix in ("svix", "webhook"):
        event, at, signed = (headers.get(f"{prefix}-{part}", "") for part in ("id", "timestamp", "signature"))
        if event and signed and _is_recent(at, now=now):
            expected = _digest(f"{event}.{at}.".encode() + body, secret=secret)
            signatures = [
                value for version, _, value in (part.partition(",") for part in signed.split()) if version == "v1"
            ]
            return expected != "" and any(
                hmac.compare_digest(expected.encode(), signature.encode()) for signature in signatures
            )
    return False


def is_hex(signature: str, body: bytes, *, secret: str) -> bool:
    """Checks the hex HMAC-SHA256 of the body."""
    expected = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.strip().lower().encode())


def _is_recent(at: str, *, now: datetime) -> bool:
    if not at.isascii() or not at.isdigit() or len(at) > 12:
        return False
    return abs(now.timestamp() - int(at)) <= WINDOW.total_seconds()


def _digest(content: bytes, *, secret: str) -> str:
    """Returns the digest; empty if the secret has the wrong form for such events."""
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return ""
    return base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode() if key else ""
