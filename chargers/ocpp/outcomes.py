"""What a charger's answer to a command means, in words. Pure.

Also which action of one version answers to which of another: RemoteStartTransaction is RequestStartTransaction.
"""

from dataclasses import dataclass
from enum import Enum

from chargers.ocpp import fields
from chargers.ocpp.events import ReportedVariable
from chargers.ocpp.frames import CallError, Payload, Version
from chargers.wording import mark

_MOST_WORDS = 255

_COUNTERPARTS = (
    ("RemoteStartTransaction", "RequestStartTransaction"),
    ("RemoteStopTransaction", "RequestStopTransaction"),
    ("GetConfiguration", "GetVariables"),
    ("ChangeConfiguration", "SetVariables"),
    ("GetDiagnostics", "GetLog"),
    ("ExtendedTriggerMessage", "TriggerMessage"),
    ("SignedUpdateFirmware", "UpdateFirmware"),
    ("GetConfiguration", "GetBaseReport"),
    ("GetConfiguration", "GetReport"),
)


class Result(Enum):
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    NOT_SUPPORTED = "not_supported"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Outcome:
    result: Result
    words: str


def counterpart(action: str, *, version: Version) -> str | None:
    """The action of `version` that does what an action of the other family does; None where there is none."""
    for old, new in _COUNTERPARTS:
        if version is Version.V16 and action == new:
            return old
        if version is not Version.V16 and action == old:
            return new
    return None


def of_error(error: CallError) -> Outcome:
    """What a CALLERROR to our command means."""
    if error.code in {"NotImplemented", "NotSupported"}:
        return Outcome(Result.NOT_SUPPORTED, mark("The charger does not support this command."))
    said = f": {error.description}" if error.description else ""
    return Outcome(Result.ERROR, f"The charger answered with the error {error.code}{said}."[:_MOST_WORDS])


def of_reply(action: str, payload: Payload) -> Outcome:
    """What a CALLRESULT to our command means."""
    match action:
        case "GetConfiguration":
            return _configuration(payload)
        case "GetVariables" | "SetVariables":
            return _variables(action, payload)
        case "GetLocalListVersion":
            return _list_version(payload)
        case _:
            return _status(action, payload)


def settings_in(action: str, payload: Payload) -> tuple[ReportedVariable, ...]:
    """The settings that a charger told in its answer to our question about them."""
    if action == "GetConfiguration":
        return tuple(_key(entry) for entry in fields.entries(payload.get("configurationKey")) if entry.get("key"))
    if action == "GetVariables":
        results = fields.entries(payload.get("getVariableResult"))
        return tuple(_variable(result) for result in results if result.get("attributeStatus") == "Accepted")
    return ()


def _key(entry: Payload) -> ReportedVariable:
    """A configuration key of OCPP 1.6 (section 7.29 KeyValue)."""
    return ReportedVariable(
        component="",
        component_instance="",
        evse=None,
        connector=None,
        name=fields.text(entry.get("key"), 100),
        instance="",
        attribute="Actual",
        value=None if entry.get("value") is None else fields.text(entry["value"], 2500),
        mutability="ReadOnly" if fields.boolean(entry.get("readonly")) else "ReadWrite",
    )


def _variable(result: Payload) -> ReportedVariable:
    component, variable = fields.section(result, "component"), fields.section(result, "variable")
    evse = fields.section(component, "evse")
    return ReportedVariable(
        component=fields.text(component.get("name"), 100),
        component_instance=fields.text(component.get("instance"), 100),
        evse=fields.count(evse.get("id")) or None,
        connector=fields.count(evse.get("connectorId")) or None,
        name=fields.text(variable.get("name"), 100),
        instance=fields.text(variable.get("instance"), 100),
        attribute=fields.text(result.get("attributeType"), 10) or "Actual",
        value=fields.text(result.get("attributeValue"), 2500),
        mutability="",
    )


