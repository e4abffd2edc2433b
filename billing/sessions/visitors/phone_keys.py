"""The secrets of stays on a phone, in one signed cookie. Which stays they open is looked up each time."""

from typing import Final

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from authorization.visits import stay_keys

_COOKIE: Final = "stay_keys"
_LIMIT: Final = 8


def read_secrets(request: HttpRequest) -> list[str]:
    """Returns the phone's secrets, newest last; none from a cookie that was tampered with."""
    lasts_s = int(stay_keys.REMEMBERED_FOR.total_seconds())
    try:
        text = request.get_signed_cookie(_COOKIE, default="", max_age=lasts_s) or ""
    except signing.BadSignature:
        return []
    return [secret for secret in text.split(".") if secret][-_LIMIT:]


def add(request: HttpRequest, response: HttpResponse, secret: str) -> HttpResponse:
    """Returns the response with a cookie that adds the secret; without a secret it renews the cookie."""
    secrets = [*read_secrets(request), *([secret] if secret else [])][-_LIMIT:]
    response.set_signed_cookie(
        _COOKIE,
        ".".join(secrets),
        max_age=int(stay_keys.REMEMBERED_FOR.total_seconds()),
        secure=bool(settings.SESSION_COOKIE_SECURE),
        httponly=True,
        samesite="Lax",
    )
    return response


def forget(response: HttpResponse) -> HttpResponse:
    """Returns the response that deletes the phone's secrets."""
    response.delete_cookie(_COOKIE, samesite="Lax")
    return response
