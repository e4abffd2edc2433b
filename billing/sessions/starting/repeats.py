"""Payment forms that are sent twice: a key, new on every page with a form, finds the first session."""

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
    """Returns the key of the form that was sent, or None."""
    return ids.read(request.POST.get("key"))


def first_of(request: HttpRequest) -> Session | None:
    """Returns the session that this form opened when it was first sent, whether or not its answer arrived."""
    return lifecycle.of_order(key_of(request))


def of_address(request: HttpRequest) -> UUID | None:
    """Returns the key of a form that could not be stored, by which a browser without scripts returns to its page."""
    return ids.read(request.GET.get("key"))


def paid_with(key: UUID | None) -> Session | None:
    """Returns the session of a form's key if its payment was begun before the answer was lost."""
    session = lifecycle.of_order(key)
    return session if session is not None and session.holds.exists() else None


def keep_typed(request: HttpRequest, response: HttpResponse) -> None:
    """Stores what the guest typed in their own browser, so that it is in no address and no log."""
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


def read_typed_email(request: HttpRequest) -> str:
    return request.COOKIES.get(_TYPED_EMAIL, "")[:254]
