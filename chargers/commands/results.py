"""Interprets chargers' answers to commands, with sentences about them. Pure.

Also maps actions between versions: RemoteStartTransaction corresponds to RequestStartTransaction.
"""

from collections.abc import Callable
from typing import Any

from chargers.commands import result_statuses
from chargers.commands.result_statuses import CommandResult, Result
from chargers.protocol import fields
from chargers.protocol.events import ReportedVariable
from chargers.protocol.frames import CallError, Payload, Version
from chargers.sentences import commands, stored
from chargers.sentences.commands import CommandCode
from chargers.sentences.stored import Sentence

__all__ = ["CommandResult", "Result", "counterpart", "of_error", "of_reply", "settings_in"]

_MAX_WORDS = 255
_MAX_ENTRIES = 30

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
    """Returns the action of `version` that corresponds to an action of the other family, or None."""
    for old, new in _COUNTERPARTS:
        if version is Version.V16 and action == new:
            return old
        if version is not Version.V16 and action == old:
            return new
    return None


def of_error(error: CallError) -> CommandResult:
    """Interprets a CALLERROR to our command."""
    if error.code in {"NotImplemented", "NotSupported"}:
        return CommandResult(Result.NOT_SUPPORTED, stored.build_sentence(CommandCode.NO_SUCH_COMMAND))
    if not error.description:
        return CommandResult(Result.ERROR, stored.build_sentence(CommandCode.ERROR, error=error.code))
    words = error.description[:_MAX_WORDS]
    return CommandResult(
        Result.ERROR, stored.build_sentence(CommandCode.ERROR_WITH_WORDS, error=error.code, words=words)
    )


def of_reply(action: str, payload: Payload) -> CommandResult:
    """Interprets a CALLRESULT to our command."""
    special = _SPECIAL.get(action)
    return special(action, payload) if special else _status(action, payload)


def settings_in(action: str, payload: Payload) -> tuple[ReportedVariable, ...]:
    """Returns the settings in a charger's answer to a query for settings."""
    if action == "GetConfiguration":
        return tuple(_key(entry) for entry in fields.entries(payload.get("configurationKey")) if entry.get("key"))
    if action == "GetVariables":
        results = fields.entries(payload.get("getVariableResult"))
        return tuple(_variable(result) for result in results if result.get("attributeStatus") == "Accepted")
    return ()


def _key(entry: Payload) -> ReportedVariable:
    """Reads a configuration key of OCPP 1.6 (section 7.29 KeyValue)."""
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
    if status == "Accepted":
        command_result = CommandResult(Result.ACCEPTED, commands.describe_acceptance(action))
    elif status:
        command_result = CommandResult(
            result_statuses.of_status(action, status), commands.describe_status(action, status)
        )
    else:
        command_result = _build_accepted(CommandCode.ANSWERED)
    return _add_sentence(command_result, CommandCode.SAYS, words=reason[:_MAX_WORDS]) if reason else command_result


def _build_accepted(code: CommandCode, **facts: Any) -> CommandResult:
    return CommandResult(Result.ACCEPTED, stored.build_sentence(code, **facts))


def _build_counted(code: CommandCode, many: CommandCode, *, count: int) -> CommandResult:
    return CommandResult(Result.ACCEPTED, commands.describe_count(code, many, count=count))


def _add_sentence(outcome: CommandResult, code: CommandCode, **facts: Any) -> CommandResult:
    return CommandResult(outcome.result, (*outcome.sentences, *stored.build_sentence(code, **facts)))


def _configuration(_: str, payload: Payload) -> CommandResult:
    known_count = len(fields.entries(payload.get("configurationKey")))
    unknown_keys = payload.get("unknownKey")
    unknown = [fields.text(key) for key in unknown_keys] if isinstance(unknown_keys, list) else []
    if unknown and not known_count:
        return CommandResult(
            Result.REJECTED, stored.build_sentence(CommandCode.SETTINGS_UNKNOWN, names=_names(unknown))
        )
    command_result = _build_counted(CommandCode.SETTING, CommandCode.SETTINGS, count=known_count)
    return (
        _add_sentence(command_result, CommandCode.SETTINGS_ALSO_UNKNOWN, names=_names(unknown))
        if unknown
        else command_result
    )


