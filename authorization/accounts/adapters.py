"""How people get accounts and log in: by invitation only, with rate limits that stop attackers but not the owner."""

import hashlib
import logging
import math
import time
from datetime import UTC, datetime
from smtplib import SMTPException
from typing import Any, ClassVar, Final

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.app_settings import REAUTHENTICATION_TIMEOUT
from allauth.account.authentication import get_authentication_records
from allauth.account.signals import password_reset
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from authorization.accounts import mail
from authorization.models import User
from authorization.people import rate_limit
from chargers.lib import secrets

_logger = logging.getLogger(__name__)

KNOWN_BROWSER: Final = "known_browser"
_KNOWN_FOR_S: Final = 180 * 24 * 3600
_WRONG_FROM: Final = "wrong-passwords-from"
_WRONG_AT: Final = "wrong-passwords-at"
_MAX_FROM, _FROM_WITHIN_S = 5, 300
_MAX_AT, _AT_WITHIN_S = 100, 3600
"""Wrong passwords for one account: from one address or known browser, and from all unknown browsers together."""


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Closes allauth's sign-up page, counts limits by client address, and builds links with our public address."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultAccountAdapter.error_messages,
        # Counted by allauth itself (ACCOUNT_RATE_LIMITS): second-factor codes, and log-ins from one address.
        "too_many_login_attempts": "Too many failed login attempts. Try again in 1 minute.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_safe_url(self, url: str | None) -> bool:
        """Whether a log-in may redirect to this URL. A text that cannot be parsed as a URL is not safe."""
        try:
            return bool(super().is_safe_url(url))
        except ValueError:
            return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Returns the address that `backoffice.middleware.ClientAddress` has set."""
        return _address(request)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Whether to ask for the password again. A log-in within the last minutes counts as a fresh one."""
        return super().is_reauthentication_required(app=app, **kwargs) and not _has_just_logged_in(self.request)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Counts this attempt as wrong until it succeeds. Raises a validation error after too many wrong attempts.

        A browser that has logged in to this account before has its own count, so an attacker's wrong passwords, from
        one address or from many, do not lock the owner out.
        """
        account = _account(credentials)
        source = f"{account}:{_source(request, account)}"
        if rate_limit.too_often(_WRONG_FROM, subject=source, limit=_MAX_FROM, within_s=_FROM_WITHIN_S):
            raise _too_many(rate_limit.wait_s(_WRONG_FROM, subject=source, within_s=_FROM_WITHIN_S))
        if not _is_known(request, account) and rate_limit.too_often(
            _WRONG_AT, subject=account, limit=_MAX_AT, within_s=_AT_WITHIN_S
        ):
            raise _too_many(rate_limit.wait_s(_WRONG_AT, subject=account, within_s=_AT_WITHIN_S))
        if not _is_known(request, account):
            super().pre_authenticate(request, **credentials)  # last: its shorter wait would be the wrong one to show

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        user = super().authenticate(request, **credentials)
        if user is not None:
            account = _account(credentials)
            rate_limit.forgive(_WRONG_FROM, subject=f"{account}:{_source(request, account)}")
            if not _is_known(request, account):
                rate_limit.forgive(_WRONG_AT, subject=account)
        return user

    def post_login(self, request: HttpRequest, user: User, **rest: Any) -> HttpResponse:
        """Marks the browser as known for this account. The cookie by itself gives no access."""
        response: HttpResponse = super().post_login(request, user, **rest)
        if any(record.get("method") == "socialaccount" for record in get_authentication_records(request, user)):
            return response  # logged in by a provider: the account's own password was not entered
        response.set_signed_cookie(
            KNOWN_BROWSER,
            _digest(user.email),
            max_age=_KNOWN_FOR_S,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
            path=reverse("account_login"),
        )
        return response

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Builds the link with the configured public address, because the request's Host header can be forged."""
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return settings.PUBLIC_BASE_URL + path.replace("UID-KEY", key)

    def render_mail(
        self, template_prefix: str, email: str, context: dict[str, Any], headers: Any = None
    ) -> EmailMessage:
        """Adds the HTML, which is made of the text."""
        plain = super().render_mail(template_prefix, email, context, headers)
        message = mail.compose(plain.subject, plain.body, email, headers=plain.extra_headers)
        message.from_email = plain.from_email
        return message

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Sends the mail. A failure is only logged, because the page's answer must be the same for every address."""
        try:
            super().send_mail(template_prefix, email, {**context, "public_address": settings.PUBLIC_BASE_URL})
        except (OSError, SMTPException):
            _logger.exception("A mail about an account was not sent (%s).", template_prefix)


class SecondFactors(DefaultMFAAdapter):  # type: ignore[misc]
    """Stores the secrets of authenticator apps encrypted, and names passkeys."""

    def encrypt(self, text: str) -> str:
        return secrets.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return secrets.decrypt(encrypted_text)

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:  # noqa: A002 - allauth's name
        count = Authenticator.objects.filter(user=user, type=type).count()
        return f"Passkey {count + 1}" if count else "Passkey"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        site: dict[str, str] = super().get_public_key_credential_rp_entity()
        return site | {"name": settings.MFA_TOTP_ISSUER}


@receiver(password_reset)
def _password_was_reset(*, request: HttpRequest, user: User, **_: Any) -> None:
    """Confirms the address, since the link came by mail, and clears the count of wrong passwords.

    An unconfirmed account may have been opened by another person, through an invitation or a company's log-in, so its
    passkeys and connected log-ins are deleted.
    """
    unconfirmed = User.objects.filter(pk=user.pk, email_confirmed_at=None)
    if unconfirmed.update(email_confirmed_at=datetime.now(tz=UTC)) and not user.is_agent:
        Authenticator.objects.filter(user=user).delete()
        SocialAccount.objects.filter(user=user).delete()
    account = _digest(user.email)
    rate_limit.reset(_WRONG_AT, subject=account)
    for source in ("known", _address(request)):
        rate_limit.reset(_WRONG_FROM, subject=f"{account}:{source}")


def _has_just_logged_in(request: HttpRequest) -> bool:
    """Whether this session's newest log-in is within the time for which a confirmed password counts."""
    records = get_authentication_records(request, request.user)
    return bool(records) and time.time() - records[-1]["at"] < REAUTHENTICATION_TIMEOUT


def _too_many(wait_s: int) -> ValidationError:
    minutes = math.ceil(wait_s / 60)
    return ValidationError(
        f"Too many failed login attempts. Try again in {minutes} minute{'s' if minutes > 1 else ''}, "
        "or choose a new password by “Forgot password?”.",
        code="too_many_login_attempts",
    )


def _account(credentials: dict[str, Any]) -> str:
    return _digest(str(credentials.get("email") or credentials.get("username") or ""))


def _digest(email: str) -> str:
    return hashlib.sha256(email.strip().lower().encode("utf-8", "replace")).hexdigest()[:32]


def _source(request: HttpRequest, account: str) -> str:
    return "known" if _is_known(request, account) else _address(request)


def _is_known(request: HttpRequest, account: str) -> bool:
    try:
        return request.get_signed_cookie(KNOWN_BROWSER, default="", max_age=_KNOWN_FOR_S) == account
    except signing.BadSignature:
        return False


def _address(request: HttpRequest) -> str:
    return str(request.META.get("REMOTE_ADDR", "")) or "unknown"
