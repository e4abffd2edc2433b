"""Rate limits for wrong join codes, by code, device and address, so that one person's mistakes do not stop their
neighbours.

There are 32^8 codes: at 300 guesses in ten minutes, one of a thousand codes is found by chance in 70 years. Repeating a
wrong code reveals nothing and is counted once, because many people read a notice with a stopped code.
"""

import secrets
from typing import Final

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from authorization.people import rate_limit
from billing.sessions.join_codes import codes
from billing.sessions.visitors import limits

TEN_MINUTES_S: Final = 600
OF_DEVICE: Final = 10
"""The typing mistakes of a patient person."""
OF_ADDRESS: Final = 300
"""A hotel full of patient people."""
_OF_DEVICE: Final = "join-codes-of-device"
_OF_ADDRESS: Final = "join-codes"
_DEVICE: Final = "join_device"
_DEVICE_FOR_S: Final = 24 * 3600


def wait_s(request: HttpRequest) -> int:
    """Returns the seconds until this device or address may try a code again; 0: now."""
    device = _device(request)
    if device and rate_limit.read_count(_OF_DEVICE, subject=device) >= OF_DEVICE:
        return rate_limit.wait_s(_OF_DEVICE, subject=device, within_s=TEN_MINUTES_S)
    return limits.wait_s(request, _OF_ADDRESS, limit=OF_ADDRESS, within_s=TEN_MINUTES_S)


def count(request: HttpRequest, entered_code: str) -> None:
    """Counts a wrong code.

    Text that cannot be a code, and a wrong code already counted for this address, are not counted.
    """
    formatted_code = codes.format_typed(entered_code)
    if not formatted_code or limits.too_often(request, f"join-code-{formatted_code}", limit=1, within_s=TEN_MINUTES_S):
        return
    limits.too_often(request, _OF_ADDRESS, limit=OF_ADDRESS, within_s=TEN_MINUTES_S)
    if device := _device(request):
        rate_limit.count(_OF_DEVICE, subject=device, within_s=TEN_MINUTES_S)


def set_device_cookie(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Returns the response with a cookie that identifies this device next time; it has no personal data."""
    if not _device(request):
        response.set_signed_cookie(
            _DEVICE,
            secrets.token_hex(8),
            max_age=_DEVICE_FOR_S,
            path="/join/",
            secure=bool(settings.SESSION_COOKIE_SECURE),
            httponly=True,
            samesite="Lax",
        )
    return response


def _device(request: HttpRequest) -> str:
    try:
        return request.get_signed_cookie(_DEVICE, default="", max_age=_DEVICE_FOR_S) or ""
    except signing.BadSignature:
        return ""
