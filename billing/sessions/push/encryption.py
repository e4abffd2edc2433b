"""What a push service gets: a text that only the browser can read (RFC 8291), and who we are (VAPID, RFC 8292)."""

import base64
from datetime import datetime, timedelta
from functools import cache
from typing import Final
from urllib.parse import urlsplit

import http_ece
import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

_CLAIM_LASTS: Final = timedelta(hours=12)
"""At most 24 hours (RFC 8292 2)."""
_PADDED_TO: Final = 512
"""All messages have this length, which says nothing of their content."""


def is_set_up() -> bool:
    return bool(settings.VAPID_PRIVATE_KEY)


def public_key() -> str:
    """Returns the key that browsers subscribe with; empty if messages are not set up."""
    return _public_key(settings.VAPID_PRIVATE_KEY) if is_set_up() else ""


def encrypt(content: bytes, *, p256dh: str, auth: str) -> bytes:
    """Encrypts the content for one browser, with a key of its own (RFC 8188, aes128gcm)."""
    padded = content.ljust(_PADDED_TO)  # spaces after JSON mean nothing
    ephemeral = ec.generate_private_key(ec.SECP256R1())
    encrypted: bytes = http_ece.encrypt(
        padded,
        private_key=ephemeral,
        dh=_decode_base64url(p256dh),
        auth_secret=_decode_base64url(auth),
        version="aes128gcm",
    )
    return encrypted


def authorization(endpoint: str, *, now: datetime) -> str:
    """Returns the header that proves to the push service that the browser subscribed with us."""
    parts = urlsplit(endpoint)
    subject = f"mailto:{settings.SUPPORT_EMAIL}" if settings.SUPPORT_EMAIL else settings.PUBLIC_BASE_URL
    claim = {"aud": f"{parts.scheme}://{parts.netloc}", "exp": int((now + _CLAIM_LASTS).timestamp()), "sub": subject}
    token = jwt.encode(claim, _private_key(settings.VAPID_PRIVATE_KEY), algorithm="ES256")
    return f"vapid t={token}, k={public_key()}"


@cache
def _private_key(text: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(_decode_base64url(text), "big"), ec.SECP256R1())


@cache
def _public_key(text: str) -> str:
    point = _private_key(text).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()


def _decode_base64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
