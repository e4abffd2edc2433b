"""The sentences of what chargers answer to commands: by action where a status means something of its own. Pure."""

from dataclasses import dataclass
from enum import Enum

from chargers.lib.i18n import mark


class Result(Enum):
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    NOT_SUPPORTED = "not_supported"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class CommandResult:
    """How a command ended, with the sentence that people read."""

    result: Result
    words: str


_YES, _NO, _UNABLE = Result.ACCEPTED, Result.REJECTED, Result.NOT_SUPPORTED

ACCEPTED = {
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

ANY = {
    "Rejected": CommandResult(_NO, mark("The charger refused.")),
    "Failed": CommandResult(_NO, mark("The charger could not do it.")),
    "Scheduled": CommandResult(_YES, "The charger will do it when the running session has ended."),
    "RebootRequired": CommandResult(_YES, "The setting was changed and takes effect after a restart."),
    "NotSupported": CommandResult(_UNABLE, mark("The charger does not support this.")),
    "NotImplemented": CommandResult(_UNABLE, mark("The charger does not support this.")),
    "EmptyResultSet": CommandResult(_YES, "The charger has nothing to report."),
    "AcceptedCanceled": CommandResult(_YES, "The charger accepted and dropped the earlier order of this kind."),
    "Unlocked": CommandResult(_YES, "The connector was unlocked."),
    "UnlockFailed": CommandResult(_NO, "The connector could not be unlocked."),
    "OngoingAuthorizedTransaction": CommandResult(_NO, "A session is running: stop it before unlocking."),
    "UnknownConnector": CommandResult(_NO, "The charger has no such connector."),
    "VersionMismatch": CommandResult(_NO, "The charger has another version of the list: send the full list."),
    "UnknownMessageId": CommandResult(_UNABLE, "The charger does not know this message."),
    "UnknownVendorId": CommandResult(_UNABLE, "The charger does not know this vendor."),
    "Occupied": CommandResult(_NO, "The connector is in use or reserved already."),
    "Faulted": CommandResult(_NO, "The connector has a fault."),
    "Unavailable": CommandResult(_NO, "The connector is out of service."),
    "InvalidCertificate": CommandResult(_NO, "The charger does not trust the certificate that signed the firmware."),
    "RevokedCertificate": CommandResult(_NO, "The certificate that signed the firmware was revoked."),
    "NotSupportedMessageFormat": CommandResult(_UNABLE, "The charger cannot display this format."),
    "NotSupportedPriority": CommandResult(_UNABLE, "The charger does not know this priority."),
    "NotSupportedState": CommandResult(_UNABLE, "The charger cannot tie a message to this state."),
    "LanguageNotSupported": CommandResult(_UNABLE, "The charger cannot display this language."),
    "UnknownTransaction": CommandResult(_NO, "The charger has no such session."),
    "TxNotFound": CommandResult(_NO, "The charger has no such session."),
    "TooManyElements": CommandResult(_NO, "The tariff has more parts than the charger can hold."),
    "ConditionNotSupported": CommandResult(_UNABLE, "The charger cannot follow a condition of the tariff."),
    "NoCurrencyChange": CommandResult(_NO, "A session keeps its currency: the charger refused another one."),
    "DuplicateTariffId": CommandResult(_NO, "The charger has a tariff with this id already."),
    "NoProfile": CommandResult(_NO, "The charger has no priority charging profile."),
    "Invalid": CommandResult(_NO, "The charger cannot tell which customer is meant."),
    "Unpublished": CommandResult(_YES, "The firmware is no longer published."),
    "DownloadOngoing": CommandResult(_NO, "A neighbour is fetching the firmware right now: try again later."),
    "NoFirmware": CommandResult(_NO, "The charger does not publish this firmware."),
}

PARTICULAR = {
    ("ClearChargingProfile", "Unknown"): CommandResult(_NO, "The charger has no such charging profile."),
    ("ClearDERControl", "NotFound"): CommandResult(_NO, "The charger has no such grid control."),
    ("ClearDisplayMessage", "Unknown"): CommandResult(_NO, "The charger has no such message."),
    ("DeleteCertificate", "Failed"): CommandResult(
        _NO, "The charger could not delete the certificate; it may be in use."
    ),
    ("DeleteCertificate", "NotFound"): CommandResult(_NO, "The charger has no such certificate."),
    ("GetChargingProfiles", "NoProfiles"): CommandResult(_YES, "The charger has no such charging profile."),
    ("GetCompositeSchedule", "Rejected"): CommandResult(_NO, "The charger cannot tell its schedule."),
    ("GetDERControl", "NotFound"): CommandResult(_YES, "The charger has no such grid control."),
    ("GetDisplayMessages", "Unknown"): CommandResult(_YES, "The charger displays no such message."),
    ("GetInstalledCertificateIds", "NotFound"): CommandResult(_YES, "The charger holds no such certificate."),
    ("GetTariffs", "NoTariff"): CommandResult(_YES, "The charger has no tariff there."),
    ("InstallCertificate", "Failed"): CommandResult(
        _NO, "The certificate is valid, but the charger could not store it."
    ),
    ("InstallCertificate", "Rejected"): CommandResult(_NO, "The charger refused the certificate as invalid."),
}

EACH = {
    "Rejected": "refused",
    "UnknownComponent": "the charger has no such component",
    "UnknownVariable": "the charger has no such setting",
    "NotSupportedAttributeType": "the charger has no such attribute",
    "RebootRequired": "takes effect after a restart",
    "NotFound": "the charger has no such monitor",
    "Duplicate": "there is such a monitor already",
    "UnsupportedMonitorType": "the charger cannot monitor that",
    "NoTariff": "the charger has no such tariff",
}
"""What one entry of a list of results says of itself."""
