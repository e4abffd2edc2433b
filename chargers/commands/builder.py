"""Builds orders as actions and payloads of the charger's OCPP version. Pure."""

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, assert_never

from chargers.commands import results
from chargers.protocol import schemas
from chargers.protocol.frames import Payload, Version
from chargers.protocol.schemas import PayloadPart, Sender
from chargers.text import masking


class OrderError(ValueError):
    """The order cannot be sent to a charger of this version; the message is the reason and what to do instead."""


class UsualAction(StrEnum):
    """The usual orders, named as on their buttons."""

    START = "start"
    STOP = "stop"
    UNLOCK = "unlock"
    RESET_SOFT = "reset_soft"
    RESET_HARD = "reset_hard"
    TRIGGER_STATUS = "trigger_status"
    TRIGGER_HEARTBEAT = "trigger_heartbeat"
    TRIGGER_BOOT = "trigger_boot"
    CLEAR_CACHE = "clear_cache"
    GET_CONFIGURATION = "get_configuration"
    CHANGE_CONFIGURATION = "change_configuration"
    MAKE_AVAILABLE = "make_available"
    MAKE_UNAVAILABLE = "make_unavailable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """The details of an order; unneeded ones are ignored. `key` is a 1.6 key, or `Component.Variable` in 2.x."""

    evse_number: int | None = None
    uid: str = ""
    transaction_id: str = ""
    remote_start_id: int = 0
    key: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class BuiltCommand:
    """An action with its payload, checked against the schema of its version."""

    action: str
    payload: Payload


def build(ask: UsualAction, details: Details, *, version: Version) -> BuiltCommand:
    """Builds the order for the charger's version. Raises OrderError."""
    action, payload = of_version(ask, details, version=version)
    return check(action, payload, version=version)


def of_version(ask: UsualAction, details: Details, *, version: Version) -> tuple[str, Payload]:
    """Returns the action and its payload, not checked yet. Raises OrderError."""
    return _build_16(ask, details) if version is Version.V16 else _build_2x(ask, details)


def check(action: str, payload: Payload, *, version: Version) -> BuiltCommand:
    """Checks an order from elsewhere: the action must belong to the version, and the payload to its schema.

    Raises OrderError.
    """
    if action not in schemas.actions(version=version, sender=Sender.CENTRAL_SYSTEM):
        other = results.counterpart(action, version=version)
        hint = f": send {other} instead" if other else ""
        raise OrderError(f"OCPP {version} has no command {action[:60]}{hint}.")
    if masking.sets_password(action, payload):
        raise OrderError("A charger's password is changed on its Connection page, so that we know the new one.")
    violation = schemas.violation(version=version, action=action, part=PayloadPart.REQUEST, payload=payload)
    if violation is not None:
        raise OrderError(f"{violation.path or 'payload'}: {violation.sentence}")
    return BuiltCommand(action, payload)


def payload_in(text: str) -> Payload:
    """Parses a payload written as JSON. Raises OrderError with the position of the fault."""
    try:
        payload = json.loads(text, parse_constant=_no_constant, object_pairs_hook=_no_key_twice)
    except OrderError:
        raise
    except json.JSONDecodeError as exc:
        raise OrderError(f"This is not JSON: {exc.msg}, line {exc.lineno}, column {exc.colno}.") from exc
    except (ValueError, RecursionError) as exc:
        raise OrderError("This is not JSON that can be sent.") from exc
    if not isinstance(payload, dict):
        raise OrderError("The payload must be a JSON object: write { … }.")
    return payload


def _no_constant(name: str) -> None:
    raise OrderError(f"This is not JSON: {name} is not a number.")


def _no_key_twice(pairs: list[tuple[str, Any]]) -> Payload:
    payload: Payload = {}
    for key, value in pairs:
        if key in payload:
            raise OrderError(f"The key {key[:50]} stands twice in one object: keep one.")
        payload[key] = value
    return payload


