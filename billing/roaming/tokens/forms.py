"""The Token object as a provider sends it (OCPI 2.2.1 12.3.2, 2.1.1 12.3.2)."""

from typing import Any, Final

from rest_framework import serializers

from billing.roaming.partners.versions import Version
from billing.roaming.serving import fields

TYPES: Final = ("AD_HOC_USER", "APP_USER", "EMAID", "OTHER", "RFID")
WHITELISTS: Final = ("ALWAYS", "ALLOWED", "ALLOWED_OFFLINE", "NEVER")


class _Token(serializers.Serializer[Any]):
    uid = fields.Text(36)
    type = fields.Choice(choices=TYPES)
    visual_number = fields.Text(64, required=False)
    issuer = fields.Text(64)
    group_id = fields.Text(36, required=False)
    valid = fields.Flag()
    whitelist = fields.Choice(choices=WHITELISTS)
    language = fields.Text(2, required=False)
    last_updated = fields.Moment()


class TokenForm(_Token):
    """2.2.1 and 2.3.0."""

    country_code = fields.Text(2)
    party_id = fields.Text(3)
    contract_id = fields.Text(36)


class OldTokenForm(_Token):
    """2.1.1: the contract is called auth_id."""

    auth_id = fields.Text(36)


def form(version: Version) -> type[serializers.Serializer[Any]]:
    return TokenForm if version.has_roles else OldTokenForm


class ChangeForm(serializers.Serializer[Any]):
    """What a PATCH needs whatever it changes (issue 355)."""

    last_updated = fields.Moment()
