"""Stored connections: checked, encrypted, mapped, due for reading. Users' acts are in `pms.acts`."""

import json
import re
import secrets as random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from difflib import SequenceMatcher
from typing import Final
from urllib.parse import urlsplit

from django.db.models import Q, QuerySet
from django.utils.text import slugify

from authorization.models import PmsConnection, PmsListing, Stay
from authorization.pms import failures
from authorization.pms.failures import Failure
from authorization.pms.parsing.bookings import WHOLE_FEED
from authorization.pms.systems import catalogue
from chargers.lib import outbound, secrets
from chargers.lib.secrets import UnreadableSecretError
from chargers.models import Host, Property, Unit

LIMIT: Final = 50
"""The largest number of connections per host."""
_MAX_URL: Final = 1000
_MAX_SECRET: Final = 1000
_LIKE: Final = 0.6
_HEALS: Final = 3
_TOGETHER: Final = timedelta(seconds=20)
_WORDS: Final = re.compile(r"[a-z0-9]+")


class SettingsError(Exception):
    """The settings cannot be stored; the message is a sentence about `field`."""

    def __init__(self, sentence: str, *, field: str) -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionSettings:
    """A connection as entered. An empty `url` or `credentials` leaves the stored one unchanged."""

    name: str
    kind: str
    url: str = field(default="", repr=False)
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Target:
    """What a listing stands for; without a unit, the whole property."""

    property_: Property
    unit: Unit | None = None

    @property
    def slug(self) -> str:
        return f"{self.property_.slug}/{self.unit.slug}" if self.unit else self.property_.slug


def add(host: Host, entered: ConnectionSettings, *, now: datetime, key: str = "") -> PmsConnection:
    """Adds a connection. Raises SettingsError. Call it in a transaction."""
    Host.objects.select_for_update(no_key=True).get(pk=host.pk)
    if host.pms_connections.count() >= LIMIT:
        raise SettingsError(f"A host has at most {LIMIT} connections: remove one first.", field="name")
    check(entered, existing=None)
    _check_new(host, entered, existing=None)
    new_connection = PmsConnection.objects.create(
        host=host,
        key=key or _free_key(entered.name, host=host),
        name=entered.name,
        kind=entered.kind,
        url_encrypted=secrets.encrypt(_address(entered)),
        credentials_encrypted=encrypt_credentials(entered.credentials),
        webhook_key=new_webhook_key(),
        created_at=now,
        next_due_at=now,
    )
    add_first_listing(new_connection, now=now)
    return new_connection


def add_first_listing(connection: PmsConnection, *, now: datetime) -> None:
    """Adds a calendar's single listing, which can be mapped at once; an account's listings come with the first sync."""
    if catalogue.ALL[connection.kind].is_calendar:
        PmsListing.objects.create(connection=connection, key=WHOLE_FEED, added_at=now)


def change(connection: PmsConnection, entered: ConnectionSettings, *, now: datetime) -> None:
    """Changes the connection, but not its kind.

    A new address or new credentials are tried at once. Raises SettingsError.
    """
    check(entered, existing=connection)
    _check_new(connection.host, entered, existing=connection)
    new_credentials = {name: value for name, value in entered.credentials.items() if value}
    connection.name = entered.name
    fields = ["name"]
    if entered.url:
        connection.url_encrypted = secrets.encrypt(_address(entered))
        fields.append("url_encrypted")
    if new_credentials:
        connection.credentials_encrypted = encrypt_credentials({**_stored_credentials(connection), **new_credentials})
        connection.token_encrypted, connection.token_expires_at = "", None
        fields += ["credentials_encrypted", "token_encrypted", "token_expires_at"]
    if entered.url or new_credentials:
        connection.read_until, connection.next_due_at = None, now
        fields += ["read_until", "next_due_at"]
    connection.save(update_fields=fields)


def replace(connection: PmsConnection, entered: ConnectionSettings, *, now: datetime) -> None:
    """Replaces all settings unchecked, as an operator's file states them; everything is then read again."""
    connection.name, connection.kind = entered.name, entered.kind
    connection.url_encrypted, connection.credentials_encrypted = (
        secrets.encrypt(entered.url),
        encrypt_credentials(entered.credentials),
    )
    connection.token_encrypted, connection.token_expires_at = "", None
    connection.read_until, connection.next_due_at = None, now
    connection.save()


def new_webhook_key() -> str:
    return random.token_urlsafe(24)


def encrypt_credentials(plain_credentials: Mapping[str, str]) -> str:
    credentials_ = {name: value for name, value in plain_credentials.items() if value}
    return secrets.encrypt(json.dumps(credentials_, sort_keys=True)) if credentials_ else ""