_ACCEPTED = {
    "RemoteStartTransaction": "The charger will try to start the session.",
    "RequestStartTransaction": "The charger will try to start the session.",
    "RemoteStopTransaction": "The charger will stop the session.",
    "RequestStopTransaction": "The charger will stop the session.",
    "Reset": "The charger will restart.",
    "TriggerMessage": "The charger will send the message.",
    "ChangeConfiguration": "The setting was changed.",
    "ClearCache": "The charger forgot its cached tokens.",
    "ChangeAvailability": "The availability was changed.",
    "SendLocalList": "The charger took the local list.",
    "GetBaseReport": "The charger will report its settings.",
    "DataTransfer": "The charger took the data.",
}
_OTHER = {
    "Rejected": (Result.REJECTED, mark("The charger refused.")),
    "Unlocked": (Result.ACCEPTED, "The connector was unlocked."),
    "UnlockFailed": (Result.REJECTED, "The connector could not be unlocked."),
    "OngoingAuthorizedTransaction": (Result.REJECTED, "A session is running: stop it before unlocking."),
    "UnknownConnector": (Result.REJECTED, "The charger has no such connector."),
    "RebootRequired": (Result.ACCEPTED, "The setting was changed and takes effect after a restart."),
    "NotSupported": (Result.NOT_SUPPORTED, mark("The charger does not support this.")),
    "NotImplemented": (Result.NOT_SUPPORTED, mark("The charger does not support this.")),
    "Scheduled": (Result.ACCEPTED, "The charger will do it when the running session has ended."),
    "Failed": (Result.REJECTED, mark("The charger could not do it.")),
    "VersionMismatch": (Result.REJECTED, "The charger has another version of the list: send the full list."),
    "EmptyResultSet": (Result.ACCEPTED, "The charger has nothing to report."),
    "UnknownMessageId": (Result.NOT_SUPPORTED, "The charger does not know this message."),
    "UnknownVendorId": (Result.NOT_SUPPORTED, "The charger does not know this vendor."),
}
_SETTING = {
    "Rejected": "refused",
    "UnknownComponent": "the charger has no such component",
    "UnknownVariable": "the charger has no such setting",
    "NotSupportedAttributeType": "the charger has no such attribute",
    "RebootRequired": "takes effect after a restart",
}


def _status(action: str, payload: Payload) -> Outcome:
    status = fields.text(payload.get("status"), 60)
    details = fields.section(payload, "statusInfo")
    reason = fields.text(details.get("additionalInfo")) or fields.text(details.get("reasonCode"))
    if status == "Accepted":
        result, words = Result.ACCEPTED, _ACCEPTED.get(action, "The charger accepted.")
    elif status in _OTHER:
        result, words = _OTHER[status]
    elif status:
        result, words = Result.REJECTED, f"The charger answered {status}."
    else:
        result, words = Result.ACCEPTED, "The charger answered."
    return Outcome(result, (f"{words} It says: {reason}" if reason else words)[:_MOST_WORDS])


def _configuration(payload: Payload) -> Outcome:
    told = len(fields.entries(payload.get("configurationKey")))
    listed = payload.get("unknownKey")
    unknown = [fields.text(key) for key in listed] if isinstance(listed, list) else []
    if unknown and not told:
        words = f"The charger does not know {', '.join(unknown)}."
        return Outcome(Result.REJECTED, words[:_MOST_WORDS])
    also = f" It does not know {', '.join(unknown)}." if unknown else ""
    return Outcome(Result.ACCEPTED, f"The charger told {told} settings.{also}"[:_MOST_WORDS])


def _variables(action: str, payload: Payload) -> Outcome:
    key = "getVariableResult" if action == "GetVariables" else "setVariableResult"
    results = fields.entries(payload.get(key))
    refused: list[str] = []
    notes: list[str] = []
    for result in results:
        status = fields.text(result.get("attributeStatus"), 60)
        name = ".".join(fields.text(fields.section(result, part).get("name"), 50) for part in ("component", "variable"))
        if status != "Accepted":
            notes.append(f"{name}: {_SETTING.get(status, status)}")
        if status not in {"Accepted", "RebootRequired"}:
            refused.append(name)
    done = len(results) - len(refused)
    verb = "told" if action == "GetVariables" else "changed"
    words = f"The charger {verb} {done} of {len(results)} settings." + (f" {'; '.join(notes)}." if notes else "")
    return Outcome(Result.ACCEPTED if done or not results else Result.REJECTED, words[:_MOST_WORDS])


def _list_version(payload: Payload) -> Outcome:
    number = fields.integer(payload.get("listVersion", payload.get("versionNumber")))
    if number is None or number < 0:
        return Outcome(Result.NOT_SUPPORTED, "The charger keeps no local list.")
    return Outcome(Result.ACCEPTED, f"The charger has version {number} of the local list.")
