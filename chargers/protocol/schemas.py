"""The official JSON schemas of every action of OCPP 1.6, 2.0.1 and 2.1, compiled when first used.

Pure. `violations` describes differences from the standard in sentences that name the field and the remedy.
"""

import json
from dataclasses import dataclass
from enum import Enum
from functools import cache
from importlib import resources
from typing import Any

import jsonschema_rs

from chargers.protocol.frames import Fault, Payload, Version, dump_json

_FOLDERS = {Version.V16: "v16", Version.V201: "v201", Version.V21: "v21"}
_MAX_VIOLATIONS = 20
_CUT = 120


class PayloadPart(Enum):
    REQUEST = "request"
    RESPONSE = "response"


class Sender(Enum):
    CHARGER = "charger"
    CENTRAL_SYSTEM = "central system"


@dataclass(frozen=True, slots=True)
class Violation:
    """One difference from the schema: the field's path ("" is the payload itself) and what to do about it."""

    fault: Fault
    path: str
    sentence: str


_CHARGER_16 = frozenset(
    (
        "Authorize", "BootNotification", "DataTransfer", "DiagnosticsStatusNotification",
        "FirmwareStatusNotification", "Heartbeat", "LogStatusNotification", "MeterValues",
        "SecurityEventNotification", "SignCertificate", "SignedFirmwareStatusNotification", "StartTransaction",
        "StatusNotification", "StopTransaction",
    )
)  # fmt: skip
_CHARGER_201 = frozenset(
    (
        "Authorize", "BootNotification", "ClearedChargingLimit", "DataTransfer", "FirmwareStatusNotification",
        "Get15118EVCertificate", "GetCertificateStatus", "Heartbeat", "LogStatusNotification", "MeterValues",
        "NotifyChargingLimit", "NotifyCustomerInformation", "NotifyDisplayMessages", "NotifyEVChargingNeeds",
        "NotifyEVChargingSchedule", "NotifyEvent", "NotifyMonitoringReport", "NotifyReport",
        "PublishFirmwareStatusNotification", "ReportChargingProfiles", "ReservationStatusUpdate",
        "SecurityEventNotification", "SignCertificate", "StatusNotification", "TransactionEvent",
    )
)  # fmt: skip
_CHARGER_21 = _CHARGER_201 | frozenset(
    (
        "BatterySwap",
        "ClosePeriodicEventStream",
        "GetCertificateChainStatus",
        "NotifyDERAlarm",
        "NotifyDERStartStop",
        "NotifyPeriodicEventStream",
        "NotifyPriorityCharging",
        "NotifySettlement",
        "NotifyWebPaymentStarted",
        "OpenPeriodicEventStream",
        "PullDynamicScheduleUpdate",
        "ReportDERControl",
        "VatNumberValidation",
    )
)
_CHARGER = {Version.V16: _CHARGER_16, Version.V201: _CHARGER_201, Version.V21: _CHARGER_21}
# NotifyWebPaymentStarted is our message (OCPP 2.1 C25), but some chargers send it, too.
_OF_BOTH = frozenset(("DataTransfer", "NotifyWebPaymentStarted"))


@cache
def actions(*, version: Version, sender: Sender) -> frozenset[str]:
    """Returns the actions that this side may send; some belong to both."""
    if sender is Sender.CHARGER:
        return _CHARGER[version]
    return (all_actions(version) - _CHARGER[version]) | (all_actions(version) & _OF_BOTH)


@cache
def all_actions(version: Version) -> frozenset[str]:
    """Returns every action of the version that has a schema."""
    suffix = ".json"
    names = {path.name.removesuffix(suffix) for path in _folder(version).iterdir() if path.name.endswith(suffix)}
    requests = {name for name in names if not name.endswith("Response")}
    return frozenset(name.removesuffix("Request") for name in requests)


def violation(*, version: Version, action: str, part: PayloadPart, payload: Payload) -> Violation | None:
    """Returns the first difference, or None.

    The action must be in `all_actions`; about 2 microseconds without differences.
    """
    return next(iter(violations(version=version, action=action, part=part, payload=payload)), None)


