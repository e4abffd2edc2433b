"""What every request and answer goes through: the client's address, security headers, a guest's language."""

import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.db import DataError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.html import escape

from authorization.company_login import admission
from authorization.models import User
from billing.guest import language
from billing.sessions.drivers import accounts
from chargers.handshake import trusted_proxies
from support.admin_site import second_factor

_API = "/api/v1/"
_NUL = "%00"
_FOR_EVERYBODY = frozenset({"/charge", "/api/v1/docs/", "/api/v1/schema/"})
_OPEN_APPS = frozenset({"guest", "drive", "help", "processors"})
_OPEN_PAGES = frozenset({"account_logout", "invitation"})
_OF_GUESTS = frozenset({"guest", "help", "processors"})
_OF_DRIVERS = frozenset({"guest:join"})
_MAY_BE_ASKED = frozenset(
    {"account_login", "account_reauthenticate", "mfa_authenticate", "mfa_reauthenticate", "mfa_reauthenticate_webauthn"}
)
_FORM_OF_THIS_PAGE = re.compile(rb'<form(?=[^>]*\smethod="post")(?![^>]*\saction=)')
_BY_COMPANY = "Your company logged you in. To use this page, log out and log in with your own password or passkey."
_POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
# The admin theme's scripts evaluate strings and its pages carry inline styles: it alone is exempt, by name.
_ADMIN_POLICY = _POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'").replace(
    "script-src 'self'", "script-src 'self' 'unsafe-inline' 'unsafe-eval'"
)


_OF_MAPS = frozenset({"chargers:map", "chargers:properties", "chargers:property"})


def _policy(request: HttpRequest) -> str:
    if request.path.startswith("/admin/"):
        return _ADMIN_POLICY
    match = request.resolver_match
    if settings.MAP_TILES_URL and match is not None and match.view_name in _OF_MAPS:
        parts = urlsplit(settings.MAP_TILES_URL)
        origin = f"{parts.scheme}://{parts.netloc}"
        return _POLICY.replace("img-src 'self' data:", f"img-src 'self' data: {origin}; connect-src 'self' {origin}")
    return _POLICY


class ClientAddress:
    """Behind a reverse proxy of ours REMOTE_ADDR is the client's address, for every limit and log that reads it.

    The header is taken away, so that nothing else believes what anybody may have written.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        forwarded_for = request.META.pop("HTTP_X_FORWARDED_FOR", "")
        request.META["REMOTE_ADDR"] = trusted_proxies.client_address(
            request.META.get("REMOTE_ADDR", ""), forwarded_for=forwarded_for, trusted=settings.TRUSTED_PROXIES
        )
        return self._get_response(request)


class ContentSecurityPolicy:
    """Sends a strict policy with every page: no inline script or style runs, not even one in a charger's name."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        response.headers.setdefault("Content-Security-Policy", _policy(request))
        return response


