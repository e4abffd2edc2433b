"""Payloads made from the official schemas: with the required fields only, or with every field."""

import json
from typing import Any

from chargers.protocol import schemas
from chargers.protocol.frames import Payload, Version
from chargers.protocol.schemas import PayloadPart

AT = "2026-03-10T12:00:00Z"
_DEEPEST = 6


def least(version: Version, action: str) -> Payload:
    """Returns every required field, and nothing else."""
    return _of(version, action, every_field=False)


def most(version: Version, action: str) -> Payload:
    """Returns every field of the schema, as deep as in practice."""
    return _of(version, action, every_field=True)


def _of(version: Version, action: str, *, every_field: bool) -> Payload:
    schema = json.loads(schemas._file(version, action, PayloadPart.REQUEST).read_text(encoding="utf-8-sig"))
    payload: Payload = _value(schema, root=schema, every_field=every_field, depth=0)
    return payload


def _value(schema: dict[str, Any], *, root: dict[str, Any], every_field: bool, depth: int) -> Any:
    while "$ref" in schema:
        schema = root["definitions"][schema["$ref"].rpartition("/")[2]]
    if "enum" in schema:
        return schema["enum"][0]
    match schema.get("type"):
        case "object":
            wanted = schema.get("properties", {})
            if not every_field or depth > _DEEPEST:
                wanted = {name: wanted[name] for name in schema.get("required", ())}
            return {
                name: _value(part, root=root, every_field=every_field, depth=depth + 1)
                for name, part in wanted.items()
                if name != "customData"
            }
        case "array":
            return [_value(schema["items"], root=root, every_field=every_field, depth=depth + 1)]
        case "integer":
            return int(_near_one(schema))
        case "number":
            return _near_one(schema)
        case "boolean":
            return True
        case _:
            return AT if schema.get("format") == "date-time" else "x"


def _near_one(schema: dict[str, Any]) -> float:
    return max(min(1, schema.get("maximum", 1)), schema.get("minimum", -1))
