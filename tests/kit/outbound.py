"""A command, an acceptance and a refusal of a charger for every action that a back office sends, per OCPP version."""

from dataclasses import dataclass, field, replace
from typing import Any

Payload = dict[str, Any]
YES: Payload = {"status": "Accepted"}
NO: Payload = {"status": "Rejected"}
AT = "2026-03-10T12:00:00Z"


@dataclass(frozen=True)
class Sample:
    """A command with its answers.

    `yes_words` and `no_words` are the displayed texts; `no_state` is the state after a refusal.
    """

    payload: Payload
    yes_words: str
    yes: Payload = field(default_factory=lambda: YES)
    no: Payload = field(default_factory=lambda: NO)
    no_words: str = "The charger refused."
    no_state: str = "rejected"


HASH = {"hashAlgorithm": "SHA256", "issuerNameHash": "a1", "issuerKeyHash": "b2", "serialNumber": "c3"}
CARD = {"idToken": "04A1B2C3D4", "type": "ISO14443"}
HEARTBEAT = {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "HeartbeatInterval"}}
POWER = {"component": {"name": "EVSE"}, "variable": {"name": "Power"}}
NOTHING = {"status": "EmptyResultSet"}
START = "The charger will try to start the session."
STOP = "The charger will stop the session."
NOTHING_WORDS = "The charger has nothing to report."
FIRMWARE_WORDS = "The charger will fetch and install the firmware."

_PERIODS = [{"startPeriod": 0, "limit": 16.0}, {"startPeriod": 1800, "limit": 10.5}]
_PROFILE_16 = {
    "chargingProfileId": 1,
    "stackLevel": 0,
    "chargingProfilePurpose": "TxDefaultProfile",
    "chargingProfileKind": "Absolute",
    "chargingSchedule": {"chargingRateUnit": "A", "chargingSchedulePeriod": _PERIODS},
}
_PROFILE_2X = {
    "id": 1,
    "stackLevel": 0,
    "chargingProfilePurpose": "TxDefaultProfile",
    "chargingProfileKind": "Absolute",
    "chargingSchedule": [{"id": 1, "chargingRateUnit": "A", "chargingSchedulePeriod": _PERIODS}],
}

SHARED = {
    "CancelReservation": Sample({"reservationId": 7}, "The reservation was cancelled."),
    "CertificateSigned": Sample(
        {"certificateChain": "-----BEGIN CERTIFICATE-----"}, "The charger took its new certificate."
    ),
    "ClearCache": Sample({}, "The charger forgot its cached tokens."),
    "DataTransfer": Sample(
        {"vendorId": "com.example", "messageId": "hello", "data": "there"},
        "The charger took the data. It answered: hi",
        yes={"status": "Accepted", "data": "hi"},
        no={"status": "UnknownVendorId"},
        no_words="The charger does not know this vendor.",
        no_state="not_supported",
    ),
    "DeleteCertificate": Sample(
        {"certificateHashData": HASH},
        "The certificate was deleted.",
        no={"status": "NotFound"},
        no_words="The charger has no such certificate.",
    ),
    "GetLog": Sample(
        {"log": {"remoteLocation": "https://example.com/u"}, "logType": "DiagnosticsLog", "requestId": 3},
        "The charger will upload its log. The file: log.zip.",
        yes={"status": "Accepted", "filename": "log.zip"},
    ),
    "InstallCertificate": Sample(
        {"certificateType": "ManufacturerRootCertificate", "certificate": "-----BEGIN CERTIFICATE-----"},
        "The certificate was installed.",
        no={"status": "Failed"},
        no_words="The certificate is valid, but the charger could not store it.",
    ),
}

