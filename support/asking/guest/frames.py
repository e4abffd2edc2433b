"""In which frame a request is shown: the requests of a host's people stay inside the portal."""

from typing import Any, Final

from django.http import HttpRequest
from django.utils import translation

from authorization.people import access
from authorization.people.roles import Right

PORTAL: Final = "base.html"
GUESTS: Final = "guest/base.html"


def frame(request: HttpRequest, *, asker: str) -> dict[str, Any]:
    """The context of the page's frame; the portal speaks English, so that its page is in English, too."""
    user = request.user
    in_portal = asker == "host" and user.is_authenticated and access.may_somewhere(user, Right.SEE)
    if in_portal:
        translation.activate("en")
    return {"frame": PORTAL if in_portal else GUESTS, "in_portal": in_portal, "room": "support"}
