"""The form in which objects are stored: OCPI 2.2.1. Other versions declare their differences."""

from collections.abc import Mapping
from typing import Any, Final

from rest_framework import serializers

from billing.roaming.versions import fields

Body = dict[str, Any]
TYPES: Final = ("AD_HOC_USER", "APP_USER", "EMAID", "OTHER", "RFID")
WHITELISTS: Final = ("ALWAYS", "ALLOWED", "ALLOWED_OFFLINE", "NEVER")
_MAX_MESSAGE: Final = 512


def pass_through(body: Body) -> Body:
    return body


def without_location(body: Body, _location: Mapping[str, Any] | None) -> Body:
    """Returns the body unchanged: it names its location by the id."""
    return body


def token(body: Body) -> Body:
    """Leaves out `auth_id`, the contract of 2.1.1: a provider may have changed its version since."""
    return {name: value for name, value in body.items() if name != "auth_id"}


def command_response(result: str, timeout_s: int, message: str) -> Body:
    """Returns the CommandResponse (13.3.2)."""
    return {"result": result, "timeout": timeout_s} | _build_message(message)


def command_result(result: str, message: str) -> Body:
    """Returns the CommandResult (13.3.3)."""
    return {"result": result} | _build_message(message)


def _build_message(message: str) -> Body:
    return {"message": [{"language": "en", "text": message[:_MAX_MESSAGE]}]} if message else {}


class TokenFields(serializers.Serializer[Any]):
    """The fields of a Token in every version."""

    uid = fields.Text(36)
    type = fields.Choice(choices=TYPES)
    visual_number = fields.Text(64, required=False)
    issuer = fields.Text(64)
    group_id = fields.Text(36, required=False)
    valid = fields.Flag()
    whitelist = fields.Choice(choices=WHITELISTS)
    language = fields.Text(2, required=False)
    last_updated = fields.Moment()


class TokenChangeForm(serializers.Serializer[Any]):
    """The fields that every PATCH of a Token needs (12.2.1.3)."""

    last_updated = fields.Moment()


class TokenForm(TokenFields):
    """The Token as a provider sends it (12.3.2)."""

    country_code = fields.Text(2)
    party_id = fields.Text(3)
    contract_id = fields.Text(36)
