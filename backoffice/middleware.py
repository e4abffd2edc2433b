"""Middleware for every request and response: the client's address, security headers, a guest's language."""

import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.db import DataError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.html import escape

from authorization.company_login import admission
from authorization.models import User
from authorization.people import access
from billing.branding import domain_names, domains
from billing.guest import language, own_domain
from billing.guest.own_domain import ServedAt
from billing.sessions.drivers import accounts
from chargers.fleet import hardware_swaps
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
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,64}")
_BY_COMPANY = "Your company logged you in. To use this page, log out and log in with your own password or passkey."
_POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
# Only the admin is exempt, by name, because its theme's scripts evaluate strings and its pages contain inline styles.
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
    """Sets REMOTE_ADDR to the client's address behind our own reverse proxy, for all limits and logs.

    The header is then removed, because a client may have written it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        forwarded_for = request.META.pop("HTTP_X_FORWARDED_FOR", "")
        request.META["REMOTE_ADDR"] = trusted_proxies.client_address(
            request.META.get("REMOTE_ADDR", ""), forwarded_for=forwarded_for, trusted=settings.TRUSTED_PROXIES
        )
        return self._get_response(request)


class GuestDomains:
    """At a host's own domain its guest pages answer and nothing else; at a former one everything leads on to ours.

    Names of the installation itself (ALLOWED_HOSTS) cost nothing here, others one look into the cache. A name that is
    nobody's is refused by Django as ever.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        raw = request.META.get("HTTP_HOST", "")
        name = domain_names.of_header(raw)
        if not name or domains.is_ours(name):
            return self._get_response(request)
        if request.path.startswith(domains.PROOF_PATH):
            return _domain_proof(name, request.path.removeprefix(domains.PROOF_PATH))
        answering = domains.answering(name)
        if answering is None:
            return self._get_response(request)
        if answering.is_former:
            return _redirect_to_public_url(request)
        request.guest_host_id = answering.host_id  # type: ignore[attr-defined]
        request.get_host = lambda: raw.strip().lower()  # type: ignore[method-assign] # it is not in ALLOWED_HOSTS
        return redirect("guest:enter") if request.path == "/" else self._get_response(request)

    def process_view(self, request: HttpRequest, _view: object, _args: Any, _kwargs: Any) -> HttpResponse | None:
        host_id: int | None = getattr(request, "guest_host_id", None)
        if host_id is None:
            return None
        match = request.resolver_match
        served = ServedAt.NOWHERE if match is None else own_domain.resolve(match, host_id=host_id)
        if served is ServedAt.AT_OURS and request.method in {"GET", "HEAD"}:
            return _redirect_to_public_url(request)
        if served is not ServedAt.HERE:
            raise Http404
        return None


def _redirect_to_public_url(request: HttpRequest) -> HttpResponse:
    """Leads to the same page at our own address. 308 keeps the method of a form that was sent meanwhile."""
    response = HttpResponse(status=HTTPStatus.PERMANENT_REDIRECT if request.method == "POST" else HTTPStatus.FOUND)
    response["Location"] = settings.PUBLIC_BASE_URL.rstrip("/") + request.get_full_path()
    return response


def _domain_proof(name: str, token: str) -> HttpResponse:
    proof = domains.proof(name, token) if _TOKEN.fullmatch(token) else ""
    return HttpResponse(proof, status=HTTPStatus.OK if proof else HTTPStatus.NOT_FOUND, content_type="text/plain")


class ContentSecurityPolicy:
    """Sends a strict policy with every page: no inline script or style runs, not even one in a charger's name."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        response.headers.setdefault("Content-Security-Policy", _policy(request))
        return response


class NotForSearchEngines:
    """Keeps all but a few public pages out of search engines: most addresses contain a secret or concern a person."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        if request.path not in _FOR_EVERYBODY:
            response.headers.setdefault("X-Robots-Tag", "noindex, nofollow")
        return response


