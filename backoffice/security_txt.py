"""`/.well-known/security.txt` (RFC 9116): the contact for reporting vulnerabilities."""

from datetime import timedelta
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from authorization.people.request import now

_ADDRESS: Final = "/.well-known/security.txt"
_VALID_FOR: Final = timedelta(days=180)
"""Less than the maximum of a year that section 2.5.5 advises, so that stored copies expire."""


@require_safe
def security_txt(_request: HttpRequest) -> HttpResponse:
    """Returns the contact: by mail if SUPPORT_EMAIL is set, else by the form for help."""
    base = settings.PUBLIC_BASE_URL.rstrip("/")
    contact = f"mailto:{settings.SUPPORT_EMAIL}" if settings.SUPPORT_EMAIL else f"{base}{reverse('help:start')}"
    lines = (
        f"Contact: {contact}",
        f"Expires: {now() + _VALID_FOR:%Y-%m-%dT00:00:00Z}",
        "Preferred-Languages: " + ", ".join(code for code, _name in settings.LANGUAGES),
        f"Canonical: {base}{_ADDRESS}",
    )
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
