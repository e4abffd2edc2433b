"""The second factor of a support agent: whether there is one, and whether this session showed it."""

from enum import StrEnum
from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added
from allauth.mfa.utils import is_mfa_enabled
from django.dispatch import receiver
from django.http import HttpRequest

from authorization.models import User

_KNOWN = "_support_standing"


class Standing(StrEnum):
    """How somebody stands before the admin's door."""

    STRANGER = "stranger"
    NOT_AN_AGENT = "not_an_agent"
    NO_SECOND_FACTOR = "no_second_factor"
    NOT_SHOWN = "not_shown"
    ADMITTED = "admitted"


def standing(request: HttpRequest) -> Standing:
    """One query, once a request: a password alone never admits, however the session was opened."""
    known: Standing | None = getattr(request, _KNOWN, None)
    if known is None:
        known = _standing(request)
        setattr(request, _KNOWN, known)
    return known


def _standing(request: HttpRequest) -> Standing:
    user = request.user
    if not isinstance(user, User):
        return Standing.STRANGER
    if not (user.is_active and user.is_agent):
        return Standing.NOT_AN_AGENT
    if not is_mfa_enabled(user, [Authenticator.Type.TOTP]):
        return Standing.NO_SECOND_FACTOR
    shown = any(record.get("method") == "mfa" for record in get_authentication_records(request, user))
    return Standing.ADMITTED if shown else Standing.NOT_SHOWN


@receiver(authenticator_added)
def _enrolled(*, request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    """Enrolling took a valid code in this session: it is not asked for a second one at once."""
    if authenticator.type == Authenticator.Type.TOTP:
        record_authentication(request, user, method="mfa", type=authenticator.type)
