"""The page on which a guest names a charger: by scanning its label, by a photo of it, or by typing its Station ID."""

from dataclasses import dataclass
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from billing.sessions.starting.landing import Prompt
from chargers.models import Charger


@dataclass(frozen=True, slots=True)
class Entry:
    """What was entered, and why it led nowhere. `meant` is the charger that was probably meant."""

    typed: str = ""
    prompt: Prompt | None = None
    meant: Charger | None = None
    was_scanned: bool = False


def render_page(
    request: HttpRequest, entry: Entry | None = None, *, status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    """Renders the page. It alone may use the camera (W3C Permissions Policy)."""
    response = render(request, "guest/enter.html", {"entry": entry or Entry()}, status=status)
    response.headers["Permissions-Policy"] = "camera=(self)"
    return response


def render_too_many_unknown() -> HttpResponse:
    """Renders the refusal of a network that tries Station IDs."""
    text = gettext("Too many unknown Station IDs: wait a minute.")
    return HttpResponse(text, status=HTTPStatus.TOO_MANY_REQUESTS, content_type="text/plain; charset=utf-8")
