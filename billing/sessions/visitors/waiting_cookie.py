"""A phone's places on waiting lists, in one signed cookie."""

from typing import Final

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

_COOKIE: Final = "waiting_turns"
_LASTS_S: Final = 12 * 3600
_LIMIT: Final = 4


def read_keys(request: HttpRequest) -> list[str]:
    """Returns the keys of the places; none from a cookie that was tampered with."""
    try:
        text = request.get_signed_cookie(_COOKIE, default="", max_age=_LASTS_S) or ""
    except signing.BadSignature:
        return []
    return [key for key in text.split(" ") if key][-_LIMIT:]


def add(request: HttpRequest, response: HttpResponse, key: str) -> HttpResponse:
    """Returns the response with a cookie that adds the place."""
    keys = [other for other in read_keys(request) if other != key]
    response.set_signed_cookie(
        _COOKIE,
        " ".join([*keys, key][-_LIMIT:]),
        max_age=_LASTS_S,
        secure=bool(settings.SESSION_COOKIE_SECURE),
        httponly=True,
        samesite="Lax",
    )
    return response
