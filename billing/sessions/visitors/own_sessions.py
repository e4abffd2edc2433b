"""The sessions that a browser paid for or opened: remembered in its cookie, so that its pages lead back to them."""

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from billing.models import Session

_COOKIE: Final = "guest_sessions"
_LIMIT: Final = 5
_LED_TO_FOR: Final = timedelta(hours=6)
"""After its end a session is still what its browser is most likely about."""


def remember(request: HttpRequest, session: Session) -> None:
    secrets = [secret for secret in request.session.get(_COOKIE, []) if secret != session.secret]
    request.session[_COOKIE] = [*secrets, session.secret][-_LIMIT:]


def running(request: HttpRequest) -> QuerySet[Session]:
    """Returns those that wait for their car or charge, the newest first."""
    live = (Session.State.WAITING, Session.State.CHARGING)
    return _remembered_sessions(request).filter(state__in=live)


def latest(request: HttpRequest, *, now: datetime) -> Session | None:
    """Returns the one that is running or ended a short while ago."""
    is_recent = Q(state__in=Session.UNFINISHED) | Q(stopped_at__gt=now - _LED_TO_FOR)
    return _remembered_sessions(request).filter(is_recent).first()


def _remembered_sessions(request: HttpRequest) -> QuerySet[Session]:
    return Session.objects.filter(secret__in=request.session.get(_COOKIE, [])).order_by("-id")
