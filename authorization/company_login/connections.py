"""Hosts' identity providers: checked, stored (the secret encrypted), and found by a user's address."""

import ipaddress
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.urls import reverse

from authorization.models import CompanyLogin, User
from chargers.lib import outbound
from chargers.lib import secrets as sealed
from chargers.models import Host

_DOMAIN: Final = re.compile(r"(?=.{4,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}\Z")
_PUBLIC: Final = frozenset(
    (
        "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "yahoo.com", "icloud.com", "me.com",
        "aol.com", "gmx.de", "gmx.net", "web.de", "proton.me", "protonmail.com", "mail.com", "zoho.com", "ziggo.nl",
        "kpnmail.nl", "orange.fr", "free.fr", "laposte.net",
    )
)  # fmt: skip


class SettingsError(Exception):
    """The settings cannot be stored; the message is a sentence about `field`."""

    def __init__(self, sentence: str, *, field: str) -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionSettings:
    """The settings of a host's provider as entered. An empty secret leaves the stored one unchanged."""

    name: str
    issuer: str
    client_id: str
    secret: str
    domain: str
    newcomer_role: str = ""
    is_enabled: bool = True


def of_host(host: Host) -> CompanyLogin | None:
    return CompanyLogin.objects.filter(host=host).first()


def of_address(email: str) -> CompanyLogin | None:
    """Returns the provider for this address, by its domain, if an agent has confirmed the domain; else None."""
    domain = domain_of(email)
    logins = CompanyLogin.objects.select_related("host").filter(domain=domain, domain_confirmed_at__isnull=False)
    return logins.filter(is_enabled=True).first() if domain else None


def by_key(key: str) -> CompanyLogin | None:
    return CompanyLogin.objects.select_related("host").filter(key=key, is_enabled=True).first()


def by_host(slug: str) -> CompanyLogin | None:
    return CompanyLogin.objects.select_related("host").filter(host__slug=slug, is_enabled=True).first()


def domain_of(email: str) -> str:
    """Returns the address's domain in lower case; empty if the text is not an address."""
    name, at, domain = email.strip().lower().rpartition("@")
    return domain if name and at else ""


def save(host: Host, entered: ConnectionSettings, *, now: datetime) -> CompanyLogin:
    """Stores the settings. Another issuer or client gets a new key, which disconnects all accounts of the old one.

    Raises SettingsError. Call it in a transaction.
    """
    login = CompanyLogin.objects.select_for_update().filter(host=host).first()
    check(entered, existing=login)
    issuer, domain = entered.issuer.strip().rstrip("/"), entered.domain.strip().lower()
    row = login or CompanyLogin(host=host, key=_key())
    if login and (login.issuer, login.client_id) != (issuer, entered.client_id):
        SocialAccount.objects.filter(provider=login.key).delete()
        row.key = _key()
    if login and login.domain != domain:
        row.domain_confirmed_at = row.domain_confirmed_by = None
    row.name, row.issuer, row.client_id, row.domain = entered.name, issuer, entered.client_id, domain
    row.newcomer_role, row.is_enabled, row.changed_at = entered.newcomer_role, entered.is_enabled, now
    if entered.secret:
        row.secret_encrypted = sealed.encrypt(entered.secret)
    row.save()
    return row


def confirm_domain(login: CompanyLogin, *, by: User, now: datetime) -> bool:
    """Confirms the domain.

    Returns False if it is confirmed already. Raises SettingsError if another host has the domain.
    """
    if (
        CompanyLogin.objects.filter(domain=login.domain, domain_confirmed_at__isnull=False)
        .exclude(pk=login.pk)
        .exists()
    ):
        raise SettingsError(f"{login.domain} is confirmed for another host already.", field="domain")
    logins = CompanyLogin.objects.filter(pk=login.pk, domain=login.domain, domain_confirmed_at=None)
    return bool(logins.update(domain_confirmed_at=now, domain_confirmed_by=by))


def check(entered: ConnectionSettings, *, existing: CompanyLogin | None) -> None:
    """Raises SettingsError for settings that cannot work."""
    issuer = entered.issuer.strip()
    if not is_web(issuer) or urlsplit(issuer).query or urlsplit(issuer).fragment:
        sentence = "Enter the issuer's address, beginning with https://, such as https://login.example.com."
        raise SettingsError(sentence, field="issuer")
    if why := outbound.refusal(urlsplit(issuer).hostname or "", urlsplit(issuer).port):
        raise SettingsError(why, field="issuer")
    if not entered.secret and (existing is None or not existing.secret_encrypted):
        raise SettingsError("Enter the client secret that your provider shows.", field="secret")
    if existing and not entered.secret and existing.issuer != entered.issuer.strip().rstrip("/"):
        sentence = "Enter the client secret again: it is not sent to another issuer than the one it was entered for."
        raise SettingsError(sentence, field="secret")
    domain = entered.domain.strip().lower()
    if not _DOMAIN.match(domain):
        raise SettingsError("Enter the part of your addresses after the @, such as example.com.", field="domain")
    if domain in _PUBLIC:
        sentence = f"Addresses at {domain} are anybody's: only a company's own domain can be used."
        raise SettingsError(sentence, field="domain")
    if entered.newcomer_role == "owner":
        raise SettingsError("A log-in makes nobody an owner: choose another role.", field="newcomer_role")


def is_web(url: str) -> bool:
    """Whether the URL is HTTPS, or its address is permitted by name in this installation, as for a local trial."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return parts.scheme == "https" and bool(host)
    if parts.scheme == "https":
        return True
    allowed = settings.OUTBOUND_ALLOWED_NETWORKS
    return parts.scheme == "http" and any(address in network for network in allowed)


def redirect_address(host: str) -> str:
    """Returns the redirect address that the provider must know.

    It is made from the host's slug and our public address, never from the Host header. It is known before anything is
    stored, and stays the same when the issuer or the client changes.
    """
    return settings.PUBLIC_BASE_URL + reverse("openid_connect_callback", kwargs={"provider_id": host})


def _key() -> str:
    return secrets.token_hex(12)