def _names(names: list[str]) -> str:
    return ", ".join(names)[:_MAX_WORDS]


def _variables(action: str, payload: Payload) -> CommandResult:
    if action == "GetVariables":
        return _read_results(payload, "getVariableResult", status="attributeStatus", code=CommandCode.SETTINGS_REPORTED)
    return _read_results(payload, "setVariableResult", status="attributeStatus", code=CommandCode.SETTINGS_CHANGED)


def _monitors(action: str, payload: Payload) -> CommandResult:
    if action == "SetVariableMonitoring":
        return _read_results(payload, "setMonitoringResult", status="status", code=CommandCode.MONITORS_SET)
    return _read_results(payload, "clearMonitoringResult", status="status", code=CommandCode.MONITORS_REMOVED)


def _tariffs(_: str, payload: Payload) -> CommandResult:
    return _read_results(payload, "clearTariffsResult", status="status", code=CommandCode.TARIFFS_REMOVED)


def _read_results(payload: Payload, key: str, *, status: str, code: CommandCode) -> CommandResult:
    """Interprets a list of results: accepted if any of them was, with a sentence on the others."""
    results = fields.entries(payload.get(key))
    refused, notes = 0, list[Sentence]()
    for result in results:
        word = fields.text(result.get(status), 60)
        if word != "Accepted":
            notes.append(commands.entry(_name(result), word))
        refused += word not in {"Accepted", "RebootRequired"}
    number = len(results) - refused
    sentence = stored.build_sentence(code, done=number, asked=len(results))
    command_result = CommandResult(Result.ACCEPTED if number or not results else Result.REJECTED, sentence)
    return _add_sentence(command_result, CommandCode.ENTRIES, entries=notes[:_MAX_ENTRIES]) if notes else command_result


def _name(result: Payload) -> str:
    """Returns the name of what an entry of a list of results is about."""
    names = [fields.text(fields.section(result, part).get("name"), 50) for part in ("component", "variable")]
    full_name = ".".join(name for name in names if name)
    return full_name or fields.text(result.get("tariffId"), 60) or f"number {fields.text(result.get('id'), 20) or '?'}"


def _list_version(_: str, payload: Payload) -> CommandResult:
    number = fields.integer(payload.get("listVersion", payload.get("versionNumber")))
    if number is None or number < 0:
        return CommandResult(Result.NOT_SUPPORTED, stored.build_sentence(CommandCode.NO_LIST))
    if number == 0:
        return _build_accepted(CommandCode.LIST_EMPTY)
    return _build_accepted(CommandCode.LIST_VERSION, number=number)


def _schedule(action: str, payload: Payload) -> CommandResult:
    outcome = _status(action, payload)
    if outcome.result is not Result.ACCEPTED:
        return outcome
    schedule = fields.section(payload, "schedule") or fields.section(payload, "chargingSchedule")
    periods = len(fields.entries(schedule.get("chargingSchedulePeriod")))
    if not periods:
        return _build_accepted(CommandCode.NO_LIMIT)
    return _build_counted(CommandCode.SCHEDULE_OF_ONE, CommandCode.SCHEDULE, count=periods)


def _certificates(action: str, payload: Payload) -> CommandResult:
    outcome = _status(action, payload)
    certificates = fields.entries(payload.get("certificateHashData", payload.get("certificateHashDataChain")))
    if outcome.result is Result.ACCEPTED and certificates:
        return _build_counted(CommandCode.CERTIFICATE, CommandCode.CERTIFICATES, count=len(certificates))
    return outcome


