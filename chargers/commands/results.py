"""What a charger's answer to a command means, in words. Pure.

Also which action of one version answers to which of another: RemoteStartTransaction is RequestStartTransaction.
"""

from collections.abc import Callable

from chargers.commands import result_texts
from chargers.commands.result_texts import CommandResult, Result
from chargers.lib.i18n import mark
from chargers.protocol import fields
from chargers.protocol.events import ReportedVariable
from chargers.protocol.frames import CallError, Payload, Version

__all__ = ["CommandResult", "Result", "counterpart", "of_error", "of_reply", "settings_in"]

_MAX_SENTENCE = 255

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


def counterpart(action: str, *, version: Version) -> str | None:
    """The action of `version` that does what an action of the other family does; None where there is none."""
    for old, new in _COUNTERPARTS:
        if version is Version.V16 and action == new:
            return old
        if version is not Version.V16 and action == old:
            return new
    return None


def of_error(error: CallError) -> CommandResult:
    """What a CALLERROR to our command means."""
    if error.code in {"NotImplemented", "NotSupported"}:
        return CommandResult(Result.NOT_SUPPORTED, mark("The charger does not support this command."))
    said = f": {error.description}" if error.description else ""
    return CommandResult(Result.ERROR, f"The charger answered with the error {error.code}{said}."[:_MAX_SENTENCE])


def of_reply(action: str, payload: Payload) -> CommandResult:
    """What a CALLRESULT to our command means."""
    special = _SPECIAL.get(action)
    return special(action, payload) if special else _status(action, payload)


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


def _status(action: str, payload: Payload) -> CommandResult:
    status = fields.text(payload.get("status"), 60)
    details = fields.section(payload, "statusInfo")
    reason = fields.text(details.get("additionalInfo")) or fields.text(details.get("reasonCode"))
    found = result_texts.PARTICULAR.get((action, status)) or result_texts.ANY.get(status)
    if status == "Accepted":
        found = CommandResult(Result.ACCEPTED, result_texts.ACCEPTED.get(action, "The charger accepted."))
    elif status and found is None:
        found = CommandResult(Result.REJECTED, f"The charger answered {status}.")
    elif found is None:
        found = CommandResult(Result.ACCEPTED, "The charger answered.")
    return _more(found, f"It says: {reason}") if reason else found


def _more(outcome: CommandResult, sentence: str) -> CommandResult:
    return CommandResult(outcome.result, f"{outcome.words} {sentence}"[:_MAX_SENTENCE])


def _configuration(_: str, payload: Payload) -> CommandResult:
    told = len(fields.entries(payload.get("configurationKey")))
    listed = payload.get("unknownKey")
    unknown = [fields.text(key) for key in listed] if isinstance(listed, list) else []
    if unknown and not told:
        words = f"The charger does not know {', '.join(unknown)}."
        return CommandResult(Result.REJECTED, words[:_MAX_SENTENCE])
    also = f" It does not know {', '.join(unknown)}." if unknown else ""
    return CommandResult(Result.ACCEPTED, f"The charger told {told} setting{'s' * (told != 1)}.{also}"[:_MAX_SENTENCE])


def _variables(action: str, payload: Payload) -> CommandResult:
    if action == "GetVariables":
        return _each(payload, "getVariableResult", status="attributeStatus", verb="told", noun="settings")
    return _each(payload, "setVariableResult", status="attributeStatus", verb="changed", noun="settings")


def _monitors(action: str, payload: Payload) -> CommandResult:
    if action == "SetVariableMonitoring":
        return _each(payload, "setMonitoringResult", status="status", verb="set", noun="monitors")
    return _each(payload, "clearMonitoringResult", status="status", verb="removed", noun="monitors")


def _tariffs(_: str, payload: Payload) -> CommandResult:
    return _each(payload, "clearTariffsResult", status="status", verb="removed", noun="tariffs")


def _each(payload: Payload, key: str, *, status: str, verb: str, noun: str) -> CommandResult:
    """An answer that is a list of results: accepted where any of them was, with a word on the others."""
    results = fields.entries(payload.get(key))
    refused, notes = 0, []
    for result in results:
        word = fields.text(result.get(status), 60)
        if word != "Accepted":
            notes.append(f"{_name(result)}: {result_texts.EACH.get(word, word)}")
        refused += word not in {"Accepted", "RebootRequired"}
    done = len(results) - refused
    words = f"The charger {verb} {done} of {len(results)} {noun}." + (f" {'; '.join(notes)}." if notes else "")
    return CommandResult(Result.ACCEPTED if done or not results else Result.REJECTED, words[:_MAX_SENTENCE])


def _name(result: Payload) -> str:
    """What an entry of a list of results is about."""
    names = [fields.text(fields.section(result, part).get("name"), 50) for part in ("component", "variable")]
    known = ".".join(name for name in names if name)
    return known or fields.text(result.get("tariffId"), 60) or f"number {fields.text(result.get('id'), 20) or '?'}"


