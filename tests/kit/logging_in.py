"""Browsers of logged-in users; an agent's has used the second factor, which every page requires."""

import time

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.http import HttpRequest
from django.test import Client

from authorization.models import User

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def code(secret: str = SECRET) -> str:
    """Returns the authenticator app's present code (RFC 6238, steps of 30 s)."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))


def by_password(user: User) -> Client:
    """Returns a session logged in by password only."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def logged_in(user: User) -> Client:
    """Returns a fully logged-in session of this user."""
    client = by_password(user)
    if user.is_agent:
        enrol(user)
        request = HttpRequest()
        request.session = client.session
        record_authentication(request, user, method="mfa", type="totp")
        request.session.save()
    return client


def after_log_in(user: User) -> Client:
    """Returns a session with a fresh log-in, which sensitive acts require."""
    client = logged_in(user)
    request = HttpRequest()
    request.session = client.session
    record_authentication(request, user, method="password", email=user.email)
    request.session.save()
    return client


def enrol(user: User) -> None:
    """Sets up the authenticator app of an agent without one."""
    if not Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists():
        TOTP.activate(user, SECRET)
