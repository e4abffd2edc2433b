"""Which settings hold passwords, and payloads as people may see them. Pure."""

from typing import Any

_ENDINGS = ("authorizationkey", "password")
HIDDEN = "(not shown)"


def is_secret(key: str) -> bool:
    """Whether a setting or a field of this name holds a password."""
    return key.rpartition(".")[2].lower().endswith(_ENDINGS)


def masked(payload: Any) -> Any:
    """The same payload without the passwords and keys in it."""
    if isinstance(payload, list):
        return [masked(one) for one in payload]
    if not isinstance(payload, dict):
        return payload
    shown = {name: HIDDEN if is_secret(name) else masked(value) for name, value in payload.items()}
    if is_secret(str(payload.get("key", ""))) and "value" in shown:
        shown["value"] = HIDDEN
    variable = payload.get("variable")
    if "attributeValue" in shown and isinstance(variable, dict) and is_secret(str(variable.get("name", ""))):
        shown["attributeValue"] = HIDDEN
    return shown
