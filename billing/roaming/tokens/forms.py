"""Fields of a provider's request besides the Token, whose form each version has."""

from typing import Any

from rest_framework import serializers

from billing.roaming.versions import fields


class ChangeForm(serializers.Serializer[Any]):
    """The fields that every PATCH needs (issue 355)."""

    last_updated = fields.Moment()
