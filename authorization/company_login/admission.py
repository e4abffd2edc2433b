"""Whom a host's provider admits: members of this host who have no business elsewhere.

A host runs its provider, which can assert any address and any subject. So it gives access only to what the host owns
already: never to an agent, to a member or guest of another host, or to a driver's account. An existing account is
connected only after its owner opened a link in their mailbox.
"""

from datetime import timedelta
from typing import Any, Final

from allauth.account.authentication import get_authentication_records
from django.core import signing
from django.http import HttpRequest

from authorization.company_login import connections
from authorization.models import AccessGrant, CompanyLogin, Membership, User

CONNECT_WITHIN: Final = timedelta(hours=1)
_SALT: Final = "authorization.company_login"


class RefusedError(Exception):
    """The user is not logged in; the message is a sentence for them."""


def address(login: CompanyLogin, claims: dict[str, Any]) -> str:
    """Returns the address that the provider verified, at the host's domain. Raises RefusedError."""
    email = str(claims.get("email") or "").strip().lower()
    if claims.get("email_verified") not in (True, "true"):
        raise RefusedError(f"{login.name} does not say that your e-mail address is verified: ask your administrator.")
    if connections.domain_of(email) != login.domain:
        raise RefusedError(f"{login.name} logs in addresses at {login.domain} only. Yours is {email or 'not named'}.")
    return email


def refusal(login: CompanyLogin, user: User) -> str:
    """Returns why the provider may not log this user in; empty if it may. Three queries."""
    if not user.is_active:
        return "This account is closed."
    if user.is_agent:
        return "Support agents log in with their password and their second factor."
    memberships = list(Membership.objects.filter(user=user).values_list("host_id", flat=True))
    if login.host_id not in memberships:
        return f"You are not a member of {login.host.name}: ask its owners to invite you."
    has_grants = AccessGrant.objects.filter(user=user).exclude(host=login.host_id).exists()
    if memberships != [login.host_id] or has_grants or hasattr(user, "driver"):
        return f"Your account is used for more than {login.host.name}: log in with your password or passkey."
    return ""


def key_of(request: HttpRequest, user: User) -> str:
    """Returns the key of the provider that opened this session; empty if none did. No query."""
    records = get_authentication_records(request, user)
    return next((str(record["provider"]) for record in records if record.get("method") == "socialaccount"), "")


def session_end_reason(key: str, user: User) -> str:
    """Returns why a session of this provider must end; empty if it may continue."""
    login = connections.by_key(key)
    if login is None:
        return "The log-in of your company was changed: log in again."
    return refusal(login, user)


def link_secret(login: CompanyLogin, *, user: User, sub: str) -> str:
    """Returns the signed text for the link that connects an account.

    It expires with time, and when the provider's key changes.
    """
    return signing.dumps([login.key, user.pk, user.email, sub], salt=_SALT)


def read(secret: str) -> tuple[CompanyLogin, User, str]:
    """Returns whom the link connects, with the provider's `sub`. Raises RefusedError."""
    try:
        key, user_id, email, sub = signing.loads(secret, salt=_SALT, max_age=CONNECT_WITHIN)
    except (signing.BadSignature, ValueError) as exc:
        raise RefusedError("This link has ended, or is not complete: log in with your company again.") from exc
    login = connections.by_key(key)
    user = User.objects.filter(pk=user_id, email=email).first()
    if login is None or user is None:
        raise RefusedError("The log-in of your company was changed meanwhile: log in with your company again.")
    if why := refusal(login, user):
        raise RefusedError(why)
    return login, user, sub
