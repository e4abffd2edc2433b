"""What every edge reads from a request: the clock, the logged-in user, the body, parameters."""

from datetime import UTC, datetime

from django.http import HttpRequest

from authorization.models import User


class TooLongError(Exception):
    """The body is too long; the rest was not read."""


def now() -> datetime:
    """Returns the current time. Edges call it once per request."""
    return datetime.now(tz=UTC)


def viewer(request: HttpRequest) -> User:
    """Returns the logged-in user; pages are behind login_required."""
    assert isinstance(request.user, User)
    return request.user


def body(request: HttpRequest, *, max_bytes: int) -> bytes:
    """Returns the body, up to this many bytes, even if no Content-Length is given (chunked). Raises TooLongError."""
    content = request.read(max_bytes + 1)
    if len(content) > max_bytes:
        raise TooLongError
    return content


def read_query_param(request: HttpRequest, name: str) -> str:
    """Returns a query parameter, trimmed; NUL, which no database text can hold, becomes U+FFFD."""
    return request.GET.get(name, "").replace("\x00", "\ufffd").strip()
