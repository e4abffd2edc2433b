"""JSON request bodies: each field takes only the JSON type that the schema declares."""

from collections.abc import Mapping
from itertools import islice
from typing import Any, Final

from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

_TEXT: Final = "This is a text: write it in quotes."
_WHOLE: Final = "This is a whole number: write it without quotes."
_LIST: Final = "This is a list."
_MAX_NAMED: Final = 100
"""How many unknown fields a response names at most, so that it is not longer than the request."""
_YES_NO: Final = "Write true or false, without quotes."
_NEEDED_BY_PATCH: Final = {
    "PatchedGridChange": ["seen", "cells"],
    "PatchedLocalListChange": ["choice"],
    "PatchedPictureAlt": ["alt"],
    "PatchedProfile": ["security_profile"],
    "PatchedRateName": ["name"],
    "PatchedSavedViewName": ["name"],
    "PatchedTagName": ["name"],
    "PatchedUnitName": ["name"],
    "PatchedVehicleName": ["name"],
}
_TEXTS: Final = (
    serializers.CharField,
    serializers.DecimalField,
    serializers.DateTimeField,
    serializers.DateField,
)


class Body(serializers.Serializer[Any]):
    """A request body. REST framework by itself accepts `"5"` for 5, and 5 for `"5"`."""

    def to_internal_value(self, data: Any) -> Any:
        mistyped = _mistyped_fields(self, data) if isinstance(data, Mapping) else {}
        try:
            value = super().to_internal_value(data)
        except ValidationError as exc:
            detail: Any = exc.detail
            raise ValidationError({**mistyped, **detail}) from exc
        if mistyped:
            raise ValidationError(mistyped)
        return value


def parse_request(body: type[Body], request: Request) -> dict[str, Any]:
    """Returns the request's data as read by `body`. Raises ValidationError."""
    serializer = body(data=request.data)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def require_declared(body: Any, data: Any) -> None:
    """Raises ValidationError with the path of each field that `body` does not declare; with None, no body is allowed.

    Otherwise a misspelt field would be dropped, and the caller would believe that it was stored.
    """
    declared = Body() if body is None else body() if isinstance(body, type) else body
    if body is None and data and not isinstance(data, Mapping):
        raise ValidationError("This takes no body: send none.")
    if unknown := _find_unknown_fields(declared, data):
        raise ValidationError(unknown)


def _find_unknown_fields(field: Any, value: Any) -> dict[Any, Any]:
    """Returns the messages by name or index, nested like the value; at most `_MAX_NAMED` per object."""
    match field, value:
        case serializers.Serializer(), Mapping():
            writable = {name: field_ for name, field_ in field.fields.items() if not field_.read_only}
            advice = f"Known: {', '.join(sorted(writable))}." if writable else "Nothing can be given here."
            unknown = islice((name for name in value if name not in writable), _MAX_NAMED)
            below = {
                name: _find_unknown_fields(field_, value[name]) for name, field_ in writable.items() if name in value
            }
            return {name: [f"There is no such field here. {advice}"] for name in unknown} | _not_empty(below)
        case ((serializers.ListSerializer() | serializers.ListField()), list()):
            return _not_empty({index: _find_unknown_fields(field.child, part) for index, part in enumerate(value)})
        case serializers.DictField(), Mapping():
            return _not_empty({name: _find_unknown_fields(field.child, part) for name, part in value.items()})
    return {}


def _not_empty(errors: dict[Any, Any]) -> dict[Any, Any]:
    return {name: errors_of_field for name, errors_of_field in errors.items() if errors_of_field}


def _mistyped_fields(body: Body, data: Mapping[str, Any]) -> dict[str, Any]:
    wrong = {name: _find_type_errors(field, data[name]) for name, field in body.fields.items() if name in data}
    return {name: mistyped for name, mistyped in wrong.items() if mistyped}


def _find_type_errors(field: Any, value: Any) -> Any:
    """Returns the message, or for a list a message per item; empty if the type is right."""
    if value is None:
        return []
    match field:
        case serializers.MultipleChoiceField():
            return [] if isinstance(value, list) else [_LIST]
        case serializers.ListField() if isinstance(value, list):
            items = [_find_type_errors(field.child, item) for item in value]
            return items if any(items) else []
        case serializers.BooleanField():
            return [] if isinstance(value, bool) else [_YES_NO]
        case serializers.IntegerField():
            return [] if _is_number(value) else [_WHOLE]
        case serializers.ChoiceField() if all(isinstance(choice, int) for choice in field.choices):
            return [] if _is_number(value) else [_WHOLE]
        case _ if isinstance(field, _TEXTS):
            return [] if isinstance(value, str) else [_TEXT]
    return []


def _is_number(value: Any) -> bool:
    """Whether the value is a number. The field itself checks whether it is whole, and 5.0 is."""
    return isinstance(value, int | float) and not isinstance(value, bool)


class TextSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """Schema of a text in a body, which may not be empty unless the field allows it."""

    target_class = "rest_framework.fields.CharField"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        schema: dict[str, Any] = auto_schema._map_serializer_field(self.target, direction, bypass_extensions=True)
        is_asked = isinstance(_outermost(self.target), Body)
        if is_asked and not self.target.allow_blank and schema.get("type") == "string":
            schema.setdefault("minLength", 1)
        return schema


class EmailSchema(TextSchema):  # type: ignore[no-untyped-call]
    """Schema of an e-mail address that may be empty: an empty text is not an address."""

    target_class = "rest_framework.fields.EmailField"
    priority = 1

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        schema = super().map_serializer_field(auto_schema, direction)
        if not self.target.allow_blank:
            return schema
        return {"oneOf": [{"type": "string", "format": "email"}, {"type": "string", "maxLength": 0}]}


class ListSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """Schema of a list, which may not be empty unless the field allows it."""

    target_class = "rest_framework.fields.ListField"

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        schema: dict[str, Any] = auto_schema._map_serializer_field(self.target, direction, bypass_extensions=True)
        return schema if self.target.allow_empty else schema | {"minItems": 1}


def array_schema(component: str) -> dict[str, Any]:
    """Returns the schema of a response that lists everything created, without pagination."""
    return {"type": "array", "items": {"$ref": f"#/components/schemas/{component}"}}


def _outermost(field: Any) -> Any:
    while isinstance(field.parent, serializers.Field) and not isinstance(field, Body):
        field = field.parent
    return field


def add_to_schema(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Adds that bodies have no other fields, and the fields that a PATCH requires, which drf-spectacular leaves out."""
    schemas = result["components"]["schemas"]
    for name, required in _NEEDED_BY_PATCH.items():
        schemas[name]["required"] = required
    bodies = (operation.get("requestBody") for path in result["paths"].values() for operation in path.values())
    for name in sorted(_referenced_components({"all": [body for body in bodies if body]}, schemas)):
        if "properties" in schemas[name]:
            schemas[name]["additionalProperties"] = False
    return result


def _referenced_components(schema: Any, schemas: Mapping[str, Any]) -> set[str]:
    """Returns the names of the components that a schema refers to, directly or indirectly."""
    names: set[str] = set()
    waiting = [schema]
    while waiting:
        match waiting.pop():
            case {"$ref": str(address)} if (name := address.rpartition("/")[2]) not in names:
                names.add(name)
                waiting.append(schemas[name])
            case dict() as parts:
                waiting.extend(parts.values())
            case list() as parts:
                waiting.extend(parts)
    return names
