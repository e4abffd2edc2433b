"""What every edge reads from a request: the clock, the logged-in person, a stated value."""

from datetime import UTC, datetime

from django.http import HttpRequest

from authorization.models import User


class TooLongError(Exception):
    """The body is longer than it may be; the rest of it was not read."""


def now() -> datetime:
    """The edge reads the clock, once per request."""
    return datetime.now(tz=UTC)


def viewer(request: HttpRequest) -> User:
    """The logged-in person; pages are behind login_required."""
    assert isinstance(request.user, User)
    return request.user


def body(request: HttpRequest, *, most: int) -> bytes:
    """At most so many bytes, also where no Content-Length says how many come (chunked). Raises TooLongError."""
    content = request.read(most + 1)
    if len(content) > most:
        raise TooLongError
    return content


def stated(request: HttpRequest, name: str) -> str:
    """What the address says under a name, trimmed; NUL, which no database text can hold, becomes U+FFFD."""
    return request.GET.get(name, "").replace("\x00", "\ufffd").strip()
