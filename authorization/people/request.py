"""What every edge reads from a request: the clock, the logged-in person, a stated value."""

from datetime import UTC, datetime

from django.http import HttpRequest

from authorization.models import User


def now() -> datetime:
    """The edge reads the clock, once per request."""
    return datetime.now(tz=UTC)


def viewer(request: HttpRequest) -> User:
    """The logged-in person; pages are behind login_required."""
    assert isinstance(request.user, User)
    return request.user


def stated(request: HttpRequest, name: str) -> str:
    """What the address says under a name, trimmed; NUL, which no database text can hold, becomes U+FFFD."""
    return request.GET.get(name, "").replace("\x00", "\ufffd").strip()