def _transaction_status(_: str, payload: Payload) -> CommandResult:
    """Interprets OCPP 2.0.1 E14: without a transaction id the reply describes only the queue."""
    has_left = fields.boolean(payload.get("messagesInQueue"))
    queue = CommandCode.MESSAGES_LEFT if has_left else CommandCode.NO_MESSAGES_LEFT
    ongoing = payload.get("ongoingIndicator")
    if ongoing is None:
        return _build_accepted(queue)
    return _add_sentence(
        _build_accepted(CommandCode.SESSION_GOES_ON if fields.boolean(ongoing) else CommandCode.SESSION_ENDED), queue
    )


def _diagnostics(action: str, payload: Payload) -> CommandResult:
    """Interprets OCPP 1.6 6.26: without a file name there is nothing to upload."""
    name = fields.text(payload.get("fileName"))
    if name:
        return _build_accepted(CommandCode.UPLOADS, name=name)
    return CommandResult(Result.REJECTED, stored.build_sentence(CommandCode.NO_DIAGNOSTICS))


def _log(action: str, payload: Payload) -> CommandResult:
    outcome, name = _status(action, payload), fields.text(payload.get("filename"))
    return (
        _add_sentence(outcome, CommandCode.FILE, name=name) if outcome.result is Result.ACCEPTED and name else outcome
    )


def _data(action: str, payload: Payload) -> CommandResult:
    outcome, data = _status(action, payload), fields.text(payload.get("data"))
    return _add_sentence(outcome, CommandCode.DATA, words=data[:_MAX_WORDS]) if data else outcome


def _read_start(action: str, payload: Payload) -> CommandResult:
    outcome, running = _status(action, payload), fields.text(payload.get("transactionId"))
    if outcome.result is Result.ACCEPTED and running:
        return _build_accepted(CommandCode.SESSION_BEGAN, transaction=running)
    return outcome


def _read_streams(_: str, payload: Payload) -> CommandResult:
    count = len(fields.entries(payload.get("constantStreamData")))
    return _build_counted(CommandCode.STREAM, CommandCode.STREAMS, count=count)


def _installed_tariffs(action: str, payload: Payload) -> CommandResult:
    outcome, tariffs = _status(action, payload), fields.entries(payload.get("tariffAssignments"))
    if outcome.result is Result.ACCEPTED and tariffs:
        return _build_counted(CommandCode.TARIFF, CommandCode.TARIFFS, count=len(tariffs))
    return outcome


def _accept_without_status(action: str, payload: Payload) -> CommandResult:
    """Accepts the empty answers to UpdateFirmware (1.6) and CostUpdated, which mean yes."""
    if payload.get("status") is not None:
        return _status(action, payload)
    return _build_accepted(_TAKEN[action])


_TAKEN = {
    "UpdateFirmware": CommandCode.FIRMWARE_TAKEN,
    "CostUpdated": CommandCode.COST_TAKEN,
    "NotifyWebPaymentStarted": CommandCode.PAYMENT_KNOWN,
}
_SPECIAL: dict[str, Callable[[str, Payload], CommandResult]] = {
    "ClearTariffs": _tariffs,
    "ClearVariableMonitoring": _monitors,
    "CostUpdated": _accept_without_status,
    "NotifyWebPaymentStarted": _accept_without_status,
    "DataTransfer": _data,
    "GetCompositeSchedule": _schedule,
    "GetConfiguration": _configuration,
    "GetDiagnostics": _diagnostics,
    "GetInstalledCertificateIds": _certificates,
    "GetLocalListVersion": _list_version,
    "GetLog": _log,
    "GetPeriodicEventStream": _read_streams,
    "GetTariffs": _installed_tariffs,
    "GetTransactionStatus": _transaction_status,
    "GetVariables": _variables,
    "RequestStartTransaction": _read_start,
    "SetVariableMonitoring": _monitors,
    "SetVariables": _variables,
    "UpdateFirmware": _accept_without_status,
}