def _build_16(ask: UsualAction, details: Details) -> tuple[str, Payload]:
    connector = {"connectorId": details.evse_number} if details.evse_number else {}
    match ask:
        case UsualAction.START:
            return "RemoteStartTransaction", {"idTag": details.uid, **connector}
        case UsualAction.STOP:
            if not details.transaction_id.isdecimal():
                raise OrderError("There is no running transaction to stop.")
            return "RemoteStopTransaction", {"transactionId": int(details.transaction_id)}
        case UsualAction.UNLOCK:
            return "UnlockConnector", {"connectorId": details.evse_number or 1}
        case UsualAction.RESET_SOFT:
            return "Reset", {"type": "Soft"}
        case UsualAction.RESET_HARD:
            return "Reset", {"type": "Hard"}
        case UsualAction.TRIGGER_STATUS:
            return "TriggerMessage", {"requestedMessage": "StatusNotification"}
        case UsualAction.TRIGGER_HEARTBEAT:
            return "TriggerMessage", {"requestedMessage": "Heartbeat"}
        case UsualAction.TRIGGER_BOOT:
            return "TriggerMessage", {"requestedMessage": "BootNotification"}
        case UsualAction.CLEAR_CACHE:
            return "ClearCache", {}
        case UsualAction.GET_CONFIGURATION:
            return "GetConfiguration", {"key": [details.key]} if details.key else {}
        case UsualAction.CHANGE_CONFIGURATION:
            return "ChangeConfiguration", {"key": details.key, "value": details.value}
        case UsualAction.MAKE_AVAILABLE:
            return "ChangeAvailability", {"connectorId": details.evse_number or 0, "type": "Operative"}
        case UsualAction.MAKE_UNAVAILABLE:
            return "ChangeAvailability", {"connectorId": details.evse_number or 0, "type": "Inoperative"}
        case _:
            assert_never(ask)


def _build_2x(ask: UsualAction, details: Details) -> tuple[str, Payload]:
    evse = {"evse": {"id": details.evse_number}} if details.evse_number else {}
    match ask:
        case UsualAction.START:
            payload: Payload = {
                "idToken": {"idToken": details.uid, "type": "Central"},
                "remoteStartId": details.remote_start_id,
            }
            return "RequestStartTransaction", payload | ({"evseId": details.evse_number} if details.evse_number else {})
        case UsualAction.STOP:
            if not details.transaction_id:
                raise OrderError("There is no running transaction to stop.")
            return "RequestStopTransaction", {"transactionId": details.transaction_id}
        case UsualAction.UNLOCK:
            return "UnlockConnector", {"evseId": details.evse_number or 1, "connectorId": 1}
        case UsualAction.RESET_SOFT:
            return "Reset", {"type": "OnIdle"}
        case UsualAction.RESET_HARD:
            return "Reset", {"type": "Immediate"}
        case UsualAction.TRIGGER_STATUS:
            return "TriggerMessage", {"requestedMessage": "StatusNotification", **evse}
        case UsualAction.TRIGGER_HEARTBEAT:
            return "TriggerMessage", {"requestedMessage": "Heartbeat"}
        case UsualAction.TRIGGER_BOOT:
            return "TriggerMessage", {"requestedMessage": "BootNotification"}
        case UsualAction.CLEAR_CACHE:
            return "ClearCache", {}
        case UsualAction.GET_CONFIGURATION:
            if details.key:
                return "GetVariables", {"getVariableData": [_variable(details.key)]}
            return "GetBaseReport", {"requestId": details.remote_start_id, "reportBase": "FullInventory"}
        case UsualAction.CHANGE_CONFIGURATION:
            return "SetVariables", {"setVariableData": [{**_variable(details.key), "attributeValue": details.value}]}
        case UsualAction.MAKE_AVAILABLE:
            return "ChangeAvailability", {"operationalStatus": "Operative", **evse}
        case UsualAction.MAKE_UNAVAILABLE:
            return "ChangeAvailability", {"operationalStatus": "Inoperative", **evse}
        case _:
            assert_never(ask)


def _variable(key: str) -> Payload:
    component, dot, name = key.partition(".")
    if not dot or not component or not name:
        raise OrderError("Name a setting of OCPP 2.x as Component.Variable, such as OCPPCommCtrlr.HeartbeatInterval.")
    return {"component": {"name": component}, "variable": {"name": name}}
