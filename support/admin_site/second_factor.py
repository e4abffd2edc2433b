"""A support agent's second factor: whether there is one, and whether this session has used it."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added
from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.dispatch import receiver
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from authorization.models import User

_KNOWN: Final = "_support_standing"
_OPEN_PAGES: Final = frozenset({"account_login", "account_logout"})
_PAGES_OF: Final = {
    "no_second_factor": _OPEN_PAGES | {"account_enrolment", "account_enrolment_link"},
    "may_enrol": _OPEN_PAGES
    | {"account_enrolment", "account_enrolment_link", "account_reauthenticate", "mfa_activate_totp"},
    "not_shown": _OPEN_PAGES | {"mfa_reauthenticate"},
}
"""The only pages allowed before a session is admitted, by standing.

An agent whose factor was not used in this session must not reach the page that removes it.
"""

_SET_UP: Final = "Support agents need a second factor: set up an authenticator app first."
_PERMITTED_UNTIL: Final = "enrolment_permitted_until"
_PERMITTED_TO: Final = "enrolment_permitted_to"


class Standing(StrEnum):
    """Whether a request may do what only a support agent may do, and what it lacks."""

    STRANGER = "stranger"
    NOT_AN_AGENT = "not_an_agent"
    NO_SECOND_FACTOR = "no_second_factor"
    MAY_ENROL = "may_enrol"
    NOT_SHOWN = "not_shown"
    ADMITTED = "admitted"


def get_standing(request: HttpRequest) -> Standing:
    """Returns the session's standing.

    One query per request; a password alone never admits, however the session was opened.
    """
    current: Standing | None = getattr(request, _KNOWN, None)
    if current is None:
        current = _compute_standing(request)
        setattr(request, _KNOWN, current)
    return current


def _compute_standing(request: HttpRequest) -> Standing:
    user = request.user
    if not isinstance(user, User):
        return Standing.STRANGER
    if not (user.is_active and user.is_agent):
        return Standing.NOT_AN_AGENT
    if not is_mfa_enabled(user, [Authenticator.Type.TOTP]):
        return Standing.MAY_ENROL if _may_enrol(request, user) else Standing.NO_SECOND_FACTOR
    has_second_factor = any(record.get("method") == "mfa" for record in get_authentication_records(request, user))
    return Standing.ADMITTED if has_second_factor else Standing.NOT_SHOWN


def permit_enrolment(request: HttpRequest, *, until: datetime) -> None:
    """Lets this session set up its user's first factor for a while, after a one-time link."""
    request.session[_PERMITTED_TO] = request.user.pk
    request.session[_PERMITTED_UNTIL] = until.timestamp()


def _may_enrol(request: HttpRequest, user: User) -> bool:
    until = float(request.session.get(_PERMITTED_UNTIL, 0))
    return request.session.get(_PERMITTED_TO) == user.pk and datetime.now(tz=UTC).timestamp() < until


def next_page(request: HttpRequest, *, target: str) -> str | None:
    """Returns where an agent whose session has not used a second factor goes next; None for other users."""
    match get_standing(request):
        case Standing.NO_SECOND_FACTOR:
            return reverse("account_enrolment")
        case Standing.MAY_ENROL:
            return reverse("mfa_activate_totp")
        case Standing.NOT_SHOWN:
            return f"{reverse('mfa_reauthenticate')}?{urlencode({'next': target})}"
        case _:
            return None


def blocks(request: HttpRequest, *, view_name: str) -> bool:
    """Whether this page must wait until the agent's second factor is set up or confirmed."""
    pages = _PAGES_OF.get(get_standing(request))
    return pages is not None and view_name not in pages


def ask_to_set_up(request: HttpRequest) -> None:
    """Tells why the set-up page appears; once, however many pages led there."""
    queued: Any = messages.get_messages(request)
    is_queued = any(str(message) == _SET_UP for message in queued)
    queued.used = False
    if not is_queued:
        messages.warning(request, _SET_UP)


@receiver(authenticator_added)
def _confirm_session(*, request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    """Marks the session as confirmed, because enrolling already required a valid code."""
    if authenticator.type == Authenticator.Type.TOTP:
        request.session.pop(_PERMITTED_UNTIL, None)
        request.session.pop(_PERMITTED_TO, None)
        record_authentication(request, user, method="mfa", type=authenticator.type)
