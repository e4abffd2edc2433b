"""Generates requests from the API's own OpenAPI document, and checks the responses against it.

Everything is drawn from one seeded source, so that every run finds the same.
"""

import json
import random
import string
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

import jsonschema_rs
from drf_spectacular.generators import SchemaGenerator

Schema = dict[str, Any]
ABSENT: Final = object()
_LETTERS: Final = string.ascii_letters + string.digits + " -_.:/äßЖ漢'\"<&%"
"""No NUL and no lone surrogate, which PostgreSQL cannot store and JSON Schema cannot exclude."""
_INT64: Final = 2**63
_MOMENTS: Final = [
    "2026-07-03T15:00:00Z",
    "2026-07-05T15:00:00.123-04:00",
    "0957-01-01T00:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-12:00",
]

KNOWN: Final[dict[str, list[Any]]] = {
    "charger": ["CP1"], "chargers": ["CP1"], "uid": ["04A1B2C3D4", "04:FF:EE:00:42"], "cards": ["04:FF:EE:00:42"],
    "property": ["sunset-1"], "properties": ["sunset-1"], "host": ["sunset"], "group": ["residents"],
    "connector": [1, 1000], "definition": [{"energy": [{"name": "all day", "price": "0.40"}]}],
    "url": ["https://example.com/hooks"], "csv": ["uid,owner\n04AABBCCDD,Kim"], "days": ["MON", "SUN"],
    "content": ["RGF0ZSxBbW91bnQsQ3VycmVuY3kKMjAyNi0wNC0wMywtMTIuNTAsRVVSCg=="], "columns": [{"date_order": "ymd"}],
    "time_zone": ["America/New_York"], "country": ["US", "NL"], "contact_phone": ["+1 555 010 0200"],
    "from": ["08:00"], "to": ["18:00"], "quiet_from": ["22:00"], "quiet_to": ["07:00"],
    "check_in": ["15:00"], "check_out": ["11:00"],
    "action": ["Reset"], "payload": [{"type": "Soft"}],
}  # fmt: skip
"""Existing values in the world of the page tests, by field name."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one address."""

    method: str
    path: str
    spec: Schema

    @property
    def name(self) -> str:
        return f"{self.method.upper()} {self.path.removeprefix('/api/v1')}"

    @property
    def query(self) -> list[Schema]:
        return [one for one in self.spec.get("parameters", []) if one["in"] == "query"]

    @property
    def body(self) -> Schema | None:
        content = self.spec.get("requestBody", {}).get("content", {})
        return resolved(content["application/json"]["schema"]) if content else None


@dataclass(frozen=True, slots=True)
class Sent:
    """What is sent to an operation; `fault` names what breaks the schema, and is empty if nothing does."""

    path: str
    query: dict[str, str] = field(default_factory=dict)
    body: Any = ABSENT
    fault: str = ""


@cache
def document() -> Schema:
    """Returns the OpenAPI document as sent to clients."""
    made = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    found: Schema = json.loads(json.dumps(made, default=str))
    return found


def operations() -> list[Operation]:
    return [
        Operation(method, path, spec)
        for path, methods in document()["paths"].items()
        for method, spec in methods.items()
    ]


def resolved(schema: Schema) -> Schema:
    """Returns a JSON schema of 2020-12 without references; OpenAPI 3.0 writes null as `nullable`."""
    if name := schema.get("$ref", "").removeprefix("#/components/schemas/"):
        return resolved(document()["components"]["schemas"][name])
    plain = {key: _below(key, value) for key, value in schema.items() if key not in ("nullable", "discriminator")}
    if not schema.get("nullable"):
        return plain
    return {"anyOf": [plain, {"type": "null"}]}


def _below(key: str, value: Any) -> Any:
    if key in ("default", "enum", "example", "examples", "required", "description"):
        return value
    if key == "properties":
        return {name: resolved(one) for name, one in value.items()}
    if isinstance(value, dict):
        return resolved(value)
    if isinstance(value, list):
        return [resolved(one) if isinstance(one, dict) else one for one in value]
    return value


def faults(schema: Schema, value: Any) -> list[str]:
    """Returns where a value violates its schema; empty if it conforms."""
    checker = _checker(json.dumps(schema))
    return [f"{'.'.join(map(str, found.instance_path))}: {found.message[:200]}" for found in checker.iter_errors(value)]


