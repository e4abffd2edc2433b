"""The handshake that a partner begins: credentials exchanged, rotated, and ended.

The partner's versions are read with its token B before it is answered, so this uses the network: never inside a
transaction.
"""

from datetime import datetime
from typing import Any

from authorization.roaming.transport.envelope import Status
from billing.models import RoamingConnection
from billing.roaming.credentials import discovery, forms
from billing.roaming.credentials.discovery import DiscoveryError
from billing.roaming.credentials.forms import PartnerCredentials
from billing.roaming.credentials.handshake import our_roles
from billing.roaming.partners import connections, partner_tokens
from billing.roaming.partners.connections import RoleTakenError
from billing.roaming.partners.partner_tokens import Kind
from billing.roaming.versions.entry import KnownVersion
from chargers.lib import secrets


class RefusedError(Exception):
    """The partner is not registered; the message gives the reason, the status is OCPI's."""

    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(message)
        self.status = status


def register(
    connection: RoamingConnection, partner_credentials: PartnerCredentials, *, version: KnownVersion, now: datetime
) -> dict[str, Any]:
    """Stores the partner's credentials, and returns ours with a new token. Raises RefusedError.

    The token A expires once the new token was used; until then it can only repeat this registration.
    """
    try:
        partner_offer = discovery.offer(
            connection, partner_credentials.url, token=partner_credentials.token, version=version, speaks=version.name
        )
        endpoints = discovery.endpoints(connection, partner_offer, token=partner_credentials.token)
    except DiscoveryError as exc:
        raise RefusedError(f"Your platform {exc}.", status=exc.status) from exc
    try:
        connections.register(
            connection,
            version=version,
            token=partner_credentials.token,
            endpoints=endpoints,
            roles=partner_credentials.roles,
            versions_url=partner_credentials.url,
            now=now,
        )
    except RoleTakenError as exc:
        raise RefusedError(str(exc), status=Status.INVALID_PARAMETERS) from exc
    return build_own_credentials(
        connection, token=partner_tokens.issue(connection, Kind.CREDENTIALS, now=now), version=version
    )


def build_own_credentials(connection: RoamingConnection, *, token: str, version: KnownVersion) -> dict[str, Any]:
    """Returns our Credentials object with that token."""
    return forms.build_credentials(
        token=token, url=connections.our_versions_url(), roles=our_roles(connection), version=version
    )


def is_repeat(connection: RoamingConnection, partner_credentials: PartnerCredentials) -> bool:
    """Whether this repeats a registration whose answer was lost."""
    return secrets.decrypt(connection.outbound_token_encrypted) == partner_credentials.token