def check(entered: ConnectionSettings, *, existing: PmsConnection | None) -> None:
    """Raises SettingsError for what cannot work."""
    if entered.kind not in catalogue.ALL:
        raise SettingsError("Choose one of the systems that can be connected.", field="kind")
    system = catalogue.ALL[entered.kind]
    names = {credential.name for credential in system.credentials}
    if unknown := sorted(set(entered.credentials) - names):
        raise SettingsError(f"{unknown[0]} is no credential of {system.name}.", field="credentials")
    if not entered.url and not system.address and existing is None:
        raise SettingsError("The address is missing: add it, as the system shows it.", field="url")
    if entered.url:
        check_address(entered.url, is_calendar=system.is_calendar)
    for credential_ in system.credentials:
        value = entered.credentials.get(credential_.name, "")
        if not value and credential_.is_required and existing is None:
            raise SettingsError(f"{credential_.label} is missing: add it.", field=credential_.name)
        if len(value) > _MAX_SECRET or not value.isprintable():
            raise SettingsError(f"{credential_.label}: this is none. Copy it again.", field=credential_.name)


def _check_new(host: Host, entered: ConnectionSettings, *, existing: PmsConnection | None) -> None:
    """Raises SettingsError for a system that is connected already, because each booking would become two stays."""
    new_credentials = {name: value for name, value in entered.credentials.items() if value}
    other_connections = [
        connection
        for connection in host.pms_connections.filter(kind=entered.kind)
        if existing is None or connection.pk != existing.pk
    ]
    for other in other_connections if entered.url or new_credentials else ():
        is_address = catalogue.ALL[entered.kind].is_calendar
        same_address = bool(entered.url) and _normalize_url(_address(entered)) == _normalize_url(_decrypt_url(other))
        same_account = bool(new_credentials) and _is_same_account(
            new_credentials, _stored_credentials(other), kind=entered.kind
        )
        if same_address if is_address else same_account:
            field = "url" if is_address else next(iter(new_credentials))
            raise SettingsError(f"It is connected already, as {other.name}: change that one.", field=field)


def _is_same_account(new_credentials: Mapping[str, str], stored_credentials: Mapping[str, str], *, kind: str) -> bool:
    """Whether all credentials that identify an account are the same in both."""
    of_account = {credential.name for credential in catalogue.ALL[kind].credentials if credential.is_of_account}
    shared = [name for name in new_credentials if name in stored_credentials and name in of_account]
    return bool(shared) and all(new_credentials[name] == stored_credentials[name] for name in shared)


def _decrypt_url(connection: PmsConnection) -> str:
    try:
        return secrets.decrypt(connection.url_encrypted)
    except UnreadableSecretError:
        return ""


def _normalize_url(url: str) -> str:
    """Normalizes an address for comparison: webcal becomes https, and case matters only after the host."""
    parts = urlsplit(url.strip())
    scheme = "https" if parts.scheme == "webcal" else parts.scheme
    return parts._replace(scheme=scheme, netloc=parts.netloc.lower(), fragment="").geturl()


def check_address(url: str, *, is_calendar: bool) -> None:
    """Requires HTTPS, or a network that the installation permits. Raises SettingsError."""
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        parts, host, port = urlsplit(""), "", None
    schemes = {"https", "http", "webcal"} if is_calendar else {"https", "http"}
    if parts.scheme not in schemes or not host or not url.isascii() or not url.isprintable() or " " in url:
        raise SettingsError("This is no address: it begins with https:// and names a host.", field="url")
    if len(url) > _MAX_URL:
        raise SettingsError(f"The address has more than {_MAX_URL:,} characters.", field="url")
    if parts.username is not None or parts.password is not None:
        raise SettingsError("Leave name and password out of the address.", field="url")
    if why := outbound.refusal(host, port):
        raise SettingsError(why, field="url")
    if parts.scheme == "http" and not outbound.is_ours(host):
        raise SettingsError("The address must begin with https://: it carries names of guests.", field="url")


def pause(connection: PmsConnection) -> bool:
    """Pauses reading; stays are kept. Returns False if it was paused already."""
    return bool(PmsConnection.objects.filter(pk=connection.pk, is_enabled=True).update(is_enabled=False))


def resume(connection: PmsConnection, *, now: datetime) -> bool:
    """Resumes reading. Returns False if it was not paused."""
    paused = PmsConnection.objects.filter(pk=connection.pk, is_enabled=False)
    return bool(paused.update(is_enabled=True, next_due_at=now, read_until=None))


def ask(connection: PmsConnection, *, now: datetime) -> bool:
    """Requests a full sync within seconds. Returns False if the connection is paused."""
    rows = PmsConnection.objects.filter(pk=connection.pk, is_enabled=True)
    return bool(rows.update(next_due_at=now, read_until=None))


def event_came(connection: PmsConnection, *, now: datetime) -> None:
    """Schedules a sync for an event; several events within seconds cause only one."""
    PmsConnection.objects.filter(pk=connection.pk).update(event_at=now)
    due_at = max(now, connection.tried_at + _TOGETHER) if connection.tried_at else now
    waiting = PmsConnection.objects.filter(pk=connection.pk, is_enabled=True, next_due_at__gt=due_at)
    waiting.exclude(failure_code=failures.Code.SLOW_DOWN).update(next_due_at=due_at)


def remove(connection: PmsConnection, *, now: datetime) -> int:
    """Removes the connection: future stays are cancelled, those that run are kept until they end.

    Returns how many were cancelled.
    """
    coming = Stay.objects.filter(connection=connection, cancelled_at=None, arrives_at__gt=now)
    cancelled = coming.update(cancelled_at=now)
    connection.delete()
    return cancelled