def spoil(schema: Schema, value: Any, *, path: str) -> Iterator[str]:
    """Adds an undeclared field to each closed object; yields where."""
    schema = schema["anyOf"][0] if "anyOf" in schema else schema
    match value:
        case dict():
            for name, below in list(value.items()):
                at = f"{path}.{name}" if path else name
                yield from spoil(schema.get("properties", {}).get(name, {}), below, path=at)
            if schema.get("additionalProperties") is False:
                value["no_such_field"] = 1
                yield f"{path}.no_such_field" if path else "no_such_field"
        case list():
            for index, below in enumerate(value):
                yield from spoil(schema.get("items", {}), below, path=f"{path}[{index}]")


@cache
def _checker(schema: str) -> Any:
    return jsonschema_rs.Draft202012Validator(json.loads(schema), validate_formats=True)


class Draw:
    """Draws values that conform to a schema, preferring its edges, and values that do not."""

    def __init__(self, seed: str, *, known: Mapping[str, list[Any]]) -> None:
        self._random = random.Random(seed)
        self._known = known

    def valid(self, operation: Operation, path: str) -> Sent:
        query = {
            one["name"]: self._as_text(self.value(resolved(one["schema"]), name=one["name"]))
            for one in operation.query
            if one.get("required") or self._random.random() < 0.4
        }
        body = self.value(operation.body) if operation.body is not None else ABSENT
        return Sent(path, query, body)

    def invalid(self, operation: Operation, path: str) -> Iterator[Sent]:
        """Yields otherwise valid requests with one fault each."""
        for one in operation.query:
            for text in self._wrong_texts(resolved(one["schema"])):
                yield Sent(path, {one["name"]: text}, fault=f"query {one['name']}={text!r}")
        if operation.body is None:
            return
        for at, wrong in self._wrong_bodies(operation.body):
            if faults(operation.body, wrong):
                yield Sent(path, body=wrong, fault=f"body {at}: {_at(wrong, at)!r}"[:200])

    def some(self, found: list[Sent], most: int) -> list[Sent]:
        """Returns all of them, or at most this many."""
        return found if len(found) <= most else self._random.sample(found, most)

    def value(self, schema: Schema, *, name: str = "") -> Any:
        for choice in ("anyOf", "oneOf"):
            if choice in schema:
                return self.value(self._random.choice(schema[choice]), name=name)
        if "allOf" in schema:
            return self.value(schema["allOf"][0] | {k: v for k, v in schema.items() if k != "allOf"}, name=name)
        if "enum" in schema:
            return self._random.choice(schema["enum"])
        if name in self._known and schema.get("type") != "array" and self._random.random() < 0.8:
            return self._random.choice(self._known[name])
        match schema.get("type"):
            case "object":
                return self._object(schema)
            case "array":
                return self._array(schema, name=name)
            case "integer":
                return self._integer(schema)
            case "number":
                return self._random.choice([0, 1, 1.5, -2.25])
            case "boolean":
                return self._random.random() < 0.5
            case "string":
                return self._string(schema)
            case "null":
                return None
        return self._random.choice([{}, [], "text", 5])

    def _object(self, schema: Schema) -> Schema:
        required = set(schema.get("required", ()))
        return {
            name: self.value(one, name=name)
            for name, one in schema.get("properties", {}).items()
            if not one.get("readOnly") and (name in required or self._random.random() < 0.5)
        }

    def whole(self, schema: Schema) -> Schema:
        """Returns an object with all its optional fields, and one item in each list."""
        found: Schema = {}
        for name, one in schema.get("properties", {}).items():
            inner = one["anyOf"][0] if "anyOf" in one else one
            if inner.get("type") == "object" and "properties" in inner:
                found[name] = self.whole(inner)
            elif inner.get("type") == "array" and "properties" in inner["items"]:
                found[name] = [self.whole(inner["items"])]
            elif not one.get("readOnly"):
                found[name] = self.value(one, name=name)
        return found

    def _array(self, schema: Schema, *, name: str) -> list[Any]:
        least = schema.get("minItems", 0)
        return [
            self.value(schema["items"], name=name)
            for _ in range(self._random.randint(least, min(least + 2, schema.get("maxItems", least + 2))))
        ]

    def _integer(self, schema: Schema) -> int:
        least, most = schema.get("minimum", -_INT64), schema.get("maximum", _INT64 - 1)
        likely = [value for value in (least, most, 0, 1, 2, 7, 10194722506) if least <= value <= most]
        return int(self._random.choice(likely))

    def _string(self, schema: Schema) -> str:
        made = {
            "uuid": lambda: str(uuid.UUID(int=self._random.getrandbits(128), version=4)),
            "date-time": lambda: self._random.choice(_MOMENTS),
            "date": lambda: self._random.choice(["2026-07-03", "2024-02-29", "0957-01-01", "9999-12-31"]),
            "email": lambda: self._random.choice(["kim@example.com", "a.b+c@example.org"]),
            "uri": lambda: self._random.choice(["https://example.com/hook", "http://example.org:8080/a?b=c"]),
        }.get(schema.get("format", ""))
        if made:
            return made()
        if "pattern" in schema:
            return _from_pattern(schema["pattern"], self._random)
        least, most = schema.get("minLength", 0), schema.get("maxLength", 40)
        size = self._random.choice([least, min(most, max(least, 8)), most])
        return "".join(self._random.choice(_LETTERS) for _ in range(size)).strip() or "x" * least

    def _wrong_texts(self, schema: Schema) -> list[str]:
        schema = schema["anyOf"][0] if "anyOf" in schema else schema
        if "enum" in schema:
            return ["no-such-choice"]
        match schema.get("type"), schema.get("format"):
            case "integer", _:
                outside = [schema[name] + step for name, step in (("minimum", -1), ("maximum", 1)) if name in schema]
                return ["many", "1.5", *map(str, outside)]
            case "number", _:
                return ["many"]
            case "boolean", _:
                return ["perhaps"]
            case "string", "date-time":
                return ["yesterday", "2026-13-01T00:00:00Z", "2026-07-03T15:00:00"]
            case "string", "date":
                return ["yesterday", "2026-02-30"]
            case "string", "uuid":
                return ["7", "x" * 36]
        return []

    def _wrong_bodies(self, schema: Schema) -> Iterator[tuple[str, Any]]:
        yield from (("", wrong) for wrong in ([], "text", 5, None))
        for name, one in schema.get("properties", {}).items():
            if one.get("readOnly"):
                continue
            for wrong in self._wrong_values(one):
                yield name, {**self._object(schema), name: wrong}
        if schema.get("additionalProperties") is False:
            yield "no_such_field", {**self._object(schema), "no_such_field": 1}
        for name in schema.get("required", ()):
            yield f"without {name}", {key: value for key, value in self._object(schema).items() if key != name}

    def _wrong_values(self, schema: Schema) -> list[Any]:
        wrong: list[Any] = [None, 5, "5", "no-such-thing", True, 1.5, [], [[]], [5], {}, {"a": 1}, "", "\x00"]
        inner = schema["anyOf"][0] if "anyOf" in schema else schema
        wrong += [inner[name] + step for name, step in (("minimum", -1), ("maximum", 1)) if name in inner]
        wrong += [10**30, -(10**30)] if inner.get("type") == "integer" else []
        wrong += ["x" * (inner["maxLength"] + 1)] if "maxLength" in inner else []
        wrong += ["yesterday", "2026-02-30", "2026-07-03T15:00:00"] if "date" in inner.get("format", "") else []
        return wrong

    def _as_text(self, value: Any) -> str:
        if isinstance(value, bool):
            return str(value).lower()
        return "" if value is None else str(value)


def _at(body: Any, name: str) -> Any:
    return body.get(name, body) if isinstance(body, dict) else body


def _from_pattern(pattern: str, source: random.Random) -> str:
    """Returns a text for the few kinds of pattern in the API."""
    known = {
        "^[-a-zA-Z0-9_]+$": ["sunset-1", "residents", "x", "A_b-9"],
        "^[A-Z]{2}-[A-Z0-9]{3}$": ["NL-EMS", "DE-8AA"],
    }
    if pattern in known:
        return source.choice(known[pattern])
    checker = jsonschema_rs.Draft202012Validator({"type": "string", "pattern": pattern})
    likely = ["0", "0.5", "12.250", "100", "2026-07", "10:00", "MON", "8", "text"]
    return source.choice([text for text in likely if checker.is_valid(text)])
