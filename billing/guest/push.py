"""“Notify me”: the browser of a guest subscribes to messages about a session or a place on a waiting list."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from billing.guest import documents
from billing.models import Session, WaitingGuest
from billing.sessions.push import encryption, subscriptions
from billing.sessions.push.subscriptions import Browser, SubscriptionError
from billing.sessions.visitors import limits, own_sessions
from billing.sessions.waiting_list import waiting_list

_AN_HOUR: Final = 30


@never_cache
@require_POST
def of_session(request: HttpRequest, secret: str) -> HttpResponse:
    """Subscribes by the session's link while it runs; the browser's messages lead back to it."""
    session = documents.session_of(secret)
    if session.state not in Session.LIVE:
        return HttpResponse(status=HTTPStatus.GONE)
    own_sessions.remember(request, session)
    return _answer(request, session)


@never_cache
@require_POST
def of_place(request: HttpRequest, key: str) -> HttpResponse:
    """Subscribes by the link of a place on a waiting list."""
    guest = waiting_list.find(key, now=datetime.now(tz=UTC))
    if guest is None:
        return HttpResponse(status=HTTPStatus.GONE)
    return _answer(request, guest)


def _answer(request: HttpRequest, subject: Session | WaitingGuest) -> HttpResponse:
    """Answers the page's script: 204 for what was done or is so, 404 for a browser that is not subscribed."""
    if not encryption.is_set_up():
        raise Http404
    endpoint = request.POST.get("endpoint", "")
    match request.POST.get("do"):
        case "subscribe":
            return _subscribe(request, subject, endpoint)
        case "stop":
            subscriptions.remove(subject, endpoint=endpoint)
            return HttpResponse(status=HTTPStatus.NO_CONTENT)
        case _:
            is_on = subscriptions.exists(subject, endpoint=endpoint)
            return HttpResponse(status=HTTPStatus.NO_CONTENT if is_on else HTTPStatus.NOT_FOUND)


def _subscribe(request: HttpRequest, subject: Session | WaitingGuest, endpoint: str) -> HttpResponse:
    if limits.too_often(request, "push", limit=_AN_HOUR, within_s=3600):
        return HttpResponse(status=HTTPStatus.TOO_MANY_REQUESTS)
    try:
        browser = Browser(endpoint, request.POST.get("p256dh", ""), request.POST.get("auth", ""))
    except SubscriptionError as exc:
        return HttpResponse(str(exc), status=HTTPStatus.BAD_REQUEST, content_type="text/plain; charset=utf-8")
    language = (get_language() or "en")[:2]
    subscriptions.add(subject, browser, language=language, now=datetime.now(tz=UTC))
    return HttpResponse(status=HTTPStatus.NO_CONTENT)
