"""What a provider sends of a Token beside the Token itself, whose form each version has."""

from typing import Any

from rest_framework import serializers

from billing.roaming.versions import fields


class ChangeForm(serializers.Serializer[Any]):
    """What a PATCH needs whatever it changes (issue 355)."""

    last_updated = fields.Moment()
