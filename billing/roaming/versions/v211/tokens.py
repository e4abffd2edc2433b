"""A Token in OCPI 2.1.1 (12.3.2)."""

from typing import Any, Final

from rest_framework import serializers

from billing.roaming.versions import fields
from billing.roaming.versions.stored_form import TokenFields

Body = dict[str, Any]
_GONE: Final = frozenset(
    ("country_code", "party_id", "contract_id", "group_id", "default_profile_type", "energy_contract")
)


class TokenForm(TokenFields):
    """The form of a token; its contract is called auth_id."""

    auth_id = fields.Text(36)


class TokenChangeForm(serializers.Serializer[Any]):
    """What a PATCH needs: nothing. `last_updated` counts if it is sent."""

    last_updated = fields.Moment(required=False)


def token(body: Body) -> Body:
    """Returns the token without party and group."""
    return {"auth_id": body["contract_id"]} | {name: value for name, value in body.items() if name not in _GONE}