V16 = {
    **SHARED,
    "ChangeAvailability": Sample(
        {"connectorId": 1, "type": "Inoperative"},
        "The charger will do it when the running session has ended.",
        yes={"status": "Scheduled"},
    ),
    "ChangeConfiguration": Sample(
        {"key": "HeartbeatInterval", "value": "300"},
        "The setting was changed and takes effect after a restart.",
        yes={"status": "RebootRequired"},
        no={"status": "NotSupported"},
        no_words="The charger does not support this.",
        no_state="not_supported",
    ),
    "ClearChargingProfile": Sample(
        {"id": 1},
        "The charging profiles were removed.",
        no={"status": "Unknown"},
        no_words="The charger has no such charging profile.",
    ),
    "ExtendedTriggerMessage": Sample(
        {"requestedMessage": "SignChargePointCertificate"},
        "The charger will send the message.",
        no={"status": "NotImplemented"},
        no_words="The charger does not support this.",
        no_state="not_supported",
    ),
    "GetCompositeSchedule": Sample(
        {"connectorId": 1, "duration": 3600, "chargingRateUnit": "A"},
        "The charger reported its schedule: 2 periods.",
        yes={
            "status": "Accepted",
            "connectorId": 1,
            "scheduleStart": AT,
            "chargingSchedule": {"chargingRateUnit": "A", "chargingSchedulePeriod": _PERIODS},
        },
        no_words="The charger cannot report its schedule.",
    ),
    "GetConfiguration": Sample(
        {"key": ["HeartbeatInterval", "Nonsense"]},
        "The charger reported 1 setting. It does not know Nonsense.",
        yes={
            "configurationKey": [{"key": "HeartbeatInterval", "readonly": False, "value": "300"}],
            "unknownKey": ["Nonsense"],
        },
        no={"unknownKey": ["Nonsense"]},
        no_words="The charger does not know Nonsense.",
    ),
    "GetDiagnostics": Sample(
        {"location": "https://example.com/u"},
        "The charger will upload diagnostics.zip.",
        yes={"fileName": "diagnostics.zip"},
        no={},
        no_words="The charger has no diagnostics to upload.",
    ),
    "GetInstalledCertificateIds": Sample(
        {"certificateType": "CentralSystemRootCertificate"},
        "The charger holds 1 certificate.",
        yes={"status": "Accepted", "certificateHashData": [HASH]},
        no={"status": "NotFound"},
        no_words="The charger holds no such certificate.",
        no_state="accepted",
    ),
    "GetLocalListVersion": Sample(
        {},
        "The charger has version 4 of the local list.",
        yes={"listVersion": 4},
        no={"listVersion": -1},
        no_words="The charger keeps no local list.",
        no_state="not_supported",
    ),
    "RemoteStartTransaction": Sample({"idTag": "04A1B2C3D4", "connectorId": 1}, START),
    "RemoteStopTransaction": Sample({"transactionId": 12}, STOP),
    "ReserveNow": Sample(
        {"connectorId": 1, "expiryDate": AT, "idTag": "04A1B2C3D4", "reservationId": 7},
        "The connector is reserved.",
        no={"status": "Occupied"},
        no_words="The connector is in use or reserved already.",
    ),
    "Reset": Sample({"type": "Soft"}, "The charger will restart."),
    "SendLocalList": Sample(
        {
            "listVersion": 5,
            "updateType": "Full",
            "localAuthorizationList": [{"idTag": "04A1B2C3D4", "idTagInfo": {"status": "Accepted"}}],
        },
        "The charger took the local list.",
        no={"status": "VersionMismatch"},
        no_words="The charger has another version of the list: send the full list.",
    ),
    "SetChargingProfile": Sample(
        {"connectorId": 1, "csChargingProfiles": _PROFILE_16}, "The charger took the charging profile."
    ),
    "SignedUpdateFirmware": Sample(
        {
            "requestId": 4,
            "firmware": {
                "location": "https://example.com/f",
                "retrieveDateTime": AT,
                "signingCertificate": "-----BEGIN CERTIFICATE-----",
                "signature": "c2ln",
            },
        },
        FIRMWARE_WORDS,
        no={"status": "InvalidCertificate"},
        no_words="The charger does not trust the certificate that signed the firmware.",
    ),
    "TriggerMessage": Sample(
        {"requestedMessage": "MeterValues", "connectorId": 1}, "The charger will send the message."
    ),
    "UnlockConnector": Sample(
        {"connectorId": 1},
        "The connector was unlocked.",
        yes={"status": "Unlocked"},
        no={"status": "UnlockFailed"},
        no_words="The connector could not be unlocked.",
    ),
    # Its only answer is empty, so a charger that cannot do it answers with an error.
    "UpdateFirmware": Sample(
        {"location": "https://example.com/f", "retrieveDate": AT},
        "The charger took the order to fetch and install the firmware.",
        yes={},
        no={},
        no_words="The charger took the order to fetch and install the firmware.",
        no_state="accepted",
    ),
}


def _each(key: str, result: Payload, *, yes: str, no: str, status: str = "status") -> tuple[Payload, Payload]:
    return {key: [{**result, status: yes}]}, {key: [{**result, status: no}]}


