"""Wrong join codes, counted by code, by device and by address, so that a neighbour's mistakes stop nobody.

A code is one of 32^8: at 300 guesses in ten minutes, one of a thousand codes is found by chance in 70 years. A wrong
code that is tried again teaches nothing and is counted once: a notice with a stopped code is read by everybody.
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
"""As many typing mistakes as a patient person makes."""
OF_ADDRESS: Final = 300
"""A hotel full of patient persons."""
_OF_DEVICE: Final = "join-codes-of-device"
_OF_ADDRESS: Final = "join-codes"
_DEVICE: Final = "join_device"
_DEVICE_FOR_S: Final = 24 * 3600


def wait_s(request: HttpRequest) -> int:
    """Seconds until a code of this device or address is looked at again; 0: now."""
    device = _device(request)
    if device and rate_limit.counted(_OF_DEVICE, who=device) >= OF_DEVICE:
        return rate_limit.wait_s(_OF_DEVICE, who=device, within_s=TEN_MINUTES_S)
    return limits.wait_s(request, _OF_ADDRESS, most=OF_ADDRESS, within_s=TEN_MINUTES_S)


def count(request: HttpRequest, typed: str) -> None:
    """Counts a wrong code; what cannot be a code is no guess, and one that was wrong here before is counted already."""
    spelled = codes.spelled(typed)
    if not spelled or limits.too_often(request, f"join-code-{spelled}", most=1, within_s=TEN_MINUTES_S):
        return
    limits.too_often(request, _OF_ADDRESS, most=OF_ADDRESS, within_s=TEN_MINUTES_S)
    if device := _device(request):
        rate_limit.count(_OF_DEVICE, who=device, within_s=TEN_MINUTES_S)


def know(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The same answer, with which this device is known next time; the cookie says nothing of anybody."""
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