def violations(*, version: Version, action: str, part: PayloadPart, payload: Payload) -> tuple[Violation, ...]:
    """Returns every difference (20 at most), in the order of the schema."""
    validator = _validator(version, action, part)
    try:
        if validator.is_valid(payload):
            return ()
        errors = validator.iter_errors(payload)
        return tuple(_violation(error, action=action) for error, _ in zip(errors, range(_MAX_VIOLATIONS), strict=False))
    except ValueError as exc:
        return (Violation(Fault.FORMATION, "", f"The payload cannot be read: {exc}."),)


@cache
def request_schema(*, version: Version, action: str) -> Payload:
    """Returns the published schema of the action's request; do not change it."""
    return _schema(version, action, PayloadPart.REQUEST)


@cache
def _validator(version: Version, action: str, part: PayloadPart) -> Any:
    return jsonschema_rs.validator_for(_schema(version, action, part), validate_formats=True)


def _schema(version: Version, action: str, part: PayloadPart) -> Payload:
    file = _file(version, action, part)
    # Only a SEND has no response; a charger that sends it as a call gets an empty one.
    schema: Payload = json.loads(file.read_text(encoding="utf-8-sig")) if file.is_file() else {"maxProperties": 0}
    return schema


def _file(version: Version, action: str, part: PayloadPart) -> Any:
    if part is PayloadPart.RESPONSE:
        return _folder(version) / f"{action}Response.json"
    request = _folder(version) / f"{action}Request.json"
    return request if request.is_file() else _folder(version) / f"{action}.json"


@cache
def _folder(version: Version) -> Any:
    return resources.files("ocpp") / _FOLDERS[version] / "schemas"


def _violation(error: Any, *, action: str) -> Violation:
    path = ".".join(str(step) for step in error.instance_path)
    kind = error.kind
    location = path or "the payload"
    match type(kind).__name__:
        case "Required":
            field = f"{path}.{kind.property}" if path else kind.property
            return Violation(Fault.OCCURRENCE, field, f"{field} is missing: add it.")
        case "AdditionalProperties":
            extra = ", ".join(kind.unexpected)[:_CUT]
            first = f"{path}.{kind.unexpected[0]}" if path else kind.unexpected[0]
            return Violation(
                Fault.FORMATION, first[:_CUT], f"{action} has no field {extra} in {location}: leave it out."
            )
        case "Type":
            types = " or ".join(kind.types) if hasattr(kind, "types") else error.message.rpartition("type ")[2]
            return Violation(
                Fault.TYPE, path, f"{location} is {_render_value(error.instance)}: write {_WORDS.get(types, types)}."
            )
        case "Enum":
            options = ", ".join(str(option) for option in kind.options)
            return Violation(
                Fault.PROPERTY,
                path,
                f"{location} is {_render_value(error.instance)}: write one of {_shorten_text(options)}.",
            )
        case "MaxLength":
            length = len(error.instance)
            return Violation(Fault.PROPERTY, path, f"{location} has {length} characters: write at most {kind.limit}.")
        case "MinItems" | "MaxItems" as rule:
            bound = "at least" if rule == "MinItems" else "at most"
            count = len(error.instance)
            return Violation(Fault.OCCURRENCE, path, f"{location} has {count} entries: write {bound} {kind.limit}.")
        case "Format":
            return Violation(
                Fault.PROPERTY, path, f"{location} is {_render_value(error.instance)}: write a {kind.format}."
            )
        case _:
            return Violation(Fault.PROPERTY, path, f"{location}: {_shorten_text(error.message)}.")


_WORDS = {
    "integer": "a whole number",
    "number": "a number",
    "string": "a text",
    "object": "an object",
    "array": "a list",
    "boolean": "true or false",
    '"integer"': "a whole number",
    '"number"': "a number",
    '"string"': "a text",
    '"object"': "an object",
    '"array"': "a list",
    '"boolean"': "true or false",
}


def _render_value(value: object) -> str:
    try:
        return _shorten_text(dump_json(value))
    except TypeError:
        return _shorten_text(str(value))


def _shorten_text(text: str) -> str:
    return text if len(text) <= _CUT else f"{text[: _CUT - 1]}…"
