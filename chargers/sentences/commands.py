"""Sentences about commands: their outcome, and chargers' replies, by action if necessary. Pure."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

from chargers.lib.i18n import mark
from chargers.sentences import stored
from chargers.sentences.stored import Plain, Sentence, Sentences


class CommandCode(StrEnum):
    """Codes of sentences about commands. The part before the dot is the subject."""

    OFFLINE = "command.offline"
    STOP_DROPPED = "command.stop_dropped"
    WITHDRAWN = "command.withdrawn"
    CHARGER_PENDING = "command.charger_pending"
    CHARGER_REJECTED = "command.charger_rejected"
    NOT_SENT_IN_TIME = "command.not_sent_in_time"
    NOT_ANSWERED = "command.not_answered"
    CONNECTION_ENDED = "command.connection_ended"
    HARDWARE_REPLACED = "command.hardware_replaced"
    GATEWAY_DIED = "command.gateway_died"
    GATEWAY_DIED_UNSENT = "command.gateway_died_unsent"
    AGREED_WITHOUT_EFFECT = "command.agreed_without_effect"
    NO_SUCH_COMMAND = "command.not_supported"
    ERROR = "command.error"
    ERROR_WITH_WORDS = "command.error_with_words"
    ACCEPTED = "answered.accepted"
    ANSWERED = "answered.without_status"
    OTHER = "answered.other"
    SAYS = "answered.says"
    DATA = "answered.data"
    FILE = "answered.file"
    SETTINGS = "settings.many"
    SETTING = "settings.one"
    SETTINGS_UNKNOWN = "settings.unknown"
    SETTINGS_ALSO_UNKNOWN = "settings.also_unknown"
    SETTINGS_REPORTED = "each.settings_told"
    SETTINGS_CHANGED = "each.settings_changed"
    MONITORS_SET = "each.monitors_set"
    MONITORS_REMOVED = "each.monitors_removed"
    TARIFFS_REMOVED = "each.tariffs_removed"
    ENTRIES = "each.entries"
    ENTRY_OTHER = "each.entry"
    NO_LIST = "list.none"
    LIST_EMPTY = "list.empty"
    LIST_VERSION = "list.version"
    NO_LIMIT = "schedule.none"
    SCHEDULE = "schedule.periods"
    SCHEDULE_OF_ONE = "schedule.period"
    CERTIFICATES = "certificates.many"
    CERTIFICATE = "certificates.one"
    SESSION_GOES_ON = "transaction.goes_on"
    SESSION_ENDED = "transaction.ended"
    MESSAGES_LEFT = "transaction.messages_left"
    NO_MESSAGES_LEFT = "transaction.no_messages_left"
    UPLOADS = "diagnostics.uploads"
    NO_DIAGNOSTICS = "diagnostics.none"
    SESSION_BEGAN = "start.began"
    STREAMS = "streams.many"
    STREAM = "streams.one"
    TARIFFS = "tariffs.many"
    TARIFF = "tariffs.one"
    FIRMWARE_TAKEN = "taken.UpdateFirmware"
    COST_TAKEN = "taken.CostUpdated"
    PAYMENT_KNOWN = "taken.NotifyWebPaymentStarted"


_FIXED: Final[Mapping[CommandCode, str]] = {
    CommandCode.OFFLINE: mark("The charger is offline: nothing was sent."),
    CommandCode.STOP_DROPPED: mark(
        "The stop was not carried out because the charger stayed offline. Press stop again, or unplug your car."
    ),
    CommandCode.CHARGER_PENDING: (
        "It was not sent: the charger is Pending, and nobody charges there before it is accepted."
    ),
    CommandCode.CHARGER_REJECTED: "It was not sent: the charger is Rejected.",
    CommandCode.WITHDRAWN: mark("It was withdrawn before it could be sent."),
    CommandCode.NOT_SENT_IN_TIME: mark("It could not be sent in time: the charger is busy or just went offline."),
    CommandCode.NOT_ANSWERED: mark("The charger did not answer in time; it may still obey."),
    CommandCode.CONNECTION_ENDED: mark("The connection ended before the answer: look at the charger."),
    CommandCode.HARDWARE_REPLACED: "The hardware was replaced before it was carried out: order it again.",
    CommandCode.GATEWAY_DIED: "The gateway stopped before the answer: look at the charger.",
    CommandCode.GATEWAY_DIED_UNSENT: "Its gateway stopped before it was sent: nothing was sent.",
    CommandCode.AGREED_WITHOUT_EFFECT: mark("The charger agreed to stop, but goes on."),
    CommandCode.NO_SUCH_COMMAND: mark("The charger does not support this command."),
    CommandCode.ERROR: "The charger answered with the error %(error)s.",
    CommandCode.ERROR_WITH_WORDS: "The charger answered with the error %(error)s: %(words)s.",
    CommandCode.ACCEPTED: "The charger accepted.",
    CommandCode.ANSWERED: "The charger answered.",
    CommandCode.OTHER: "The charger answered %(status)s.",
    CommandCode.SAYS: "It says: %(words)s",
    CommandCode.DATA: "It answered: %(words)s",
    CommandCode.FILE: "The file: %(name)s.",
    CommandCode.SETTINGS: "The charger reported %(count)s settings.",
    CommandCode.SETTING: "The charger reported 1 setting.",
    CommandCode.SETTINGS_UNKNOWN: "The charger does not know %(names)s.",
    CommandCode.SETTINGS_ALSO_UNKNOWN: "It does not know %(names)s.",
    CommandCode.SETTINGS_REPORTED: "The charger reported %(done)s of %(asked)s settings.",
    CommandCode.SETTINGS_CHANGED: "The charger changed %(done)s of %(asked)s settings.",
    CommandCode.MONITORS_SET: "The charger set %(done)s of %(asked)s monitors.",
    CommandCode.MONITORS_REMOVED: "The charger removed %(done)s of %(asked)s monitors.",
    CommandCode.TARIFFS_REMOVED: "The charger removed %(done)s of %(asked)s tariffs.",
    CommandCode.ENTRIES: "%(entries)s.",
    CommandCode.ENTRY_OTHER: "%(name)s: %(status)s",
    CommandCode.NO_LIST: "The charger keeps no local list.",
    CommandCode.LIST_EMPTY: "The charger's local list is empty.",
    CommandCode.LIST_VERSION: "The charger has version %(number)s of the local list.",
    CommandCode.NO_LIMIT: "The charger follows no limit in that time.",
    CommandCode.SCHEDULE: "The charger reported its schedule: %(count)s periods.",
    CommandCode.SCHEDULE_OF_ONE: "The charger reported its schedule: 1 period.",
    CommandCode.CERTIFICATES: "The charger holds %(count)s certificates.",
    CommandCode.CERTIFICATE: "The charger holds 1 certificate.",
    CommandCode.SESSION_GOES_ON: "The session goes on.",
    CommandCode.SESSION_ENDED: "The session has ended.",
    CommandCode.MESSAGES_LEFT: "The charger still has messages about sessions to deliver.",
    CommandCode.NO_MESSAGES_LEFT: "The charger has no messages about sessions to deliver.",
    CommandCode.UPLOADS: "The charger will upload %(name)s.",
    CommandCode.NO_DIAGNOSTICS: "The charger has no diagnostics to upload.",
    CommandCode.SESSION_BEGAN: "The charger began the session %(transaction)s.",
    CommandCode.STREAMS: "The charger has %(count)s event streams.",
    CommandCode.STREAM: "The charger has 1 event stream.",
    CommandCode.TARIFFS: "The charger has %(count)s tariffs there.",
    CommandCode.TARIFF: "The charger has 1 tariff there.",
    CommandCode.FIRMWARE_TAKEN: "The charger took the order to fetch and install the firmware.",
    CommandCode.COST_TAKEN: "The charger took the running cost.",
    CommandCode.PAYMENT_KNOWN: "The charger knows that a payment began.",
}
_ACCEPTED: Final = {
    "AFRRSignal": "The charger took the signal.",
    "AdjustPeriodicEventStream": "The event stream was adjusted.",
    "CancelReservation": "The reservation was cancelled.",
    "CertificateSigned": "The charger took its new certificate.",
    "ChangeAvailability": "The availability was changed.",
    "ChangeConfiguration": "The setting was changed.",
    "ChangeTransactionTariff": "The tariff of the session was changed.",
    "ClearCache": "The charger forgot its cached tokens.",
    "ClearChargingProfile": "The charging profiles were removed.",
    "ClearDERControl": "The grid control was removed.",
    "ClearDisplayMessage": "The message was taken off the display.",
    "CustomerInformation": "The charger will report or clear what it holds about the customer.",
    "DataTransfer": "The charger took the data.",
    "DeleteCertificate": "The certificate was deleted.",
    "ExtendedTriggerMessage": "The charger will send the message.",
    "GetBaseReport": "The charger will report its settings.",
    "GetChargingProfiles": "The charger will report its charging profiles.",
    "GetDERControl": "The charger will report its grid controls.",
    "GetDisplayMessages": "The charger will report what it displays.",
    "GetLog": "The charger will upload its log.",
    "GetMonitoringReport": "The charger will report what it monitors.",
    "GetReport": "The charger will report its settings.",
    "InstallCertificate": "The certificate was installed.",
    "NotifyAllowedEnergyTransfer": "The charger took the allowed kinds of energy transfer.",
    "PublishFirmware": "The charger will publish the firmware to its neighbours.",
    "RemoteStartTransaction": "The charger will try to start the session.",
    "RemoteStopTransaction": "The charger will stop the session.",
    "RequestBatterySwap": "The charger is ready for the battery swap.",
    "RequestStartTransaction": "The charger will try to start the session.",
    "RequestStopTransaction": "The charger will stop the session.",
    "ReserveNow": "The connector is reserved.",
    "Reset": "The charger will restart.",
    "SendLocalList": "The charger took the local list.",
    "SetChargingProfile": "The charger took the charging profile.",
    "SetDERControl": "The charger took the grid control.",
    "SetDefaultTariff": "The charger took the tariff.",
    "SetDisplayMessage": "The charger will display the message.",
    "SetMonitoringBase": "The charger monitors that set now.",
    "SetMonitoringLevel": "The charger reports events of that severity now.",
    "SetNetworkProfile": "The network profile was stored.",
    "SignedUpdateFirmware": "The charger will fetch and install the firmware.",
    "TriggerMessage": "The charger will send the message.",
    "UpdateDynamicSchedule": "The charger follows the new limit.",
    "UpdateFirmware": "The charger will fetch and install the firmware.",
    "UsePriorityCharging": "Priority charging was switched.",
}
"""By action, for the status Accepted."""
_ANSWERED: Final = {
    "Rejected": mark("The charger refused."),
    "Failed": mark("The charger could not do it."),
    "Scheduled": "The charger will do it when the running session has ended.",
    "RebootRequired": "The setting was changed and takes effect after a restart.",
    "NotSupported": mark("The charger does not support this."),
    "NotImplemented": mark("The charger does not support this."),
    "EmptyResultSet": "The charger has nothing to report.",
    "AcceptedCanceled": "The charger accepted and dropped the earlier order of this kind.",
    "Unlocked": "The connector was unlocked.",
    "UnlockFailed": "The connector could not be unlocked.",
    "OngoingAuthorizedTransaction": "A session is running: stop it before unlocking.",
    "UnknownConnector": "The charger has no such connector.",
    "VersionMismatch": "The charger has another version of the list: send the full list.",
    "UnknownMessageId": "The charger does not know this message.",
    "UnknownVendorId": "The charger does not know this vendor.",
    "Occupied": "The connector is in use or reserved already.",
    "Faulted": "The connector has a fault.",
    "Unavailable": "The connector is out of service.",
    "InvalidCertificate": "The charger does not trust the certificate that signed the firmware.",
    "RevokedCertificate": "The certificate that signed the firmware was revoked.",
    "NotSupportedMessageFormat": "The charger cannot display this format.",
    "NotSupportedPriority": "The charger does not know this priority.",
    "NotSupportedState": "The charger cannot tie a message to this state.",
    "LanguageNotSupported": "The charger cannot display this language.",
    "UnknownTransaction": "The charger has no such session.",
    "TxNotFound": "The charger has no such session.",
    "TooManyElements": "The tariff has more parts than the charger can hold.",
    "ConditionNotSupported": "The charger cannot follow a condition of the tariff.",
    "NoCurrencyChange": "A session keeps its currency: the charger refused another one.",
    "DuplicateTariffId": "The charger has a tariff with this id already.",
    "NoProfile": "The charger has no priority charging profile.",
    "Invalid": "The charger cannot tell which customer is meant.",
    "Unpublished": "The firmware is no longer published.",
    "DownloadOngoing": "A neighbour is fetching the firmware right now: try again later.",
    "NoFirmware": "The charger does not publish this firmware.",
}
"""By status, for any action."""
_PARTICULAR: Final = {
    ("ClearChargingProfile", "Unknown"): "The charger has no such charging profile.",
    ("ClearDERControl", "NotFound"): "The charger has no such grid control.",
    ("ClearDisplayMessage", "Unknown"): "The charger has no such message.",
    ("DeleteCertificate", "Failed"): "The charger could not delete the certificate; it may be in use.",
    ("DeleteCertificate", "NotFound"): "The charger has no such certificate.",
    ("GetChargingProfiles", "NoProfiles"): "The charger has no such charging profile.",
    ("GetCompositeSchedule", "Rejected"): "The charger cannot report its schedule.",
    ("GetDERControl", "NotFound"): "The charger has no such grid control.",
    ("GetDisplayMessages", "Unknown"): "The charger displays no such message.",
    ("GetInstalledCertificateIds", "NotFound"): "The charger holds no such certificate.",
    ("GetTariffs", "NoTariff"): "The charger has no tariff there.",
    ("InstallCertificate", "Failed"): "The certificate is valid, but the charger could not store it.",
    ("InstallCertificate", "Rejected"): "The charger refused the certificate as invalid.",
}
"""By action and status."""
_EACH: Final = {
    "Rejected": "%(name)s: refused",
    "UnknownComponent": "%(name)s: the charger has no such component",
    "UnknownVariable": "%(name)s: the charger has no such setting",
    "NotSupportedAttributeType": "%(name)s: the charger has no such attribute",
    "RebootRequired": "%(name)s: takes effect after a restart",
    "NotFound": "%(name)s: the charger has no such monitor",
    "Duplicate": "%(name)s: there is such a monitor already",
    "UnsupportedMonitorType": "%(name)s: the charger cannot monitor that",
    "NoTariff": "%(name)s: the charger has no such tariff",
}
"""Sentences about an entry of a list of results, by its status."""
PATTERNS: Final[Mapping[str, str]] = {
    **{str(code): pattern for code, pattern in _FIXED.items()},
    **{f"accepted.{action}": pattern for action, pattern in _ACCEPTED.items()},
    **{f"answered.{status}": pattern for status, pattern in _ANSWERED.items()},
    **{f"answered.{status}.{action}": pattern for (action, status), pattern in _PARTICULAR.items()},
    **{f"each.{status}": pattern for status, pattern in _EACH.items()},
}


def english(sentences: Iterable[Sentence]) -> str:
    """Returns the text for hosts, the API and the log."""
    return stored.render(sentences, PATTERNS, speech=Plain())


def describe_acceptance(action: str) -> Sentences:
    """Returns the sentence for an accepted command of this action."""
    return stored.build_sentence(f"accepted.{action}" if action in _ACCEPTED else CommandCode.ACCEPTED)


def describe_status(action: str, status: str) -> Sentences:
    """Returns the meaning of a status as the answer to this action."""
    if (action, status) in _PARTICULAR:
        return stored.build_sentence(f"answered.{status}.{action}")
    return (
        stored.build_sentence(f"answered.{status}")
        if status in _ANSWERED
        else stored.build_sentence(CommandCode.OTHER, status=status)
    )


def entry(name: str, status: str) -> Sentence:
    """Returns the sentence about an entry of a list of results."""
    if status in _EACH:
        return Sentence(f"each.{status}", {"name": name})
    return Sentence(CommandCode.ENTRY_OTHER, {"name": name, "status": status})


def describe_count(code: CommandCode, many: CommandCode, *, count: int) -> Sentences:
    """Returns a sentence with a number."""
    return stored.build_sentence(code) if count == 1 else stored.build_sentence(many, count=count)