class RefuseNul:
    """Refuses NUL in addresses and forms with 400, because PostgreSQL cannot hold it and would raise an error.

    The API itself reports the parameter with one, and data from other programs has its own reader.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        has_nul = "\x00" in request.path or _NUL in request.META.get("QUERY_STRING", "")
        if has_nul and not request.path.startswith(_API):
            return self._render_bad_request(request)
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Handles NUL that a form did not report itself; the view's changes are rolled back with its transaction."""
        is_of_database = isinstance(exception, DataError | ValueError)
        if not is_of_database or request.path.startswith("/api/") or not _has_nul(request.POST):
            return None
        return self._render_bad_request(request)

    def _render_bad_request(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse(render_to_string("400.html", request=request), status=HTTPStatus.BAD_REQUEST)


def _has_nul(form: QueryDict) -> bool:
    """Whether the form has NUL, which no person can type: it is a program's mistake, or an attack."""
    return any("\x00" in text for name, values in form.lists() for text in (name, *map(str, values)))


def _lead_forms_back(response: HttpResponse, *, to: str) -> None:
    if not response.streaming and response.headers.get("Content-Type", "").startswith("text/html"):
        response.content = _FORM_OF_THIS_PAGE.sub(f'<form action="{escape(to)}"'.encode(), response.content)


def _leads_to_log_in(response: HttpResponse) -> bool:
    return response.status_code == HTTPStatus.FOUND and response.headers["Location"].startswith(
        f"{reverse(settings.LOGIN_URL)}?"
    )


class ExplainForms:
    """Handles forms that are interrupted by a log-in.

    After the session has ended, the log-in page tells that nothing was saved. The redirect after log-in is a GET; an
    address that only accepts forms answers it with a page. A form that is shown again with errors after a fresh log-in
    is sent to its own page, because the browser's address is still that of the log-in.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        path = request.path
        response = self._get_response(request)
        if request.path != path:  # `fresh.after_log_in` has continued with the earlier form
            _lead_forms_back(response, to=request.path)
        is_page = request.method == "GET" and not request.path.startswith("/api/")
        if is_page and response.status_code == HTTPStatus.METHOD_NOT_ALLOWED and not response.content:
            response.content = render_to_string("405.html", request=request).encode()
        if request.method == "POST" and _leads_to_log_in(response) and not request.user.is_authenticated:
            messages.warning(
                request, "You were logged out, so nothing of what you sent was saved. Log in and send it again."
            )
        return response


class FormerChargerAddresses:
    """Leads from the address of hardware that was replaced to the same page of the box that hangs there now.

    A form that was opened before is not carried out: it may be about the old box. Costs nothing where a page is found.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        is_page = not request.path.startswith("/api/")
        return (_lead_to_new_id(request) or response) if response.status_code == 404 and is_page else response


def _lead_to_new_id(request: HttpRequest) -> HttpResponse | None:
    match, user = request.resolver_match, getattr(request, "user", None)
    former_id = match.kwargs.get("charger_id") if match else None
    if match is None or not former_id or not isinstance(user, User):
        return None
    charger = hardware_swaps.find_by_former_id(access.chargers(user), former_id)
    if charger is None or charger.charger_id == former_id:
        return None
    if request.method in {"GET", "HEAD"}:
        query = request.META.get("QUERY_STRING", "")
        page = reverse(match.view_name, kwargs={**match.kwargs, "charger_id": charger.charger_id})
        return redirect(f"{page}?{query}" if query else page)
    messages.warning(
        request,
        f"Nothing was done: the hardware of {charger.station_id} was replaced meanwhile, and its id is "
        f"{charger.charger_id} now. Its password was shown once; a new one is made on its Connection page.",
    )
    return redirect("chargers:setup", charger_id=charger.charger_id)


class DriversStayOutside:
    """Redirects drivers from portal pages to their own pages: they have an account but no access to the portal."""

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
    """Limits a session that a host's provider opened to this host, without changes to ways of logging in.

    Otherwise whoever runs the provider could keep access to an account until another host grants it access.
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
        if why := admission.session_end_reason(key, user):
            logout(request)
            messages.warning(request, why)
            return redirect("account_login")
        if match.app_name == "drive" or match.view_name in _OF_DRIVERS or _is_of_sign_in(match.view_name):
            messages.info(request, _BY_COMPANY)
            return redirect("settings")
        return None


def _is_of_sign_in(view_name: str) -> bool:
    """Whether the page is about the user's own ways to log in; confirming the identity is not."""
    return view_name.startswith(("account_", "mfa_")) and view_name not in _MAY_BE_ASKED


class AgentsShowSecondFactor:
    """Blocks every page for a support agent, who sees all hosts' money, until the session has used the second factor.

    No query for other users, and one per request for an agent.
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
        if second_factor.get_standing(request) is second_factor.Standing.NO_SECOND_FACTOR:
            second_factor.ask_to_set_up(request)
        return redirect(page)


class GuestLanguage:
    """Guest pages follow the browser's language; all other pages are in English."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with translation.override(settings.LANGUAGE_CODE):
            response = self._get_response(request)
        if (language_code := getattr(request, "LANGUAGE_CODE", None)) is not None:
            response.headers.setdefault("Content-Language", language_code)
            patch_vary_headers(response, ("Accept-Language", "Cookie"))
        return response

    def process_view(self, request: HttpRequest, _view: object, _args: Any, _kwargs: Any) -> None:
        if request.resolver_match is not None and language.is_spoken_at(request.resolver_match):
            translation.activate(translation.get_language_from_request(request))
            request.LANGUAGE_CODE = translation.get_language()
