"""Fields of OCPI objects from partners: each accepts exactly its own JSON type."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from rest_framework import serializers

from authorization.roaming.transport import times

_MAX_URL = 255


class Text(serializers.CharField):
    """A string or CiString; a number in its place would lose its zeros."""

    def __init__(self, limit: int, **kwargs: Any) -> None:
        super().__init__(max_length=limit, trim_whitespace=False, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        if "\x00" in data:
            raise serializers.ValidationError("A character in it cannot be stored.")
        return super().to_internal_value(data)


class Code(Text):
    """A value of an enumeration that may grow (2.3.0): stored unchanged."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(50, **kwargs)


class Choice(serializers.ChoiceField):
    """A value of a closed enumeration."""


class Flag(serializers.BooleanField):
    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            raise serializers.ValidationError("true or false is expected.")
        return data


class Moment(serializers.Field[datetime, Any, Any, Any]):
    """A time of OCPI."""

    def to_internal_value(self, data: Any) -> datetime:
        try:
            return times.read(data)
        except times.TimeError as exc:
            raise serializers.ValidationError("a time such as 2026-03-10T12:00:00Z is expected.") from exc

    def to_representation(self, value: datetime) -> str:
        return times.text(value)


class Address(Text):
    """A URL by http or https."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(_MAX_URL, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        value = super().to_internal_value(data)
        try:
            parts = urlsplit(value)
        except ValueError as exc:
            raise serializers.ValidationError("this address cannot be read.") from exc
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise serializers.ValidationError("an address that begins with https:// is expected.")
        return value


class AnyObject(serializers.Field[Any, Any, Any, Any]):
    """A JSON object that is checked elsewhere."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, Mapping):
            raise serializers.ValidationError("an object is expected.")
        return dict(data)

    def to_representation(self, value: Any) -> Any:
        return value