def map_listing(listing: PmsListing, target: Target | None, *, now: datetime) -> bool:
    """Maps a listing to a unit from the next sync; None removes the mapping. Returns False if nothing changed."""
    property_pk, unit = (target.property_.pk, target.unit.pk if target.unit else None) if target else (None, None)
    if (listing.property_id, listing.unit_id) == (property_pk, unit):
        return False
    PmsListing.objects.filter(pk=listing.pk).update(property=property_pk, unit=unit)
    PmsConnection.objects.filter(pk=listing.connection_id).update(next_due_at=now, read_until=None)
    return True


def target(host: Host, text: str) -> Target:
    """Reads "property/unit", or a property alone. Raises SettingsError."""
    place_slug, _, unit_slug = text.partition("/")
    property_ = Property.objects.filter(host=host, slug=place_slug, closed_at=None).first()
    if property_ is None:
        raise SettingsError(f"{host.name} has no property “{place_slug}”.", field="target")
    if not unit_slug:
        return Target(property_)
    unit = property_.units.filter(slug=unit_slug).first()
    if unit is None:
        raise SettingsError(f"{property_.name} has no unit “{unit_slug}”.", field="target")
    return Target(property_, unit)


def targets(host: Host) -> list[Target]:
    """Returns what a listing can be mapped to: each property in use, and each of its units. Two queries."""
    places = Property.objects.filter(host=host, closed_at=None).prefetch_related("units").order_by("name")
    return [
        target_
        for property_ in places
        for target_ in (Target(property_), *(Target(property_, unit) for unit in property_.units.all()))
    ]


def suggestion(name: str, among: list[Target]) -> Target | None:
    """Returns the unit or property whose name is most like the listing's; None if none is similar."""
    folded = _normalize_name(name)
    scored = (
        [(max(_similarity_ratio(folded, option) for option in _names(target_)), target_) for target_ in among]
        if folded
        else []
    )
    best = max(scored, key=lambda pair: pair[0], default=None)
    return best[1] if best is not None and best[0] >= _LIKE else None


def unmapped_listings(connections: QuerySet[PmsConnection]) -> QuerySet[PmsListing]:
    return PmsListing.objects.filter(connection__in=connections, property=None)


def needing_somebody(rows: QuerySet[PmsConnection]) -> QuerySet[PmsConnection]:
    """Returns connections that need a person: a failure that the host must fix, or the third failure in a row."""
    of_host = [code for code, explanation in failures.EXPLANATIONS.items() if explanation.move is failures.Move.HOST]
    failing = rows.filter(is_enabled=True, failing_since__isnull=False)
    return failing.filter(Q(failure_code__in=of_host) | Q(failures__gte=_HEALS))


def due(*, now: datetime) -> list[int]:
    """Returns the connections to read, the longest overdue first."""
    rows = PmsConnection.objects.filter(is_enabled=True, next_due_at__lte=now)
    free = rows.filter(Q(leased_until=None) | Q(leased_until__lte=now))
    return list(free.order_by("next_due_at").values_list("pk", flat=True))


def failure(connection: PmsConnection) -> Failure | None:
    if not connection.failure_code:
        return None
    system = catalogue.ALL[connection.kind].speaker
    return failures.render(connection.failure_code, connection.failure_facts, system=system)


def server(connection: PmsConnection) -> str:
    """Returns the host name of the address, which as a whole may be a secret. Empty if it cannot be decrypted."""
    return urlsplit(_decrypt_url(connection)).hostname or ""


def credentials(connection: PmsConnection) -> dict[str, str]:
    """Returns the credentials. Raises UnreadableSecretError."""
    plain_text = secrets.decrypt(connection.credentials_encrypted)
    return {str(name): str(value) for name, value in json.loads(plain_text).items()} if plain_text else {}


def _stored_credentials(connection: PmsConnection) -> dict[str, str]:
    try:
        return credentials(connection)
    except UnreadableSecretError:
        return {}


def _address(entered: ConnectionSettings) -> str:
    return entered.url.strip() or catalogue.ALL[entered.kind].address


def _free_key(name: str, *, host: Host) -> str:
    base = slugify(f"{host.slug}-{name}")[:44].strip("-") or "connection"
    taken_keys = set(PmsConnection.objects.filter(key__startswith=base).values_list("key", flat=True))
    return next(key for n in range(1, 10_000) if (key := base if n == 1 else f"{base}-{n}") not in taken_keys)


def _normalize_name(name: str) -> str:
    return " ".join(_WORDS.findall(name.lower()))


def _names(target_: Target) -> tuple[str, ...]:
    property_name = _normalize_name(target_.property_.name)
    if target_.unit is None:
        return (property_name,)
    unit = _normalize_name(target_.unit.name)
    return (unit, f"{property_name} {unit}", f"{unit} {property_name}")


def _similarity_ratio(text: str, option: str) -> float:
    return SequenceMatcher(None, text, option).ratio() if option else 0.0