def _list_version(_: str, payload: Payload) -> CommandResult:
    number = fields.integer(payload.get("listVersion", payload.get("versionNumber")))
    if number is None or number < 0:
        return CommandResult(Result.NOT_SUPPORTED, "The charger keeps no local list.")
    if number == 0:
        return CommandResult(Result.ACCEPTED, "The charger's local list is empty.")
    return CommandResult(Result.ACCEPTED, f"The charger has version {number} of the local list.")


def _schedule(action: str, payload: Payload) -> CommandResult:
    outcome = _status(action, payload)
    if outcome.result is not Result.ACCEPTED:
        return outcome
    found = fields.section(payload, "schedule") or fields.section(payload, "chargingSchedule")
    periods = len(fields.entries(found.get("chargingSchedulePeriod")))
    if not periods:
        return CommandResult(Result.ACCEPTED, "The charger follows no limit in that time.")
    return CommandResult(Result.ACCEPTED, f"The charger told its schedule: {periods} period{'s' * (periods != 1)}.")


def _certificates(action: str, payload: Payload) -> CommandResult:
    outcome = _status(action, payload)
    found = fields.entries(payload.get("certificateHashData", payload.get("certificateHashDataChain")))
    if outcome.result is Result.ACCEPTED and found:
        return CommandResult(Result.ACCEPTED, f"The charger holds {len(found)} certificate{'s' * (len(found) != 1)}.")
    return outcome


def _transaction_status(_: str, payload: Payload) -> CommandResult:
    """OCPP 2.0.1 E14: without a transaction id only the queue is told."""
    queue = "still has" if fields.boolean(payload.get("messagesInQueue")) else "has no"
    ongoing = payload.get("ongoingIndicator")
    state = "" if ongoing is None else f"The session {'goes on' if fields.boolean(ongoing) else 'has ended'}. "
    return CommandResult(Result.ACCEPTED, f"{state}The charger {queue} messages about sessions to deliver.")


def _diagnostics(action: str, payload: Payload) -> CommandResult:
    """OCPP 1.6 6.26: without a file name there is nothing to upload."""
    name = fields.text(payload.get("fileName"))
    if name:
        return CommandResult(Result.ACCEPTED, f"The charger will upload {name}."[:_MAX_SENTENCE])
    return CommandResult(Result.REJECTED, "The charger has no diagnostics to upload.")


def _log(action: str, payload: Payload) -> CommandResult:
    outcome, name = _status(action, payload), fields.text(payload.get("filename"))
    return _more(outcome, f"The file: {name}.") if outcome.result is Result.ACCEPTED and name else outcome


def _data(action: str, payload: Payload) -> CommandResult:
    outcome, data = _status(action, payload), fields.text(payload.get("data"))
    return _more(outcome, f"It answered: {data}") if data else outcome


def _started(action: str, payload: Payload) -> CommandResult:
    outcome, running = _status(action, payload), fields.text(payload.get("transactionId"))
    if outcome.result is Result.ACCEPTED and running:
        return CommandResult(Result.ACCEPTED, f"The charger began the session {running}."[:_MAX_SENTENCE])
    return outcome


def _streams(_: str, payload: Payload) -> CommandResult:
    count = len(fields.entries(payload.get("constantStreamData")))
    return CommandResult(Result.ACCEPTED, f"The charger has {count} event stream{'s' * (count != 1)}.")


def _installed_tariffs(action: str, payload: Payload) -> CommandResult:
    outcome, found = _status(action, payload), fields.entries(payload.get("tariffAssignments"))
    if outcome.result is Result.ACCEPTED and found:
        return CommandResult(Result.ACCEPTED, f"The charger has {len(found)} tariff{'s' * (len(found) != 1)} there.")
    return outcome


def _without_status(action: str, payload: Payload) -> CommandResult:
    """UpdateFirmware of 1.6 and CostUpdated are answered with nothing, which means yes."""
    if payload.get("status") is not None:
        return _status(action, payload)
    return CommandResult(Result.ACCEPTED, _TAKEN[action])


_TAKEN = {
    "UpdateFirmware": "The charger took the order to fetch and install the firmware.",
    "CostUpdated": "The charger took the running cost.",
    "NotifyWebPaymentStarted": "The charger knows that a payment began.",
}
_SPECIAL: dict[str, Callable[[str, Payload], CommandResult]] = {
    "ClearTariffs": _tariffs,
    "ClearVariableMonitoring": _monitors,
    "CostUpdated": _without_status,
    "NotifyWebPaymentStarted": _without_status,
    "DataTransfer": _data,
    "GetCompositeSchedule": _schedule,
    "GetConfiguration": _configuration,
    "GetDiagnostics": _diagnostics,
    "GetInstalledCertificateIds": _certificates,
    "GetLocalListVersion": _list_version,
    "GetLog": _log,
    "GetPeriodicEventStream": _streams,
    "GetTariffs": _installed_tariffs,
    "GetTransactionStatus": _transaction_status,
    "GetVariables": _variables,
    "RequestStartTransaction": _started,
    "SetVariableMonitoring": _monitors,
    "SetVariables": _variables,
    "UpdateFirmware": _without_status,
}
