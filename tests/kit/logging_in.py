"""Browsers of people who are logged in; an agent's has shown the second factor, as every page asks for it."""

import time

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.http import HttpRequest
from django.test import Client

from authorization.models import User

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def code(secret: str = SECRET) -> str:
    """What the authenticator app shows now (RFC 6238, steps of 30 s)."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))


def by_password(user: User) -> Client:
    """A session that showed a password only."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def logged_in(user: User) -> Client:
    """A session that showed all that this person needs to show."""
    client = by_password(user)
    if user.is_agent:
        enrol(user)
        request = HttpRequest()
        request.session = client.session
        record_authentication(request, user, method="mfa", type="totp")
        request.session.save()
    return client


def after_log_in(user: User) -> Client:
    """A session in which a password was shown a moment ago, as acts that open doors ask for."""
    client = logged_in(user)
    request = HttpRequest()
    request.session = client.session
    record_authentication(request, user, method="password", email=user.email)
    request.session.save()
    return client


def enrol(user: User) -> None:
    """Sets up the authenticator app of an agent who has none."""
    if not Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists():
        TOTP.activate(user, SECRET)
