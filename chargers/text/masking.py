"""Secrets in OCPP payloads: hidden wherever a payload is stored, inserted on the wire only. Pure.

Hidden are the password of a charger (1.6 AuthorizationKey, 2.x SecurityCtrlr.BasicAuthPassword), every other setting
whose name ends like a password's, the passwords of a network profile (2.x SetNetworkProfile), and the secret of an
upload link that we gave a charger (1.6 GetDiagnostics, 2.x GetLog).
"""

import json
import re
from collections.abc import Iterator
from typing import Any

HIDDEN = "(hidden: a password)"
HIDDEN_LINK = "(hidden: a link for one upload)"

_LINK_MEMBERS = frozenset({"location", "remoteLocation"})
_OWN_LINK = re.compile(r"/u/[A-Za-z0-9_-]{40,}/?$")

_ENDINGS = ("authorizationkey", "password")
_OF_THE_CHARGER = frozenset({"authorizationkey", "basicauthpassword"})
_MEMBERS = frozenset({"basicAuthPassword", "apnPassword", "password"})
_ACTIONS = frozenset(
    {"ChangeConfiguration", "GetConfiguration", "SetVariables", "GetVariables", "NotifyReport", "NotifyEvent",
     "SetNetworkProfile", "SetVariableMonitoring", "NotifyMonitoringReport", "GetDiagnostics", "GetLog"}
)  # fmt: skip


def is_secret(setting: str) -> bool:
    """Whether the value of this setting is a password, including vendor-specific settings; ignores case."""
    return setting.rpartition(".")[2].lower().endswith(_ENDINGS)


def reveal(payload: Any, *, secrets: Iterator[str]) -> Any:
    """Inserts the secrets into the payload, in the order of `secrets_in`."""
    if isinstance(payload, dict):
        return {name: reveal(value, secrets=secrets) for name, value in payload.items()}
    if isinstance(payload, list):
        return [reveal(value, secrets=secrets) for value in payload]
    return next(secrets) if payload in (HIDDEN, HIDDEN_LINK) else payload


def secrets_in(payload: Any) -> list[str]:
    """Returns every password that `conceal` hides, in the order of the payload."""
    return list(_collect_secrets(payload, conceal(payload)))


def _collect_secrets(payload: Any, concealed: Any) -> Iterator[str]:
    if isinstance(payload, dict):
        for name, value in payload.items():
            yield from _collect_secrets(value, concealed[name])
    elif isinstance(payload, list):
        for value, concealed_value in zip(payload, concealed, strict=True):
            yield from _collect_secrets(value, concealed_value)
    elif concealed in (HIDDEN, HIDDEN_LINK):
        yield str(payload)


def conceal(payload: Any) -> Any:
    """Hides every password in the payload; its shape stays the same."""
    if isinstance(payload, list):
        return [conceal(value) for value in payload]
    if not isinstance(payload, dict):
        return payload
    secret = _names_secret(payload)
    return {name: _conceal_member(name, value, secret=secret) for name, value in payload.items()}


def conceal_frame(text: str, *, action: str) -> str:
    """Hides every password in the text of a frame; a text without one is returned unchanged.

    `action` is empty for an answer to an unknown call, which may be any.
    """
    if action and action not in _ACTIONS:
        return text
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        return text
    concealed = conceal(frame)
    if concealed == frame:
        return text
    concealed_text = json.dumps(concealed, ensure_ascii=False, separators=(",", ":"))
    return concealed_text.encode("utf-8", "backslashreplace").decode()  # half of a surrogate pair stays an escape


def sets_password(action: str, payload: Any) -> bool:
    """Whether this command sets the password with which the charger authenticates."""
    if action == "ChangeConfiguration":
        return is_own_password(payload.get("key"))
    settings = payload.get("setVariableData", []) if action == "SetVariables" else []
    return any(is_own_password(setting.get("variable", {}).get("name")) for setting in settings)


def is_own_password(setting: object) -> bool:
    """Whether this setting holds the password with which the charger authenticates."""
    return isinstance(setting, str) and setting.lower() in _OF_THE_CHARGER


def _names_secret(payload: dict[str, Any]) -> bool:
    variable = payload.get("variable")
    name = variable.get("name") if isinstance(variable, dict) else payload.get("key")
    return isinstance(name, str) and is_secret(name)


def _conceal_member(name: str, value: Any, *, secret: bool) -> Any:
    is_value = name in _MEMBERS or (secret and name in {"value", "attributeValue", "actualValue"})
    if is_value and isinstance(value, str) and value:
        return HIDDEN
    if name in _LINK_MEMBERS and isinstance(value, str) and _OWN_LINK.search(value):
        return HIDDEN_LINK
    if secret and name == "variableAttribute" and isinstance(value, list):
        return [
            {**attribute, "value": HIDDEN} if isinstance(attribute, dict) and attribute.get("value") else attribute
            for attribute in value
        ]
    return conceal(value)
