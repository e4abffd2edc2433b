"""Every message that a charger may send, one row each: its content, and the fact that a page shows of it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from chargers.protocol.frames import Version

Payload = dict[str, Any]
OVERVIEW, LOGS, REPORTS = "/chargers/CP1/", "/chargers/CP1/logs/", "/chargers/CP1/reports/"
SETTINGS = "/chargers/CP1/configuration/"
V16, V201, V21 = Version.V16, Version.V201, Version.V21
BOTH_2X = (V201, V21)


def ago(**parts: float) -> str:
    at = datetime.now(tz=UTC) - timedelta(**parts)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True)
class Row:
    """A message. `before` is sent first; `answer` must be in the answer; `fact` must be on the page."""

    action: str
    payload: Payload
    fact: str
    versions: tuple[Version, ...] = BOTH_2X
    page: str = REPORTS
    answer: Payload = field(default_factory=dict)
    before: tuple[tuple[str, Payload], ...] = ()


CARD_2X = {"idToken": "04A1B2C3D4", "type": "ISO14443"}
START_16 = {"connectorId": 1, "idTag": "04A1B2C3D4", "meterStart": 1000, "timestamp": ago(minutes=30)}
STARTED = {
    "eventType": "Started", "timestamp": ago(minutes=30), "triggerReason": "Authorized", "seqNo": 0,
    "transactionInfo": {"transactionId": "T1"}, "evse": {"id": 1, "connectorId": 1}, "idToken": CARD_2X,
    "meterValue": [{"timestamp": ago(minutes=30), "sampledValue": [{"value": 1000}]}],
}  # fmt: skip
SCHEDULE = {
    "id": 1,
    "chargingRateUnit": "A",
    "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16.0}, {"startPeriod": 900, "limit": 10.5}],
}
PROFILE = {
    "id": 7,
    "stackLevel": 2,
    "chargingProfilePurpose": "TxDefaultProfile",
    "chargingProfileKind": "Absolute",
    "chargingSchedule": [SCHEDULE],
}
AVAILABLE = {"name": "EVSE", "evse": {"id": 1}}
HASHES = {"hashAlgorithm": "SHA256", "issuerNameHash": "aa", "issuerKeyHash": "bb", "serialNumber": "0C5E"}

MONITORS = {"requestId": 6, "seqNo": 0, "generatedAt": ago(minutes=1)}
WATCHES = "It watches by 1 monitor: EVSE.Temperature UpperThreshold 80"


def monitor(**more: str) -> Payload:
    watch = {"id": 1, "transaction": False, "value": 80.0, "type": "UpperThreshold", "severity": 3, **more}
    return {"component": AVAILABLE, "variable": {"name": "Temperature"}, "variableMonitoring": [watch]}


OF_16 = (
    Row("Authorize", {"idTag": "04A1B2C3D4"}, "04A1B2C3D4", page=LOGS,
        answer={"idTagInfo": {"status": "Accepted", "parentIdTag": "FAMILY"}}),
    Row("BootNotification", {"chargePointVendor": "Wallbox", "chargePointModel": "Copper", "firmwareVersion": "5.1"},
        "Booted: Wallbox Copper, firmware 5.1", answer={"status": "Accepted"}),
    Row("DataTransfer", {"vendorId": "com.acme", "messageId": "Temp", "data": "41 C"}, "com.acme “Temp”: 41 C",
        answer={"status": "UnknownVendorId"}),
    Row("DiagnosticsStatusNotification", {"status": "Uploaded"}, "Diagnostics: uploaded"),
    Row("FirmwareStatusNotification", {"status": "Downloaded"}, "Firmware: downloaded"),
    Row("Heartbeat", {}, "Heartbeat", page=LOGS),
    Row("LogStatusNotification", {"status": "PermissionDenied", "requestId": 4},
        "Log: the server did not let the charger in"),
    Row("MeterValues",
        {"connectorId": 1, "transactionId": 0, "meterValue": [{"timestamp": ago(minutes=1), "sampledValue": [
            {"value": "7.4", "measurand": "Power.Active.Import", "unit": "kW"}, {"value": "3250"}]}]},
        "2.250 kWh read at", page=OVERVIEW, before=(("StartTransaction", START_16),)),
    Row("SecurityEventNotification", {"type": "InvalidTLSVersion", "timestamp": ago(minutes=1)},
        "A connection with too old a TLS version was tried (InvalidTLSVersion)"),
    Row("SignedFirmwareStatusNotification", {"status": "InvalidSignature", "requestId": 5},
        "Firmware: its signature is not genuine, so it will not be installed"),
    Row("StartTransaction", START_16, "04A1B2C3D4</span> since", page=OVERVIEW),
    Row("StatusNotification", {"connectorId": 1, "status": "SuspendedEV", "errorCode": "NoError"},
        "Paused by the car", page=OVERVIEW),
    Row("StopTransaction",
        {"transactionId": 0, "idTag": "04A1B2C3D4", "meterStop": 9250, "timestamp": ago(minutes=1),
         "reason": "EVDisconnected"},
        "8.250 kWh", page=OVERVIEW, before=(("StartTransaction", START_16),)),
)  # fmt: skip

OF_2X = (
    Row("Authorize", {"idToken": CARD_2X}, "04A1B2C3D4", page=LOGS),
    Row("BootNotification", {"reason": "Watchdog", "chargingStation": {"model": "M1", "vendorName": "Alfen"}},
        "Booted: Alfen M1, firmware not reported (Watchdog)", answer={"status": "Accepted"}),
    Row("ClearedChargingLimit", {"chargingLimitSource": "EMS", "evseId": 1},
        "The limit set by the energy management system on EVSE 1 was lifted"),
    Row("DataTransfer", {"vendorId": "com.acme", "data": {"a": 1}}, "com.acme: {\"a\":1}",
        answer={"status": "UnknownVendorId"}),
    Row("FirmwareStatusNotification", {"status": "InstallRebooting", "requestId": 8},
        "Firmware: restarting to install it"),
    Row("Get15118EVCertificate",
        {"iso15118SchemaVersion": "urn:iso:15118:2:2013:MsgDef", "action": "Install", "exiRequest": "gAA="},
        "A car asked for its contract certificate (Plug & Charge): answered Failed",
        answer={"status": "Failed", "exiResponse": ""}),
    Row("GetCertificateStatus", {"ocspRequestData": {**HASHES, "responderURL": "http://ocsp.example"}},
        "It asked whether certificate 0C5E is still valid: answered Failed", answer={"status": "Failed"}),
    Row("Heartbeat", {}, "Heartbeat", page=LOGS),
    Row("LogStatusNotification", {"status": "Uploading", "requestId": 9}, "Log: uploading"),
    Row("MeterValues", {"evseId": 1, "meterValue": [{"timestamp": ago(minutes=1), "sampledValue": [{"value": 5250}]}]},
        "5.250 kWh on the meter", answer={}),
    Row("NotifyChargingLimit",
        {"evseId": 1, "chargingLimit": {"chargingLimitSource": "SO", "isGridCritical": True},
         "chargingSchedule": [SCHEDULE]},
        "The grid operator limits EVSE 1: 2 steps, at most 16 A, because the grid is in danger"),
    Row("NotifyCustomerInformation",
        {"data": "token 04A1", "seqNo": 0, "generatedAt": ago(minutes=1), "requestId": 3, "tbc": True},
        "Data that it keeps about a customer: 10 characters (more follow)"),
    Row("NotifyDisplayMessages",
        {"requestId": 3, "messageInfo": [{"id": 2, "priority": "InFront",
                                          "message": {"format": "UTF8", "content": "Welcome"}}]},
        "On its screen: no. 2 “Welcome” (in front)"),
    Row("NotifyEVChargingNeeds",
        {"evseId": 1, "chargingNeeds": {"requestedEnergyTransfer": "AC_three_phase", "acChargingParameters": {
            "energyAmount": 20500, "evMinCurrent": 6, "evMaxCurrent": 16, "evMaxVoltage": 400}}},
        "The car at EVSE 1 asks for 20.5 kWh (AC, three phases); it was asked to charge without a schedule"),
    Row("NotifyEVChargingSchedule", {"timeBase": ago(minutes=1), "evseId": 1, "chargingSchedule": SCHEDULE},
        "The car at EVSE 1 means to charge by a schedule of its own: 2 steps, at most 16 A",
        answer={"status": "Accepted"}),
    Row("NotifyEvent",
        {"generatedAt": ago(minutes=1), "seqNo": 0, "eventData": [
            {"eventId": 1, "timestamp": ago(minutes=1), "trigger": "Alerting", "actualValue": "81.5",
             "eventNotificationType": "CustomMonitor", "component": AVAILABLE,
             "variable": {"name": "Temperature"}}]},
        "EVSE of EVSE 1: Temperature is 81.5"),
    Row("NotifyMonitoringReport", {**MONITORS, "monitor": [monitor()]}, WATCHES, versions=(V201,)),
    Row("NotifyMonitoringReport", {**MONITORS, "monitor": [monitor(eventNotificationType="CustomMonitor")]}, WATCHES,
        versions=(V21,)),
    Row("NotifyReport",
        {"requestId": 2, "generatedAt": ago(minutes=1), "seqNo": 0, "reportData": [
            {"component": {"name": "AuthCtrlr"}, "variable": {"name": "Enabled"},
             "variableAttribute": [{"value": "true"}]}]},
        "AuthCtrlr.Enabled", page=SETTINGS),
    Row("PublishFirmwareStatusNotification",
        {"status": "Published", "requestId": 8, "location": ["http://10.0.0.2/fw.bin"]},
        "Firmware for chargers nearby: published to the chargers nearby at http://10.0.0.2/fw.bin"),
    Row("ReportChargingProfiles",
        {"requestId": 4, "chargingLimitSource": "CSO", "evseId": 1, "chargingProfile": [PROFILE]},
        "1 charging profile on EVSE 1, set by the operator: TxDefaultProfile 7, level 2, 2 steps, at most 16 A"),
    Row("ReservationStatusUpdate", {"reservationId": 12, "reservationUpdateStatus": "Expired"},
        "Reservation 12 has expired"),
    Row("SecurityEventNotification", {"type": "SettingSystemTime", "timestamp": ago(minutes=1), "techInfo": "NTP"},
        "Its clock was set (SettingSystemTime: NTP)"),
    Row("StatusNotification",
        {"timestamp": ago(seconds=1), "connectorStatus": "Faulted", "evseId": 1, "connectorId": 1},
        "Faulted", page=OVERVIEW),
    Row("TransactionEvent",
        {"eventType": "Ended", "timestamp": ago(minutes=1), "triggerReason": "EVDeparted", "seqNo": 1,
         "transactionInfo": {"transactionId": "T1", "stoppedReason": "EVDisconnected"},
         "meterValue": [{"timestamp": ago(minutes=1), "sampledValue": [{"value": 7250}]}]},
        "6.250 kWh", page=OVERVIEW, before=(("TransactionEvent", STARTED),)),
)  # fmt: skip

STREAM = {"constantStreamData": {"id": 5, "variableMonitoringId": 77, "params": {"interval": 30, "values": 2}}}
OF_21 = (
    Row("BatterySwap",
        {"batteryData": [{"evseId": 1, "serialNumber": "B-17", "soC": 80.5, "soH": 97}], "eventType": "BatteryIn",
         "idToken": CARD_2X, "requestId": 3},
        "Battery B-17 at 80.5 % in EVSE 1 was put in, with card 04A1B2C3D4", versions=(V21,)),
    Row("ClosePeriodicEventStream", {"id": 5}, "Stream 5 ended", versions=(V21,),
        before=(("OpenPeriodicEventStream", STREAM),)),
    Row("GetCertificateChainStatus",
        {"certificateStatusRequests": [
            {"certificateHashData": HASHES, "source": "OCSP", "urls": ["http://ocsp.example"]}]},
        "It asked whether the certificates 0C5E are still valid: answered Failed", versions=(V21,)),
    Row("NotifyDERAlarm",
        {"controlType": "VoltVar", "gridEventFault": "OverVoltage", "timestamp": ago(minutes=1)},
        "Grid alarm on: voltage too high, control VoltVar", versions=(V21,)),
    Row("NotifyDERStartStop",
        {"controlId": "c1", "started": True, "timestamp": ago(minutes=1), "supersededIds": ["c0"]},
        "Grid control c1 began in place of c0", versions=(V21,)),
    Row("NotifyPeriodicEventStream",
        {"id": 5, "pending": 3, "basetime": ago(minutes=1), "data": [{"t": 0, "v": "21.5"}, {"t": 30, "v": "22.25"}]},
        "22.25", versions=(V21,), before=(("OpenPeriodicEventStream", STREAM),)),
    Row("NotifyPriorityCharging", {"transactionId": "T9", "activated": True},
        "Priority charging began in transaction T9", versions=(V21,)),
    Row("NotifySettlement",
        {"pspRef": "PSP-1", "status": "Settled", "settlementAmount": 12.5, "settlementTime": ago(minutes=1),
         "receiptId": "R-9"},
        "Payment PSP-1 of 12.5 was settled (receipt R-9)", versions=(V21,)),
    Row("NotifyWebPaymentStarted", {"evseId": 1, "timeout": 60},
        "A web payment for EVSE 1 began; it waits 60 s for it", versions=(V21,)),
    Row("OpenPeriodicEventStream", STREAM, "Stream 5 of monitor 77 began, every 30 s", versions=(V21,),
        answer={"status": "Accepted"}),
    Row("PullDynamicScheduleUpdate", {"chargingProfileId": 4},
        "It asked for the present limit of charging profile 4: answered Rejected", versions=(V21,),
        answer={"status": "Rejected"}),
    Row("ReportDERControl",
        {"requestId": 6, "enterService": [{"id": "e1", "enterService": {
            "priority": 1, "highVoltage": 253, "lowVoltage": 207, "highFreq": 50.2, "lowFreq": 49.5}}]},
        "Grid controls that it holds: 1 enterService", versions=(V21,)),
    Row("VatNumberValidation", {"vatNumber": "NL8537B01", "evseId": 1},
        "It asked whether VAT number NL8537B01 is valid: answered Rejected", versions=(V21,),
        answer={"vatNumber": "NL8537B01", "status": "Rejected", "evseId": 1}),
)  # fmt: skip


def rows() -> list[tuple[Version, Row]]:
    of_16 = [(V16, row) for row in OF_16]
    return [*of_16, *((version, row) for row in (*OF_2X, *OF_21) for version in row.versions)]
