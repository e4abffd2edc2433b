"""Rate limits for asking for help: per logged-in user, otherwise per address, which all guests of a hotel may share."""

from typing import Final

from django.http import HttpRequest

from authorization.models import User
from authorization.people import rate_limit
from billing.sessions.visitors import limits

_SHARED_BY: Final = 10
"""How many guests of one Wi-Fi may need help within the same hour."""


def too_often(request: HttpRequest, action: str, *, max_count: int, within_s: int) -> bool:
    """Counts this request, and returns whether there were too many. `max_count` is the limit for one person."""
    if isinstance(request.user, User):
        return rate_limit.too_often(
            f"{action}-of-user", subject=str(request.user.pk), limit=max_count, within_s=within_s
        )
    return limits.too_often(request, action, limit=max_count * _SHARED_BY, within_s=within_s)
