"""The language of guest pages: chosen at the foot of a page, or else the browser's."""

from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import Resolver404, ResolverMatch, resolve
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

_GUESTS = ("guest", "drive", "help")
_BANK = "processors:simulated-confirmation"


@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Stores the language in a cookie and redirects to the guest's page, never to another site."""
    back, language = request.POST.get("next", ""), request.POST.get("language", "")
    response = redirect(back if _is_guests_page(back) else "guest:enter")
    if language in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=settings.LANGUAGE_COOKIE_AGE,
            secure=settings.LANGUAGE_COOKIE_SECURE,
            httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
            samesite="Lax",
        )
    return response


def is_spoken_at(match: ResolverMatch) -> bool:
    """Whether this URL is shown in the guest's language: their own pages, and the simulated pages of their bank."""
    return match.app_name in _GUESTS or match.view_name == _BANK


def _is_guests_page(address: str) -> bool:
    if not address.startswith("/") or not url_has_allowed_host_and_scheme(address, allowed_hosts=None):
        return False
    try:
        return resolve(unquote(urlsplit(address).path)).app_name in _GUESTS
    except Resolver404:
        return False