class NotForSearchEngines:
    """Search engines keep no page but the few that anybody may look for: most addresses hold a secret or a person."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        if request.path not in _FOR_EVERYBODY:
            response.headers.setdefault("X-Robots-Tag", "noindex, nofollow")
        return response


class RefuseNul:
    """No page's address and no form has a NUL, which PostgreSQL cannot hold: a 400 instead of a fault.

    The API says itself which parameter has one, and what programs send to us is read by its own reader.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        has_nul = "\x00" in request.path or _NUL in request.META.get("QUERY_STRING", "")
        if has_nul and not request.path.startswith(_API):
            return self._refused(request)
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """A form that did not say so itself: what the view began is undone with its transaction."""
        is_of_database = isinstance(exception, DataError | ValueError)
        if not is_of_database or request.path.startswith("/api/") or not _has_nul(request.POST):
            return None
        return self._refused(request)

    def _refused(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse(render_to_string("400.html", request=request), status=HTTPStatus.BAD_REQUEST)


def _has_nul(form: QueryDict) -> bool:
    """No person can type one: a program's mistake, or an attempt."""
    return any("\x00" in text for name, values in form.lists() for text in (name, *map(str, values)))


def _lead_forms_back(response: HttpResponse, *, to: str) -> None:
    if not response.streaming and response.headers.get("Content-Type", "").startswith("text/html"):
        response.content = _FORM_OF_THIS_PAGE.sub(f'<form action="{escape(to)}"'.encode(), response.content)


def _leads_to_log_in(response: HttpResponse) -> bool:
    return response.status_code == HTTPStatus.FOUND and response.headers["Location"].startswith(
        f"{reverse(settings.LOGIN_URL)}?"
    )


class ExplainForms:
    """What becomes of a form that a log-in came in the middle of.

    After the session has ended, the log-in page says that nothing was saved; and an address that only takes a form
    answers a page to a GET, as it follows that log-in. A form that is shown again after a fresh log-in, since something
    in it is wrong, goes to its own page when it is sent again: the browser's address is the log-in's.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        path = request.path
        response = self._get_response(request)
        if request.path != path:  # `fresh.after_log_in` has gone on with what was sent before
            _lead_forms_back(response, to=request.path)
        is_page = request.method == "GET" and not request.path.startswith("/api/")
        if is_page and response.status_code == HTTPStatus.METHOD_NOT_ALLOWED and not response.content:
            response.content = render_to_string("405.html", request=request).encode()
        if request.method == "POST" and _leads_to_log_in(response) and not request.user.is_authenticated:
            messages.warning(
                request, "You were logged out, so nothing of what you sent was saved. Log in and send it again."
            )
        return response


class DriversStayOutside:
    """A driver has an account and no business in the portal: every page but their own leads back to these."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_view(self, request: HttpRequest, _view: object, _args: Any, _kwargs: Any) -> HttpResponse | None:
        match, user = request.resolver_match, getattr(request, "user", None)
        if match is None or match.app_name in _OPEN_APPS or match.view_name in _OPEN_PAGES:
            return None
        if not isinstance(user, User) or user.sees_portal or accounts.is_of_portal(user):
            return None
        return redirect("drive:home")


class CompanySessions:
    """A session that a host's provider opened: it reaches nothing but this host, and changes no way to log in.

    Whoever runs the provider could otherwise keep an account for the day when another host lets its owner in.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_view(self, request: HttpRequest, _view: object, _args: Any, _kwargs: Any) -> HttpResponse | None:
        match = request.resolver_match
        if match is None or (match.app_name in _OF_GUESTS and match.view_name not in _OF_DRIVERS):
            return None
        user = getattr(request, "user", None)
        key = admission.key_of(request, user) if isinstance(user, User) else ""
        if not key or not isinstance(user, User) or match.view_name in _OPEN_PAGES:
            return None
        if why := admission.ended(key, user):
            logout(request)
            messages.warning(request, why)
            return redirect("account_login")
        if match.app_name == "drive" or match.view_name in _OF_DRIVERS or _is_of_sign_in(match.view_name):
            messages.info(request, _BY_COMPANY)
            return redirect("settings")
        return None


def _is_of_sign_in(view_name: str) -> bool:
    """Pages about the own ways to log in; to confirm that it is you is none."""
    return view_name.startswith(("account_", "mfa_")) and view_name not in _MAY_BE_ASKED


class AgentsShowSecondFactor:
    """A support agent sees every host's money: no page answers before the session showed the second factor.

    Other people cost nothing here, and an agent one query a request.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_view(self, request: HttpRequest, _view: object, _args: Any, _kwargs: Any) -> HttpResponse | None:
        match = request.resolver_match
        if match is None or not second_factor.blocks(request, view_name=match.view_name):
            return None
        target = request.get_full_path() if request.method in {"GET", "HEAD"} else "/"
        page = second_factor.next_page(request, target=target)
        assert page is not None
        if second_factor.standing(request) is second_factor.Standing.NO_SECOND_FACTOR:
            second_factor.ask_to_set_up(request)
        return redirect(page)


class GuestLanguage:
    """Guest pages follow the browser's language; all other pages are in English."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with translation.override(settings.LANGUAGE_CODE):
            response = self._get_response(request)
        if (chosen := getattr(request, "LANGUAGE_CODE", None)) is not None:
            response.headers.setdefault("Content-Language", chosen)
            patch_vary_headers(response, ("Accept-Language", "Cookie"))
        return response

    def process_view(self, request: HttpRequest, _view: object, _args: Any, _kwargs: Any) -> None:
        if request.resolver_match is not None and language.is_spoken_at(request.resolver_match):
            translation.activate(translation.get_language_from_request(request))
            request.LANGUAGE_CODE = translation.get_language()
