"""Sentences about commands: the request, the charger's answer, and what happens next."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from chargers.commands.queue import START_ACTIONS, STOP_ACTIONS
from chargers.formatting.phrases import command_word
from chargers.models import Command

_STATE: Final = Command.State
_FOLLOWED: Final = timedelta(minutes=5)
"""How long a page waits for the effect of an order."""
_REQUESTS: Final[Mapping[str, str]] = {
    "AFRRSignal": "follow a signal of the grid",
    "AdjustPeriodicEventStream": "adjust an event stream",
    "CancelReservation": "cancel a reservation",
    "CertificateSigned": "use a new certificate",
    "ChangeAvailability": "change its availability",
    "ChangeConfiguration": "change a setting",
    "ChangeTransactionTariff": "change the tariff of a session",
    "ClearCache": "forget its cached cards",
    "ClearChargingProfile": "remove a charging profile",
    "ClearDERControl": "remove a grid control",
    "ClearDisplayMessage": "take a message off its display",
    "ClearTariffs": "remove tariffs",
    "ClearVariableMonitoring": "remove monitors",
    "CostUpdated": "show the running cost",
    "CustomerInformation": "report or clear what it holds about a customer",
    "DataTransfer": "take a vendor's data",
    "DeleteCertificate": "delete a certificate",
    "ExtendedTriggerMessage": "send a message now",
    "GetBaseReport": "report its settings",
    "GetChargingProfiles": "report its charging profiles",
    "GetCompositeSchedule": "report its power schedule",
    "GetConfiguration": "report its settings",
    "GetDERControl": "report its grid controls",
    "GetDiagnostics": "upload its diagnostics",
    "GetDisplayMessages": "report what it displays",
    "GetInstalledCertificateIds": "list its certificates",
    "GetLocalListVersion": "name the version of its local list",
    "GetLog": "upload its log",
    "GetMonitoringReport": "report what it monitors",
    "GetPeriodicEventStream": "list its event streams",
    "GetReport": "report its settings",
    "GetTariffs": "list its tariffs",
    "GetTransactionStatus": "say how a session stands",
    "GetVariables": "report settings",
    "InstallCertificate": "install a certificate",
    "NotifyAllowedEnergyTransfer": "take the allowed kinds of energy transfer",
    "NotifyWebPaymentStarted": "note that a payment began",
    "PublishFirmware": "publish firmware to its neighbours",
    "RemoteStartTransaction": "start a session",
    "RemoteStopTransaction": "stop the session",
    "RequestBatterySwap": "prepare a battery swap",
    "RequestStartTransaction": "start a session",
    "RequestStopTransaction": "stop the session",
    "ReserveNow": "reserve a connector",
    "Reset": "restart",
    "SendLocalList": "take the local list",
    "SetChargingProfile": "take a charging profile",
    "SetDERControl": "take a grid control",
    "SetDefaultTariff": "take a tariff",
    "SetDisplayMessage": "display a message",
    "SetMonitoringBase": "monitor another set of values",
    "SetMonitoringLevel": "report events of another severity",
    "SetNetworkProfile": "store a network profile",
    "SetVariableMonitoring": "set monitors",
    "SetVariables": "change settings",
    "SignedUpdateFirmware": "update its firmware",
    "TriggerMessage": "send a message now",
    "UnlockConnector": "unlock a connector",
    "UnpublishFirmware": "stop publishing firmware",
    "UpdateDynamicSchedule": "follow a new limit",
    "UpdateFirmware": "update its firmware",
    "UsePriorityCharging": "switch priority charging",
}
"""Completes "was asked to", by action, for all actions that OCPP 1.6, 2.0.1 and 2.1 let us send."""
_HARD: Final = frozenset(("Hard", "Immediate", "ImmediateAndResume"))
_AFTER_YES: Final[Mapping[str, tuple[str, str]]] = {
    **dict.fromkeys(
        START_ACTIONS,
        (
            "The session begins when the car is plugged in and the charger reports the start.",
            "The charger reported the start: the session has begun.",
        ),
    ),
    **dict.fromkeys(
        STOP_ACTIONS,
        (
            "The session ends when the charger reports the stop.",
            "The charger reported the stop: the session has ended.",
        ),
    ),
    "Reset": (
        "The charger goes offline for a minute or two. It is back when it reports its start.",
        "The charger has restarted and is back.",
    ),
}
"""What happens after a yes, and the sentence once it has happened."""
_AFTER_NO: Final[Mapping[str, str]] = {
    **dict.fromkeys(START_ACTIONS, "No session begins."),
    **dict.fromkeys(STOP_ACTIONS, "The session goes on. The driver can end it at the car or with the card."),
    "Reset": "The charger goes on as before.",
}
_UNANSWERED: Final[Mapping[str, str]] = {
    _STATE.QUEUED: "The order waits to be sent.",
    _STATE.SENT: "It has not answered yet.",
}
_REFUSALS: Final[frozenset[str]] = frozenset((_STATE.REJECTED, _STATE.NOT_SUPPORTED, _STATE.ERROR))


def request_words(action: str, payload: Mapping[str, Any]) -> str:
    """Completes "was asked to"; a vendor's action is called by its name."""
    if action == "Reset":
        return "restart at once" if payload.get("type") in _HARD else "restart"
    if action == "ChangeAvailability":
        value = payload.get("type") or payload.get("operationalStatus")
        return "go out of service" if value == "Inoperative" else "go back into service"
    return _REQUESTS.get(action, f"carry out {action}")


def command_request(command: Command) -> str:
    """Completes "was asked to" for this command."""
    return request_words(command.action, command.payload)


def command_title(command: Command) -> str:
    """Returns the request as a heading or a link."""
    words = command_request(command)
    return words[:1].upper() + words[1:]


def command_answer(command: Command) -> str:
    """Returns the charger's answer, or that there is none yet."""
    return command.outcome or _UNANSWERED.get(command.state, f"{command_word(command)}.")


def awaits_effect(command: Command, *, now: datetime) -> bool:
    """Whether an accepted start, stop or restart may take effect any moment."""
    is_agreed = command.state == _STATE.ACCEPTED and command.effect_seen_at is None
    return is_agreed and command.action in _AFTER_YES and now - command.created_at < _FOLLOWED


def next_step(command: Command) -> str:
    """Returns what happens next, or what has happened since; empty if the answer is complete."""
    waiting, effect_sentence = _AFTER_YES.get(command.action, ("", ""))
    if command.effect_seen_at is not None:
        return effect_sentence
    match command.state:
        case _STATE.ACCEPTED:
            return waiting
        case state if state in _REFUSALS:
            return _AFTER_NO.get(command.action, "Nothing has changed.")
        case _STATE.OFFLINE if command.action in STOP_ACTIONS:
            return "If the charger is back within a minute, the stop is sent after all. Otherwise order it again."
        case _STATE.OFFLINE:
            return "Order it again when the charger is online."
        case _STATE.TIMED_OUT | _STATE.UNKNOWN if waiting:
            return f"If the charger obeys all the same: {waiting[:1].lower()}{waiting[1:]}"
        case _STATE.QUEUED | _STATE.SENT:
            return "This page shows the answer as soon as it is there."
        case _:
            return ""
