"""Acts of company log-in: owners set it up, an agent confirms the domain, members use it."""

import logging
from datetime import datetime
from smtplib import SMTPException

from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse

from authorization import audit
from authorization.accounts import mail
from authorization.company_login import admission, connections
from authorization.company_login.admission import RefusedError
from authorization.company_login.connections import ConnectionSettings
from authorization.models import CompanyLogin, Membership, User
from authorization.people import access, rate_limit
from authorization.people.request import now as clock
from authorization.people.roles import Right
from chargers.models import Host

_logger = logging.getLogger(__name__)
_MAILS_AN_HOUR = 5


def save(host: Host, entered: ConnectionSettings, *, by: User, now: datetime) -> CompanyLogin:
    """Stores the host's provider. Raises NotAllowedError and SettingsError."""
    access.require(by, Right.PEOPLE, host)
    with transaction.atomic():
        login = connections.of_host(host)
        before = _audit_values(login) if login else None
        saved_login = connections.save(host, entered, now=now)
        after = _audit_values(saved_login) | ({"secret": "entered anew"} if entered.secret else {})
        audit.write("company_login.saved", _subject(saved_login), user=by, now=now, before=before, after=after)
    return saved_login


def remove(host: Host, *, by: User, now: datetime) -> bool:
    """Removes the provider; members logged in by it are out at their next page. Returns False if there is none.

    Raises NotAllowedError.
    """
    access.require(by, Right.PEOPLE, host)
    with transaction.atomic():
        login = CompanyLogin.objects.select_for_update().filter(host=host).first()
        if login is None:
            return False
        audit.write("company_login.removed", _subject(login), user=by, now=now, before=_audit_values(login))
        SocialAccount.objects.filter(provider=login.key).delete()
        login.delete()
    return True


def confirm_domain(login: CompanyLogin, *, by: User, now: datetime) -> bool:
    """Records that an agent verified the host's ownership of the domain. Raises NotAllowedError and SettingsError."""
    access.require_agent(by)
    with transaction.atomic():
        is_new = connections.confirm_domain(login, by=by, now=now)
        if is_new:
            after = {"domain": login.domain}
            audit.write("company_login.domain_confirmed", _subject(login), user=by, now=now, after=after)
    return is_new


def resolve_user(request: HttpRequest, login: CompanyLogin, sociallogin: SocialLogin) -> User | None:
    """Returns the user whom the provider authenticated: of a connected account, or a new one.

    Returns None if the account is not connected yet and a connecting link was mailed. Raises RefusedError.
    """
    email = admission.address(login, dict(sociallogin.account.extra_data.get("id_token") or {}))
    user = sociallogin.user if sociallogin.is_existing else None
    if user is None and (existing := User.objects.filter(email=email).first()) is not None:
        if why := admission.refusal(login, existing):
            raise RefusedError(why)
        _mail_link(login, existing, sub=sociallogin.account.uid)
        return None
    if user is None:
        user = _create_user(login, email, sociallogin, now=clock())
    if why := admission.refusal(login, user):
        raise RefusedError(why)
    return user


def connect(secret: str, *, now: datetime) -> User:
    """Connects the account by the link that its owner opened in their mailbox. Raises RefusedError."""
    with transaction.atomic():
        login, user, sub = admission.read(secret)
        account, is_new = SocialAccount.objects.get_or_create(provider=login.key, uid=sub, defaults={"user": user})
        if account.user_id != user.pk:
            raise RefusedError(f"Another account is connected with you at {login.name} already.")
        User.objects.filter(pk=user.pk, email_confirmed_at=None).update(email_confirmed_at=now)
        if is_new:
            audit.write("company_login.connected", _person(login, user), user=user, now=now)
    return user


def _create_user(login: CompanyLogin, email: str, sociallogin: SocialLogin, *, now: datetime) -> User:
    """Creates an account with the role that the host chose. Its address counts as confirmed only for this host.

    Raises RefusedError.
    """
    if not login.newcomer_role or login.domain_confirmed_at is None:
        raise RefusedError(f"There is no account for {email}: ask the owners of {login.host.name} to invite you.")
    try:
        with transaction.atomic():
            user = User.objects.create_user(email, None)
            Membership.objects.create(user=user, host=login.host, role=login.newcomer_role)
            SocialAccount.objects.create(provider=login.key, uid=sociallogin.account.uid, user=user)
            after = {"role": login.newcomer_role}
            audit.write("company_login.newcomer", _person(login, user), user=user, now=now, after=after)
    except IntegrityError as exc:
        raise RefusedError("You are being logged in by another page: try again.") from exc
    sociallogin.lookup()
    return user


def _mail_link(login: CompanyLogin, user: User, *, sub: str) -> None:
    """Mails the link to the account's own mailbox, because a provider's word alone connects no account.

    Raises RefusedError.
    """
    if rate_limit.too_often("company-links", subject=str(user.pk), limit=_MAILS_AN_HOUR, within_s=3600):
        raise RefusedError("Too many links were sent to this address: try again in an hour.")
    page = reverse("account_company_connect", args=[admission.link_secret(login, user=user, sub=sub)])
    context = {"login": login, "link": settings.PUBLIC_BASE_URL + page}
    text = render_to_string("authorization/mail/company_connect.txt", context)
    try:
        mail.compose(f"Connect your account with {login.name}", text, user.email).send()
    except (OSError, SMTPException) as exc:
        _logger.exception("The link that connects user %s was not sent.", user.pk)
        raise RefusedError("The mail server did not take the mail: try again in some minutes.") from exc


def _audit_values(login: CompanyLogin) -> dict[str, object]:
    return {
        "name": login.name,
        "issuer": login.issuer,
        "client_id": login.client_id,
        "domain": login.domain,
        "newcomer_role": login.newcomer_role,
        "is_enabled": login.is_enabled,
    }


def _subject(login: CompanyLogin) -> audit.Subject:
    return audit.Subject("company_login", login.host_id, login.name, login.host)


def _person(login: CompanyLogin, user: User) -> audit.Subject:
    return audit.Subject("user", user.pk, user.email, login.host)
