"""The page frame of a request: requests of a host's people stay inside the portal."""

from typing import Any, Final

from django.http import HttpRequest
from django.utils import translation

from authorization.people import access
from authorization.people.roles import Right

PORTAL: Final = "base.html"
GUESTS: Final = "guest/base.html"


def frame(request: HttpRequest, *, asker: str) -> dict[str, Any]:
    """Returns the frame's context; inside the portal the page is in English."""
    user = request.user
    in_portal = asker == "host" and user.is_authenticated and access.may_somewhere(user, Right.SEE)
    if in_portal:
        translation.activate("en")
    return {"frame": PORTAL if in_portal else GUESTS, "in_portal": in_portal, "room": "support"}
