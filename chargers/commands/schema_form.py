"""A form for any action, generated from its official schema, and the payload from the filled-in values. Pure.

A blank is named by its path in the payload: `chargingProfile.chargingSchedule.0.duration`. A value that cannot be
converted to its type stays a text, so that the schema check reports it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any

from chargers.protocol import schemas
from chargers.protocol.frames import Payload, Version

_LEFT_OUT = frozenset({"customData"})
_MAX_ROWS = 200
_MAX_HINT = 240
Posted = Mapping[str, str]


class Kind(Enum):
    OBJECT = "object"
    LIST = "list"
    TEXT = "text"
    LONG = "long"
    WHOLE = "whole"
    NUMBER = "number"
    CHOICE = "choice"
    YES_NO = "yes_no"
    TIME = "time"
    ANY = "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class Blank:
    """A field, or a group (OBJECT) or rows (LIST) of fields, with the filled-in values.

    `is_open`: it is required or partly filled in; others are collapsed.
    """

    path: str
    label: str
    kind: Kind
    required: bool
    value: str = ""
    hint: str = ""
    choices: tuple[str, ...] = ()
    most: int | None = None
    children: tuple["Blank", ...] = field(default=())

    @property
    def is_open(self) -> bool:
        return self.required or self.is_filled

    @property
    def is_filled(self) -> bool:
        return bool(self.value) or any(child.is_filled for child in self.children)

    @property
    def mandatory(self) -> tuple["Blank", ...]:
        return tuple(child for child in self.children if child.required)

    @property
    def optional(self) -> tuple["Blank", ...]:
        return tuple(child for child in self.children if not child.required)

    @property
    def has_more_filled(self) -> bool:
        return any(child.is_filled for child in self.optional)

    @property
    def count_name(self) -> str:
        """Returns the name under which a list's number of rows is posted."""
        return f"{self.path}.#"


def of_action(action: str, posted: Posted, *, version: Version) -> Blank:
    """Returns the form of the action, empty or with the values filled in so far. The action must be known."""
    schema = schemas.request_schema(version=version, action=action)
    return _blank("", "", schema, schema.get("definitions", {}), required=True, posted=posted)


def payload_of(blank: Blank) -> Payload:
    """Returns the filled-in values as a payload; empty optional parts are left out."""
    payload = _value(blank)
    assert isinstance(payload, dict)
    return payload


def flatten(payload: Payload) -> dict[str, str]:
    """Returns the names and texts that a form with this payload would post."""
    fields: dict[str, str] = {}
    _flatten(payload, "", fields)
    return fields


def with_row(posted: Posted, path: str) -> dict[str, str]:
    """Adds a row to the list at this path."""
    name = f"{path}.#"
    return {**posted, name: str(min(_count(posted, name, least=0) + 1, _MAX_ROWS))}


def _blank(path: str, name: str, schema: Payload, definitions: Payload, *, required: bool, posted: Posted) -> Blank:
    description = schema.get("description", "")
    schema = _resolve_reference(schema, definitions)
    kind = _kind(schema)
    hint = _hint(description or schema.get("description", ""))
    children: tuple[Blank, ...] = ()
    if kind is Kind.OBJECT:
        required_keys = set(schema.get("required", []))
        parts = [
            _blank(_join(path, key), key, part, definitions, required=key in required_keys, posted=posted)
            for key, part in schema.get("properties", {}).items()
            if key not in _LEFT_OUT
        ]
        children = tuple(sorted(parts, key=lambda part: not part.required))
    elif kind is Kind.LIST:
        count = _count(posted, f"{path}.#", least=1 if required else 0)
        rows = range(min(count, schema.get("maxItems", _MAX_ROWS)))
        children = tuple(
            _blank(
                f"{path}.{row}",
                f"{name} {row + 1}",
                schema["items"],
                definitions,
                required=row < schema.get("minItems", 0),
                posted=posted,
            )
            for row in rows
        )
    return Blank(
        path=path,
        label=name,
        kind=kind,
        required=required,
        value=posted.get(path, "") if kind not in {Kind.OBJECT, Kind.LIST} else "",
        hint=hint,
        choices=tuple(str(option) for option in schema.get("enum", ())),
        most=schema.get("maxLength"),
        children=children,
    )


def _kind(schema: Payload) -> Kind:
    if "enum" in schema:
        return Kind.CHOICE
    match schema.get("type"):
        case "object":
            return Kind.OBJECT
        case "array":
            return Kind.LIST
        case "integer":
            return Kind.WHOLE
        case "number":
            return Kind.NUMBER
        case "boolean":
            return Kind.YES_NO
        case "string" if schema.get("format") == "date-time":
            return Kind.TIME
        case "string":
            return Kind.LONG if schema.get("maxLength", 0) > 500 else Kind.TEXT
        case _:
            return Kind.ANY


def _value(blank: Blank) -> Any:
    match blank.kind:
        case Kind.OBJECT:
            parts = [(child, _value(child)) for child in blank.children if child.is_open]
            return {child.label: value for child, value in parts if value is not None}
        case Kind.LIST:
            rows = [_value(child) for child in blank.children if child.is_filled]
            return rows if rows or blank.required else None
        case _ if not blank.value:
            return None
        case Kind.WHOLE | Kind.NUMBER:
            return _number(blank.value, is_integer=blank.kind is Kind.WHOLE)
        case Kind.YES_NO:
            return {"true": True, "false": False}.get(blank.value, blank.value)
        case Kind.ANY:
            return _json(blank.value)
        case _:
            return blank.value


def _number(text: str, *, is_integer: bool) -> Any:
    try:
        number = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        return text
    if not number.is_finite() or abs(number) > 10**15:
        return text
    return int(number) if is_integer and number == number.to_integral_value() else float(number)


def _json(text: str) -> Any:
    """Parses an object or a list; any other text stays a text."""
    if not text.startswith(("{", "[")):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _flatten(value: Any, path: str, fields: dict[str, str]) -> None:
    if isinstance(value, dict):
        for key, part in value.items():
            _flatten(part, _join(path, key), fields)
    elif isinstance(value, list):
        fields[f"{path}.#"] = str(len(value))
        for index, part in enumerate(value):
            _flatten(part, f"{path}.{index}", fields)
    elif isinstance(value, bool):
        fields[path] = "true" if value else "false"
    elif value is not None:
        fields[path] = str(value)


def _resolve_reference(schema: Payload, definitions: Payload) -> Payload:
    reference = schema.get("$ref")
    return definitions[reference.rpartition("/")[2]] if reference else schema


def _count(posted: Posted, name: str, *, least: int) -> int:
    text = posted.get(name, "")
    return max(least, min(int(text), _MAX_ROWS)) if text.isdecimal() and len(text) < 6 else least


def _hint(text: str) -> str:
    """Returns the standard's description without the leading model names."""
    lines = [line.strip() for line in text.splitlines()]
    lines_shown = [line for line in lines if line and not line.startswith("urn:") and not line.endswith("_Code")]
    words = " ".join(line for line in lines_shown if not _is_model_name(line))
    return words if len(words) <= _MAX_HINT else f"{words[: _MAX_HINT - 1]}…"


def _is_model_name(line: str) -> bool:
    return "_ " in line and len(line) < 120 and not line.endswith(".")


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
