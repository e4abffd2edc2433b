"""The response while PostgreSQL is away or refuses for a moment: 503, and a page that retries by itself.

It does not read the database. A guest's payment is sent again with its form's key, so that it pays only once.
"""

import sys
from http import HTTPStatus
from typing import Any, Final

from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.urls import Resolver404, ResolverMatch, resolve, reverse
from django.utils import translation

from authorization.rest import problems
from billing.guest import language
from billing.sessions.starting import repeats

RETRY_AFTER_S: Final = 5
_READ_ONLY: Final = "25006"
_ONE_EFFECT: Final = frozenset({"guest:rest", "guest:stop", "guest:cancel"})
"""Forms that have their effect once, however often they are sent; so has any form with a key."""
_WITH_KEY: Final = frozenset({"guest:station", "guest:port", "drive:start"})
_OWN: Final = "csrfmiddlewaretoken"


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's `handler500`: called inside the `except` of what a page or a middleware raised."""
    if not is_away(sys.exc_info()[1]):
        return problems.server_error(request)
    if request.path.startswith("/api/"):
        response: HttpResponse = problems.unavailable()
    else:
        response = _page(request)
    response.headers["Retry-After"] = str(RETRY_AFTER_S)
    return response


def is_away(exc: BaseException | None) -> bool:
    """Whether the error is temporary: no connection, a server shutting down, a full disk, a long lock, a standby."""
    if isinstance(exc, OperationalError | InterfaceError):
        return True
    return isinstance(exc, DatabaseError) and getattr(exc.__cause__, "sqlstate", None) == _READ_ONLY


def _page(request: HttpRequest) -> HttpResponse:
    match = _match(request)
    is_guests = match is not None and language.is_spoken_at(match)
    context: dict[str, Any] = {"after_s": RETRY_AFTER_S, "action": request.get_full_path()}
    context["is_form"] = request.method not in {"GET", "HEAD"}
    if match is not None and _may_be_sent_again(request, match):
        context["fields"] = [(name, value) for name, values in request.POST.lists() for value in values if name != _OWN]
        context |= {"csrf_token": get_token(request), "without_script": _scriptless_url(request, match)}
    with translation.override(translation.get_language_from_request(request) if is_guests else "en"):
        page = render_to_string("moment.html", context)
    response = HttpResponse(page, status=HTTPStatus.SERVICE_UNAVAILABLE)
    response.headers["Cache-Control"] = "no-store"
    if not context["is_form"]:
        response.headers["Refresh"] = str(RETRY_AFTER_S)
    elif "fields" in context:
        repeats.keep_typed(request, response)
    return response


def _match(request: HttpRequest) -> ResolverMatch | None:
    try:
        return request.resolver_match or resolve(request.path_info)
    except Resolver404:
        return None


def _may_be_sent_again(request: HttpRequest, match: ResolverMatch) -> bool:
    if request.method != "POST":
        return False
    return match.view_name in _ONE_EFFECT or (match.view_name in _WITH_KEY and repeats.key_of(request) is not None)


def _scriptless_url(request: HttpRequest, match: ResolverMatch) -> str:
    """Returns where a browser without scripts continues: the form's page, which finds the result by the key."""
    key = repeats.key_of(request)
    if match.view_name in _WITH_KEY and key is not None:
        page = reverse("guest:port", kwargs=match.kwargs) if "connector" in match.kwargs else request.path
        return f"{page}?key={key}"
    secret = match.kwargs["secret"]
    return reverse("guest:rest" if match.view_name == "guest:rest" else "guest:session", args=[secret])
