"""The Credentials object (OCPI 2.2.1 7.3, 2.1.1 7.2): writing ours, reading a partner's."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rest_framework import serializers

from authorization.roaming.transport import authorization_header
from billing.roaming.versions import fields
from billing.roaming.versions.entry import KnownVersion


@dataclass(frozen=True, slots=True)
class Role:
    """A party of ours in the credentials."""

    country_code: str
    party_id: str
    name: str


@dataclass(frozen=True, slots=True)
class PartnerCredentials:
    """A partner's credentials, the same for all versions. `roles` are in the form of OCPI 2.2.1."""

    token: str
    url: str
    roles: tuple[dict[str, Any], ...]


def build_credentials(*, token: str, url: str, roles: Sequence[Role], version: KnownVersion) -> dict[str, Any]:
    """Returns our credentials. In a version without roles there is one party."""
    if version.has_roles:
        return {"token": token, "url": url, "roles": [_role(role) for role in roles]}
    own = roles[0] if roles else Role("", "", "")
    return {
        "token": token,
        "url": url,
        "party_id": own.party_id,
        "country_code": own.country_code,
        "business_details": {"name": own.name[:100]},
    }


def _role(role: Role) -> dict[str, Any]:
    return {
        "role": "CPO",
        "country_code": role.country_code,
        "party_id": role.party_id,
        "business_details": {"name": role.name[:100]},
    }


class _Business(serializers.Serializer[Any]):
    name = fields.Text(100)


class _Party(serializers.Serializer[Any]):
    party_id = fields.Text(3)
    country_code = fields.Text(2)
    business_details = _Business()


class _RoleForm(_Party):
    role = fields.Code()


class _Credentials(serializers.Serializer[Any]):
    token = fields.Text(64)
    url = fields.Address()

    def validate_token(self, value: str) -> str:
        if not authorization_header.is_usable(value):
            raise serializers.ValidationError("1 to 64 printable ASCII characters are expected.")
        return value


class RolesForm(_Credentials):
    """The form of versions with roles."""

    roles = _RoleForm(many=True, allow_empty=False)


class PartyForm(_Credentials, _Party):
    """The form of versions without roles: one party."""


def form(version: KnownVersion) -> type[serializers.Serializer[Any]]:
    return RolesForm if version.has_roles else PartyForm


def parse_credentials(values: dict[str, Any], *, version: KnownVersion) -> PartnerCredentials:
    """Returns what the form read, with codes in capitals, since they are case-insensitive."""
    parties = values["roles"] if version.has_roles else [{**values, "role": "EMSP"}]
    roles = tuple(
        {
            "role": str(party["role"]).upper(),
            "country_code": str(party["country_code"]).upper(),
            "party_id": str(party["party_id"]).upper(),
            "business_details": dict(party["business_details"]),
        }
        for party in parties
    )
    return PartnerCredentials(token=values["token"], url=values["url"], roles=roles)
