"""Commands with more entries than a charger takes in one message: sent in parts, and the answers joined. Pure."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from chargers.commands.forms import local_list
from chargers.protocol.frames import Payload


class Limit(NamedTuple):
    """Where a charger says how many entries of a command it takes."""

    entries: str
    component: str
    variable: str
    instance: str = ""


_BY_ACTION: Final[Mapping[str, tuple[Limit, ...]]] = {
    "GetVariables": (Limit("getVariableData", "DeviceDataCtrlr", "ItemsPerMessage", "GetVariables"),),
    "SetVariables": (Limit("setVariableData", "DeviceDataCtrlr", "ItemsPerMessage", "SetVariables"),),
    "GetReport": (Limit("componentVariable", "DeviceDataCtrlr", "ItemsPerMessage", "GetReport"),),
    "SetVariableMonitoring": (
        Limit("setMonitoringData", "MonitoringCtrlr", "ItemsPerMessage", "SetVariableMonitoring"),
    ),
    "ClearVariableMonitoring": (Limit("id", "MonitoringCtrlr", "ItemsPerMessage", "ClearVariableMonitoring"),),
    "GetConfiguration": (Limit("key", "", "GetConfigurationMaxKeys"),),
    "SendLocalList": (
        Limit("localAuthorizationList", "LocalAuthListCtrlr", "ItemsPerMessage"),
        Limit("localAuthorizationList", "", "SendLocalListMaxLength"),
    ),
}
"""OCPP 2.0.1 part 2, the referenced components; OCPP 1.6 9.1.7 and 9.3.3."""


def is_divisible(action: str) -> bool:
    """Whether a command of this name may be sent in parts."""
    return action in _BY_ACTION


def limits(action: str, payload: Payload) -> tuple[Limit, ...]:
    """The settings that bound this command; none where it has one entry at most."""
    return tuple(limit for limit in _BY_ACTION.get(action, ()) if _count(payload, limit) > 1)


def part(action: str, payload: Payload, *, start: int, most: int | None) -> Payload:
    """What is sent of it after `start` entries were answered. Without a limit, or within it, all of it."""
    if most is None or not (bounds := limits(action, payload)) or _count(payload, bounds[0]) <= most:
        return payload
    if action == "SendLocalList":
        return local_list.parts(payload, most=most)[start // most]
    return {**payload, bounds[0].entries: payload[bounds[0].entries][start : start + most]}


def after(action: str, payload: Payload, *, start: int, most: int | None) -> int | None:
    """So many entries are answered once this part is; None where it is the last."""
    bounds = limits(action, payload)
    if most is None or not bounds or start + most >= _count(payload, bounds[0]):
        return None
    return start + most


def joined(before: Payload | None, reply: Payload) -> Payload:
    """One answer out of two: lists one after the other, and of two statuses the one that is not a yes."""
    if not before:
        return reply
    both: dict[str, Any] = {**before, **reply}
    for key, value in before.items():
        if isinstance(value, list) and isinstance(reply.get(key), list):
            both[key] = [*value, *reply[key]]
        elif key in {"status", "statusInfo"} and before.get("status") not in {None, "Accepted"}:
            both[key] = value
    return both


def _count(payload: Payload, limit: Limit) -> int:
    entries = payload.get(limit.entries)
    return len(entries) if isinstance(entries, list) else 0
