"""A host's own domain for its guest pages: claimed, verified, removed; and which host a name belongs to."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.utils.crypto import constant_time_compare, salted_hmac

from billing.branding import domain_names
from billing.models import GuestDomain
from chargers.lib import outbound
from chargers.models import Host

PROOF_PATH: Final = "/.well-known/charging-domain/"
_CACHE_KEY: Final = "guest-domains"
_CACHED_S: Final = 10
"""How long the names are cached: a process learns of a change after this time at the latest."""
_LIMITS: Final = outbound.Limits(timeout_s=10, most_bytes=1024)


class DomainError(Exception):
    """The domain cannot be used; the message gives the reason and the remedy."""


@dataclass(frozen=True, slots=True)
class Answering:
    """The host whose guest pages a name belongs to. A former name leads on to our own address."""

    host_id: int
    is_former: bool


def find(host: Host) -> GuestDomain | None:
    """Returns the domain that the host uses or has claimed."""
    return GuestDomain.objects.filter(host=host, removed_at=None).first()


def claim(host: Host, text: str, *, now: datetime) -> GuestDomain:
    """Stores the name for the host, unconfirmed, instead of its present one. Raises DomainError."""
    try:
        name = domain_names.read(text)
    except domain_names.DomainNameError as exc:
        raise DomainError(str(exc)) from exc
    if domain_names.is_within(name, _own_names()):
        raise DomainError(f"{domain_names.readable(name)} is ours. Write a name of a domain that you own.")
    _refuse_if_taken(host, name)
    with transaction.atomic():
        if (present := find(host)) is not None:
            give_up(present, now=now)
        GuestDomain.objects.filter(host=host, name=name).delete()  # a former one of theirs, which they take again
        guest_domain = GuestDomain.objects.create(host=host, name=name, token=secrets.token_urlsafe(24), added_at=now)
    transaction.on_commit(_forget)
    return guest_domain


def check(domain: GuestDomain) -> None:
    """Requests our own proof at the name, to verify that it leads here. Raises DomainError with the cause."""
    readable, address = domain_names.readable(domain.name), f"{base_of(domain.name)}{PROOF_PATH}{domain.token}"
    try:
        answer = outbound.get(address, headers={}, limits=_LIMITS)
    except outbound.NoAnswerError as exc:
        raise DomainError(f"{readable} {exc}. Does its DNS entry lead here, and has the proxy a certificate?") from exc
    if answer.status != 200 or not constant_time_compare(answer.body.decode("ascii", "replace"), _proof(domain.token)):
        raise DomainError(f"{readable} answers, and not from here (status {answer.status}). Correct its DNS entry.")


def confirm(domain: GuestDomain, *, now: datetime) -> bool:
    """Lets the host's guest pages answer there. False if that is so already. Raises DomainError."""
    _refuse_if_taken(domain.host, domain.name)
    waiting = GuestDomain.objects.filter(pk=domain.pk, confirmed_at=None)
    try:
        with transaction.atomic():
            is_new = bool(waiting.update(confirmed_at=now))
    except IntegrityError as exc:  # two hosts at the same moment
        raise DomainError(_taken_message(domain.name)) from exc
    transaction.on_commit(_forget)
    return is_new


def give_up(domain: GuestDomain, *, now: datetime) -> None:
    """Ends the use of the name. Its links redirect to our address while its DNS entry still leads here."""
    row = GuestDomain.objects.filter(pk=domain.pk)
    row.filter(confirmed_at=None).delete()
    row.update(removed_at=now)
    transaction.on_commit(_forget)


def answering(name: str) -> Answering | None:
    """Returns whose guest pages answer at this name, if any; one query in some seconds, for all processes."""
    return _load_domains().get(name)


def proof(name: str, token: str) -> str:
    """Returns what is answered to `check` at this name; empty if nobody claims it with this token."""
    return _proof(token) if GuestDomain.objects.filter(name=name, token=token).exists() else ""


def may_have_certificate(name: str) -> bool:
    """Whether a proxy may get a certificate for the name: some host uses it, gave it up, or has just claimed it."""
    return GuestDomain.objects.filter(name=name).exists()


def base_address(host_id: int) -> str:
    """Returns where links to a host's guest pages begin: at its own domain if it has one, else at ours."""
    own = next(
        (name for name, whose in _load_domains().items() if whose.host_id == host_id and not whose.is_former), ""
    )
    return base_of(own) if own else settings.PUBLIC_BASE_URL.rstrip("/")


def base_of(name: str) -> str:
    """Returns the address of a name: with the scheme and the port of our own."""
    own_url = urlsplit(settings.PUBLIC_BASE_URL)
    return f"{own_url.scheme}://{name}" + (f":{own_url.port}" if own_url.port else "")


def own_port() -> int | None:
    """Returns the port of all our addresses; None for the usual ones, 80 and 443."""
    own_url = urlsplit(settings.PUBLIC_BASE_URL)
    return None if own_url.port == {"http": 80, "https": 443}.get(own_url.scheme) else own_url.port


def label_names() -> frozenset[str]:
    """Returns the names to which labels of ours lead: the installation's, and those that hosts use or used."""
    own_names = [*settings.ALLOWED_HOSTS, urlsplit(settings.PUBLIC_BASE_URL).hostname or ""]
    whole_names = (name.lower().strip("[]") for name in own_names if not name.startswith((".", "*")))
    return frozenset(name for name in (*whole_names, *_load_domains()) if name)


def is_ours(name: str) -> bool:
    """Whether the name is one of the installation itself, where everything is served."""
    return domain_names.is_within(name, _own_names())


def _own_names() -> list[str]:
    addresses = (settings.PUBLIC_BASE_URL, settings.CHARGER_URL, settings.CHARGER_TLS_URL)
    return [*settings.ALLOWED_HOSTS, *(urlsplit(address).hostname or "" for address in addresses)]


def _refuse_if_taken(host: Host, name: str) -> None:
    if GuestDomain.objects.filter(name=name, confirmed_at__isnull=False).exclude(host=host).exists():
        raise DomainError(_taken_message(name))


def _taken_message(name: str) -> str:
    return f"{domain_names.readable(name)} is, or was, the domain of another host here. If it is yours, ask support."


def _proof(token: str) -> str:
    """Only we can compute it, so that a server elsewhere that repeats addresses is not taken for ours."""
    return salted_hmac("guest-domain", token, algorithm="sha256").hexdigest()


def _load_domains() -> dict[str, Answering]:
    names: dict[str, Answering] | None = cache.get(_CACHE_KEY)
    if names is None:
        rows = GuestDomain.objects.exclude(confirmed_at=None).values_list("name", "host_id", "removed_at")
        names = {name: Answering(host_id, removed_at is not None) for name, host_id, removed_at in rows}
        cache.set(_CACHE_KEY, names, _CACHED_S)
    return names


def _forget() -> None:
    cache.delete(_CACHE_KEY)
