"""A form that pays and is sent twice: its key, made anew with every page that shows one, finds the first session."""

from typing import Final
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from billing.models import Session
from billing.sessions.lifecycle import lifecycle
from chargers.lib import ids

_TYPED_EMAIL: Final = "typed_email"
_TYPED_FOR_S: Final = 600


def key_of(request: HttpRequest) -> UUID | None:
    """The key of the form that was sent; None where it has none."""
    return ids.read(request.POST.get("key"))


def first_of(request: HttpRequest) -> Session | None:
    """The session that this very form opened when it was sent the first time, whether or not its answer arrived."""
    return lifecycle.of_order(key_of(request))


def of_address(request: HttpRequest) -> UUID | None:
    """The key of a form that could not be stored, by which a browser without script comes back to its page."""
    return ids.read(request.GET.get("key"))


def paid_with(key: UUID | None) -> Session | None:
    """The session of a form's key, where its payment was begun before the answer was lost."""
    session = lifecycle.of_order(key)
    return session if session is not None and session.holds.exists() else None


def keep_typed(request: HttpRequest, response: HttpResponse) -> None:
    """What the guest typed waits in their own browser: no address and no log has it."""
    if email := request.POST.get("email", "")[:254]:
        response.set_cookie(
            _TYPED_EMAIL,
            email,
            max_age=_TYPED_FOR_S,
            path="/c/",
            secure=bool(settings.SESSION_COOKIE_SECURE),
            httponly=True,
            samesite="Lax",
        )


def typed(request: HttpRequest) -> str:
    return request.COOKIES.get(_TYPED_EMAIL, "")[:254]
