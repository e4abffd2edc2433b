"""Splits commands with more entries than a charger accepts in one message, and joins the answers. Pure."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from chargers.commands.forms import local_list
from chargers.protocol.frames import Payload


class Limit(NamedTuple):
    """The setting in which a charger reports how many entries of a command it accepts."""

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
    """Whether commands of this action may be sent in parts."""
    return action in _BY_ACTION


def limits(action: str, payload: Payload) -> tuple[Limit, ...]:
    """Returns the settings that limit this command; none if it has at most one entry."""
    return tuple(limit for limit in _BY_ACTION.get(action, ()) if _count(payload, limit) > 1)


def part(action: str, payload: Payload, *, start: int, max_entries: int | None) -> Payload:
    """Returns the part to send after `start` entries were answered; everything if it is within the limit or there is
    none.
    """
    if max_entries is None or not (bounds := limits(action, payload)) or _count(payload, bounds[0]) <= max_entries:
        return payload
    if action == "SendLocalList":
        return local_list.parts(payload, max_entries=max_entries)[start // max_entries]
    return {**payload, bounds[0].entries: payload[bounds[0].entries][start : start + max_entries]}


def next_start(action: str, payload: Payload, *, start: int, max_entries: int | None) -> int | None:
    """Returns the number of entries answered after this part; None if it is the last."""
    bounds = limits(action, payload)
    if max_entries is None or not bounds or start + max_entries >= _count(payload, bounds[0]):
        return None
    return start + max_entries


def join_answers(before: Payload | None, reply: Payload) -> Payload:
    """Joins two answers: lists are concatenated, and a status other than Accepted is kept."""
    if not before:
        return reply
    joined_reply: dict[str, Any] = {**before, **reply}
    for key, value in before.items():
        if isinstance(value, list) and isinstance(reply.get(key), list):
            joined_reply[key] = [*value, *reply[key]]
        elif key in {"status", "statusInfo"} and before.get("status") not in {None, "Accepted"}:
            joined_reply[key] = value
    return joined_reply


def _count(payload: Payload, limit: Limit) -> int:
    entries = payload.get(limit.entries)
    return len(entries) if isinstance(entries, list) else 0
