"""Connections: found, created, with their endpoints and roles, and our hosts in them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.db import transaction

from authorization.models import MobilityProvider
from authorization.roaming.transport.routing import Party, party
from billing.models import RoamingChange, RoamingConnection
from billing.roaming.versions import catalogue
from billing.roaming.versions.entry import KnownVersion
from chargers.lib import secrets
from chargers.models import Host, Property

_MAX_ROLES: Final = 1000


class RoleTakenError(Exception):
    """A party of this partner belongs to another connection, which the message names."""


def of_provider(msp: MobilityProvider) -> RoamingConnection:
    """Returns the provider's connection, made on first use."""
    return RoamingConnection.objects.select_related("msp").get_or_create(msp=msp)[0]


def list_registered() -> list[RoamingConnection]:
    return list(RoamingConnection.objects.filter(registered_at__isnull=False).select_related("msp").order_by("pk"))


def our_versions_url() -> str:
    return f"{settings.PUBLIC_BASE_URL}/ocpi/versions"


def hosts(connection: RoamingConnection) -> list[Host]:
    """Returns our CPO roles of this connection in a fixed order; the first is used if its version has one
    party only.
    """
    chosen_hosts = list(connection.hosts.exclude(ocpi_party_id="").order_by("pk"))
    roles = chosen_hosts or list(Host.objects.exclude(ocpi_party_id="").order_by("pk"))
    return roles if catalogue.get_version(connection.version).has_roles else roles[:1]


def party_of(host: Host) -> Party:
    return party(host.ocpi_country_code, host.ocpi_party_id)


def host_by_party(connection: RoamingConnection, wanted_party: Party) -> Host | None:
    """Returns the host of this connection with these codes, which are case-insensitive."""
    return next((host for host in hosts(connection) if party_of(host) == wanted_party), None)


def partner_party(connection: RoamingConnection) -> Party:
    return party(connection.msp.country_code, connection.msp.party_id)


def endpoint(connection: RoamingConnection, module: str, role: str) -> str:
    """Returns the URL of one of its modules, as it advertised it; may be empty."""
    for entry in connection.endpoints:
        if entry.get("identifier") == module and entry.get("role", role) == role:
            return str(entry.get("url", ""))
    return ""


def encodes_token(connection: RoamingConnection, *, version: str = "") -> bool:
    """Whether our token is sent in base64: as its version requires, unless the partner is known to differ."""
    form = connection.token_form
    if form:
        return form == RoamingConnection.TokenForm.BASE64
    return catalogue.get_version(version or connection.version).encodes_tokens


def has_party(connection: RoamingConnection, wanted_party: Party) -> bool:
    """Whether that party's objects may arrive by this connection."""
    return wanted_party in {partner_party(connection), *parties(connection)}


def parties(connection: RoamingConnection) -> list[Party]:
    """Returns the partner's parties from its credentials."""
    return [party(role["country_code"], role["party_id"]) for role in connection.roles]


def provider_of_party(wanted_party: Party) -> MobilityProvider | None:
    return MobilityProvider.objects.filter(
        country_code=wanted_party.country_code, party_id=wanted_party.party_id
    ).first()


def register(
    connection: RoamingConnection,
    *,
    version: KnownVersion,
    token: str,
    endpoints: Sequence[Mapping[str, Any]],
    roles: Sequence[Mapping[str, Any]],
    versions_url: str,
    now: datetime,
) -> None:
    """Stores the result of a handshake. Raises RoleTakenError if a party belongs to another connection.

    The provider's tokens endpoint and token are updated, for real-time authorization and the pull of tokens.
    """
    role_parties = {party(str(role["country_code"]), str(role["party_id"])) for role in roles}
    with transaction.atomic():
        row = RoamingConnection.objects.select_for_update().get(pk=connection.pk)
        # Locked, because two handshakes of one partner at once would mix their tokens.
        for other in RoamingConnection.objects.exclude(pk=row.pk).filter(registered_at__isnull=False):
            if taken_parties := role_parties & {partner_party(other), *parties(other)}:
                raise RoleTakenError(f"{min(map(str, taken_parties))} is connected already, as {other.msp.name}.")
        if row.outbound_token_encrypted and row.registered_at:
            row.previous_token_encrypted = row.outbound_token_encrypted
        row.version, row.outbound_token_encrypted = version.name, secrets.encrypt(token)
        row.endpoints, row.roles = list(endpoints), list(roles)[:_MAX_ROLES]
        row.is_hub = row.is_hub or any(role.get("role") == "HUB" for role in roles)
        row.registered_at, row.unregistered_at = row.registered_at or now, None
        row.cdrs_from = row.cdrs_from or now
        row.silent_since, row.next_push_at, row.failures = None, None, 0
        row.save()
        _keep_providers(row, roles, versions_url=versions_url)
        _note_everything()
    connection.refresh_from_db()


def _note_everything() -> None:
    """Notes every object as changed: nothing was noted while no partner was registered."""
    public = Property.objects.filter(access=Property.Access.PUBLIC_ROAMING).values_list("pk", flat=True)
    hosts_with_codes = Host.objects.exclude(ocpi_party_id="").values_list("pk", flat=True)
    RoamingChange.objects.bulk_create(
        [
            *(RoamingChange(kind="tariff", key=str(pk)) for pk in hosts_with_codes),
            *(RoamingChange(kind="location", key=str(pk)) for pk in public),
        ]
    )


def unregister(connection: RoamingConnection, *, now: datetime) -> None:
    """Ends the connection: its tokens expire, and what the partner holds is forgotten."""
    with transaction.atomic():
        connection.credentials.all().delete()
        connection.shares.all().delete()
        connection.registered_at, connection.unregistered_at = None, now
        connection.outbound_token_encrypted = connection.previous_token_encrypted = ""
        connection.endpoints, connection.silent_since, connection.next_push_at = [], None, None
        connection.save()
        MobilityProvider.objects.filter(pk=connection.msp_id).update(authorize_token_encrypted="", authorize_url="")


def _keep_providers(row: RoamingConnection, roles: Sequence[Mapping[str, Any]], *, versions_url: str) -> None:
    """Stores the partner's parties as mobility providers, all with its tokens endpoint."""
    tokens_url = endpoint(row, "tokens", "SENDER")
    own = partner_party(row)
    for role in roles:
        provider_party = party(str(role["country_code"]), str(role["party_id"]))
        if role.get("role", "EMSP") != "EMSP" and provider_party != own:
            continue
        details = role.get("business_details")
        name = str(details.get("name", "")) if isinstance(details, Mapping) else ""
        MobilityProvider.objects.get_or_create(
            country_code=provider_party.country_code,
            party_id=provider_party.party_id,
            defaults={"name": name[:200] or str(provider_party)},
        )
        MobilityProvider.objects.filter(
            country_code=provider_party.country_code, party_id=provider_party.party_id
        ).update(
            authorize_url=tokens_url[:200],
            authorize_token_encrypted=row.outbound_token_encrypted,
            authorize_token_plain=not encodes_token(row),
        )
    MobilityProvider.objects.filter(pk=row.msp_id).update(
        versions_url=versions_url[:200],
        authorize_url=tokens_url[:200],
        authorize_token_encrypted=row.outbound_token_encrypted,
        authorize_token_plain=not encodes_token(row),
    )