_GOT, _NOT_GOT = _each("getVariableResult", HEARTBEAT, yes="Accepted", no="UnknownVariable", status="attributeStatus")
_SET, _NOT_SET = _each("setVariableResult", HEARTBEAT, yes="Accepted", no="Rejected", status="attributeStatus")
_MONITOR = {**POWER, "type": "UpperThreshold", "severity": 4}
_WATCHED, _NOT_WATCHED = _each("setMonitoringResult", _MONITOR, yes="Accepted", no="UnsupportedMonitorType")
_CLEARED, _NOT_CLEARED = _each("clearMonitoringResult", {"id": 9}, yes="Accepted", no="NotFound")
_GOT["getVariableResult"][0]["attributeValue"] = "300"

V201 = {
    **SHARED,
    "ChangeAvailability": Sample(
        {"operationalStatus": "Operative", "evse": {"id": 1}}, "The availability was changed."
    ),
    "ClearChargingProfile": replace(V16["ClearChargingProfile"], payload={"chargingProfileId": 1}),
    "ClearDisplayMessage": Sample(
        {"id": 1},
        "The message was taken off the display.",
        no={"status": "Unknown"},
        no_words="The charger has no such message.",
    ),
    "ClearVariableMonitoring": Sample(
        {"id": [9]},
        "The charger removed 1 of 1 monitors.",
        yes=_CLEARED,
        no=_NOT_CLEARED,
        no_words="The charger removed 0 of 1 monitors. number 9: the charger has no such monitor.",
    ),
    "CostUpdated": Sample(
        {"totalCost": 7.35, "transactionId": "tx-1"},
        "The charger took the running cost.",
        yes={},
        no={},
        no_words="The charger took the running cost.",
        no_state="accepted",
    ),
    "CustomerInformation": Sample(
        {"requestId": 3, "report": True, "clear": False, "idToken": CARD},
        "The charger will report or clear what it holds about the customer.",
        no={"status": "Invalid"},
        no_words="The charger cannot tell which customer is meant.",
    ),
    "GetBaseReport": Sample(
        {"requestId": 3, "reportBase": "FullInventory"},
        "The charger will report its settings.",
        no={"status": "NotSupported"},
        no_words="The charger does not support this.",
        no_state="not_supported",
    ),
    "GetChargingProfiles": Sample(
        {"requestId": 3, "chargingProfile": {}},
        "The charger will report its charging profiles.",
        no={"status": "NoProfiles"},
        no_words="The charger has no such charging profile.",
        no_state="accepted",
    ),
    "GetCompositeSchedule": Sample(
        {"duration": 3600, "evseId": 1, "chargingRateUnit": "W"},
        "The charger reported its schedule: 2 periods.",
        yes={
            "status": "Accepted",
            "schedule": {
                "evseId": 1,
                "duration": 3600,
                "scheduleStart": AT,
                "chargingRateUnit": "A",
                "chargingSchedulePeriod": _PERIODS,
            },
        },
        no={"status": "Rejected", "statusInfo": {"reasonCode": "NoFreq"}},
        no_words="The charger cannot report its schedule. It says: NoFreq",
    ),
    "GetDisplayMessages": Sample(
        {"requestId": 3},
        "The charger will report what it displays.",
        no={"status": "Unknown"},
        no_words="The charger displays no such message.",
        no_state="accepted",
    ),
    "GetInstalledCertificateIds": Sample(
        {"certificateType": ["CSMSRootCertificate"]},
        "The charger holds 1 certificate.",
        yes={
            "status": "Accepted",
            "certificateHashDataChain": [{"certificateType": "CSMSRootCertificate", "certificateHashData": HASH}],
        },
        no={"status": "NotFound"},
        no_words="The charger holds no such certificate.",
        no_state="accepted",
    ),
    "GetLocalListVersion": replace(
        V16["GetLocalListVersion"],
        yes={"versionNumber": 0},
        yes_words="The charger's local list is empty.",
        no={"versionNumber": -1},
    ),
    "GetMonitoringReport": Sample(
        {"requestId": 3, "monitoringCriteria": ["ThresholdMonitoring"]},
        "The charger will report what it monitors.",
        no=NOTHING,
        no_words=NOTHING_WORDS,
        no_state="accepted",
    ),
    "GetReport": Sample(
        {"requestId": 3, "componentCriteria": ["Problem"]},
        "The charger will report its settings.",
        no=NOTHING,
        no_words=NOTHING_WORDS,
        no_state="accepted",
    ),
    "GetTransactionStatus": Sample(
        {"transactionId": "tx-1"},
        "The session goes on. The charger still has messages about sessions to deliver.",
        yes={"ongoingIndicator": True, "messagesInQueue": True},
        no={"messagesInQueue": False},
        no_words="The charger has no messages about sessions to deliver.",
        no_state="accepted",
    ),
    "GetVariables": Sample(
        {"getVariableData": [HEARTBEAT]},
        "The charger reported 1 of 1 settings.",
        yes=_GOT,
        no=_NOT_GOT,
        no_words=(
            "The charger reported 0 of 1 settings. OCPPCommCtrlr.HeartbeatInterval: the charger has no such setting."
        ),
    ),
    "PublishFirmware": Sample(
        {"location": "https://example.com/f", "checksum": "0cc175b9c0f1b6a831c399e269772661", "requestId": 3},
        "The charger will publish the firmware to its neighbours.",
    ),
    "RequestStartTransaction": Sample(
        {"idToken": CARD, "remoteStartId": 5, "evseId": 1},
        "The charger began the session tx-1.",
        yes={"status": "Accepted", "transactionId": "tx-1"},
    ),
    "RequestStopTransaction": Sample({"transactionId": "tx-1"}, STOP),
    "ReserveNow": Sample(
        {"id": 7, "expiryDateTime": AT, "idToken": CARD, "evseId": 1},
        "The connector is reserved.",
        no={"status": "Faulted"},
        no_words="The connector has a fault.",
    ),
    "Reset": Sample(
        {"type": "OnIdle"},
        "The charger will do it when the running session has ended.",
        yes={"status": "Scheduled"},
    ),
    "SendLocalList": Sample(
        {
            "versionNumber": 5,
            "updateType": "Differential",
            "localAuthorizationList": [{"idToken": CARD, "idTokenInfo": {"status": "Accepted"}}],
        },
        "The charger took the local list.",
        no={"status": "Failed"},
        no_words="The charger could not do it.",
    ),
    "SetChargingProfile": Sample(
        {"evseId": 1, "chargingProfile": _PROFILE_2X}, "The charger took the charging profile."
    ),
    "SetDisplayMessage": Sample(
        {"message": {"id": 1, "priority": "AlwaysFront", "message": {"format": "UTF8", "content": "Moin"}}},
        "The charger will display the message.",
        no={"status": "NotSupportedMessageFormat"},
        no_words="The charger cannot display this format.",
        no_state="not_supported",
    ),
    "SetMonitoringBase": Sample({"monitoringBase": "All"}, "The charger monitors that set now."),
    "SetMonitoringLevel": Sample({"severity": 4}, "The charger reports events of that severity now."),
    "SetNetworkProfile": Sample(
        {
            "configurationSlot": 1,
            "connectionData": {
                "ocppVersion": "OCPP20",
                "ocppTransport": "JSON",
                "ocppCsmsUrl": "wss://example.com/ocpp",
                "messageTimeout": 30,
                "securityProfile": 2,
                "ocppInterface": "Wired0",
            },
        },
        "The network profile was stored.",
        no={"status": "Failed"},
        no_words="The charger could not do it.",
    ),
    "SetVariableMonitoring": Sample(
        {"setMonitoringData": [{"value": 11000.0, **_MONITOR}]},
        "The charger set 1 of 1 monitors.",
        yes=_WATCHED,
        no=_NOT_WATCHED,
        no_words="The charger set 0 of 1 monitors. EVSE.Power: the charger cannot monitor that.",
    ),
    "SetVariables": Sample(
        {"setVariableData": [{**HEARTBEAT, "attributeValue": "300"}]},
        "The charger changed 1 of 1 settings.",
        yes=_SET,
        no=_NOT_SET,
        no_words="The charger changed 0 of 1 settings. OCPPCommCtrlr.HeartbeatInterval: refused.",
    ),
    "TriggerMessage": Sample(
        {"requestedMessage": "StatusNotification", "evse": {"id": 1, "connectorId": 1}},
        "The charger will send the message.",
        no={"status": "NotImplemented"},
        no_words="The charger does not support this.",
        no_state="not_supported",
    ),
    "UnlockConnector": Sample(
        {"evseId": 1, "connectorId": 1},
        "The connector was unlocked.",
        yes={"status": "Unlocked"},
        no={"status": "OngoingAuthorizedTransaction"},
        no_words="A session is running: stop it before unlocking.",
    ),
    "UnpublishFirmware": Sample(
        {"checksum": "0cc175b9c0f1b6a831c399e269772661"},
        "The firmware is no longer published.",
        yes={"status": "Unpublished"},
        no={"status": "NoFirmware"},
        no_words="The charger does not publish this firmware.",
    ),
    "UpdateFirmware": Sample(
        {"requestId": 3, "firmware": {"location": "https://example.com/f", "retrieveDateTime": AT}},
        FIRMWARE_WORDS,
        no={"status": "RevokedCertificate"},
        no_words="The certificate that signed the firmware was revoked.",
    ),
}

_TARIFF = {"tariffId": "standard", "currency": "USD"}
_GONE, _NOT_GONE = _each("clearTariffsResult", {"tariffId": "standard"}, yes="Accepted", no="NoTariff")
V21 = {
    **V201,
    "AFRRSignal": Sample({"timestamp": AT, "signal": 12}, "The charger took the signal."),
    "AdjustPeriodicEventStream": Sample(
        {"id": 1, "params": {"interval": 10, "values": 5}}, "The event stream was adjusted."
    ),
    "ChangeTransactionTariff": Sample(
        {"transactionId": "tx-1", "tariff": _TARIFF},
        "The tariff of the session was changed.",
        no={"status": "TxNotFound"},
        no_words="The charger has no such session.",
    ),
    "ClearDERControl": Sample(
        {"isDefault": True},
        "The grid control was removed.",
        no={"status": "NotFound"},
        no_words="The charger has no such grid control.",
    ),
    "ClearTariffs": Sample(
        {"tariffIds": ["standard"]},
        "The charger removed 1 of 1 tariffs.",
        yes=_GONE,
        no=_NOT_GONE,
        no_words="The charger removed 0 of 1 tariffs. standard: the charger has no such tariff.",
    ),
    "GetDERControl": Sample(
        {"requestId": 3},
        "The charger will report its grid controls.",
        no={"status": "NotSupported"},
        no_words="The charger does not support this.",
        no_state="not_supported",
    ),
    "GetPeriodicEventStream": Sample(
        {},
        "The charger has 1 event stream.",
        yes={"constantStreamData": [{"id": 1, "variableMonitoringId": 9, "params": {"interval": 10}}]},
        no={},
        no_words="The charger has 0 event streams.",
        no_state="accepted",
    ),
    "GetTariffs": Sample(
        {"evseId": 0},
        "The charger has 1 tariff there.",
        yes={"status": "Accepted", "tariffAssignments": [{"tariffId": "standard", "tariffKind": "DefaultTariff"}]},
        no={"status": "NoTariff"},
        no_words="The charger has no tariff there.",
        no_state="accepted",
    ),
    "NotifyWebPaymentStarted": Sample(
        {"evseId": 1, "timeout": 120},
        "The charger knows that a payment began.",
        yes={},
        no={},
        no_words="The charger knows that a payment began.",
        no_state="accepted",
    ),
    "NotifyAllowedEnergyTransfer": Sample(
        {"transactionId": "tx-1", "allowedEnergyTransfer": ["AC_three_phase"]},
        "The charger took the allowed kinds of energy transfer.",
    ),
    "RequestBatterySwap": Sample({"idToken": CARD, "requestId": 3}, "The charger is ready for the battery swap."),
    "Reset": replace(
        V201["Reset"], payload={"type": "ImmediateAndResume"}, yes=YES, yes_words="The charger will restart."
    ),
    "SetDERControl": Sample(
        {
            "isDefault": False,
            "controlId": "c-1",
            "controlType": "Gradients",
            "gradient": {"priority": 0, "gradient": 1.0, "softGradient": 1.0},
        },
        "The charger took the grid control.",
    ),
    "SetDefaultTariff": Sample(
        {"evseId": 0, "tariff": _TARIFF},
        "The charger took the tariff.",
        no={"status": "ConditionNotSupported"},
        no_words="The charger cannot follow a condition of the tariff.",
        no_state="not_supported",
    ),
    "SetNetworkProfile": Sample(
        {
            "configurationSlot": 1,
            "connectionData": {
                "ocppInterface": "Any",
                "ocppTransport": "JSON",
                "messageTimeout": 30,
                "ocppCsmsUrl": "wss://example.com/ocpp",
                "securityProfile": 2,
            },
        },
        "The network profile was stored.",
    ),
    "UpdateDynamicSchedule": Sample(
        {"chargingProfileId": 1, "scheduleUpdate": {"limit": 7.4}}, "The charger follows the new limit."
    ),
    "UsePriorityCharging": Sample(
        {"transactionId": "tx-1", "activate": True},
        "Priority charging was switched.",
        no={"status": "NoProfile"},
        no_words="The charger has no priority charging profile.",
    ),
}
SAMPLES = {"1.6": V16, "2.0.1": V201, "2.1": V21}
