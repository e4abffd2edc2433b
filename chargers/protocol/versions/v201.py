"""OCPP 2.0.1: payload -> event, reply -> payload; one table from the action to its pair of functions.

Pure. OCPP 2.1 differs little; `v21` builds on this module.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import assert_never

from chargers.protocol import fields
from chargers.protocol.events import (
    Acknowledged,
    AskedCertificate,
    AuthorizeAnswered,
    AuthorizeRequested,
    BootAnswered,
    BootReported,
    CertificateRequestAnswered,
    CertificateRequested,
    ChainStatusAnswered,
    Contract,
    ContractAnswered,
    DataTransferAnswered,
    Event,
    EventsReported,
    HeartbeatAnswered,
    HeartbeatReceived,
    MeterReading,
    MeterValuesReported,
    Misfit,
    MonitoredEvent,
    Reply,
    ReportedVariable,
    SecurityEventReported,
    StatedTime,
    StatusAnswered,
    StatusReported,
    TokenAnswer,
    TransactionAnswered,
    TransactionEnded,
    TransactionStarted,
    TransactionUpdated,
    Understood,
    VariablesReported,
    VatAnswered,
)
from chargers.protocol.fields import MissingFieldError, Reader, SampledNumber, Zone
from chargers.protocol.frames import Payload, Version, dump_json
from chargers.protocol.versions import notices, notices_v201, translator
from chargers.protocol.versions.translator import stamp

_MAX_MULTIPLIER = 12
_MAX_INFO = 512
_GROUP_TOKEN_TYPE = "Central"  # noqa: S105 - a type of token


def read(action: str, payload: Payload, *, now: datetime, zone: Zone | None = None) -> Understood | Misfit:
    """Translates a charging station's call.

    `now` is the time of receipt, which decides which stated times are plausible.
    """
    return translator.read(action, payload, version=Version.V201, table=TABLE, now=now, zone=zone)


def answer(reply: Reply) -> Payload:
    """Returns the payload of the CALLRESULT."""
    match reply:
        case BootAnswered():
            return {"status": reply.status.value, "currentTime": stamp(reply.now), "interval": reply.interval_s}
        case HeartbeatAnswered():
            return {"currentTime": stamp(reply.now)}
        case Acknowledged():
            return {}
        case AuthorizeAnswered():
            certificate = {"certificateStatus": reply.certificate_status} if reply.certificate_status else {}
            return {"idTokenInfo": _id_token_info(reply.token), **certificate}
        case TransactionAnswered():
            return {"idTokenInfo": _id_token_info(reply.token)} if reply.token else {}
        case DataTransferAnswered():
            return {"status": reply.status.value}
        case StatusAnswered():
            return {"status": reply.status, **_status_info(reply.code, reply.words)}
        case ContractAnswered():
            return {"status": "Failed", "exiResponse": "", **_status_info("NoProvider", reply.words)}
        case VatAnswered():
            evse = {} if reply.evse is None else {"evseId": reply.evse}
            facts = {"vatNumber": reply.number, "status": "Rejected", **evse}
            return {**facts, **_status_info("NotChecked", reply.words)}
        case ChainStatusAnswered():
            until = stamp(reply.ask_again_at)
            return {
                "certificateStatus": [
                    _unknown_status(asked_certificate, until) for asked_certificate in reply.certificates
                ]
            }
        case CertificateRequestAnswered(fault=""):
            return {"status": "Accepted"}
        case CertificateRequestAnswered():
            return {"status": "Rejected", "statusInfo": {"reasonCode": "InvalidCSR", "additionalInfo": reply.fault}}
        case _:
            assert_never(reply)


def _status_info(code: str, words: str) -> Payload:
    return {"statusInfo": {"reasonCode": code[:20], "additionalInfo": words[:_MAX_INFO]}} if code else {}


def _unknown_status(certificate: AskedCertificate, until: str) -> Payload:
    hashes = {
        "hashAlgorithm": certificate.algorithm,
        "issuerNameHash": certificate.issuer_name_hash,
        "issuerKeyHash": certificate.issuer_key_hash,
        "serialNumber": certificate.serial_number,
    }
    return {"certificateHashData": hashes, "source": certificate.source, "status": "Failed", "nextUpdate": until}


def _id_token_info(token: TokenAnswer) -> Payload:
    info: Payload = {"status": token.status_2x}
    if token.expires_at:
        info["cacheExpiryDateTime"] = stamp(token.expires_at)
    if token.parent:
        info["groupIdToken"] = {"idToken": token.parent[:36], "type": _GROUP_TOKEN_TYPE}
    return info


def _boot(payload: Payload, reader: Reader) -> Event:
    station = fields.section(payload, "chargingStation")
    modem = fields.section(station, "modem")
    return BootReported(
        vendor=fields.text(station.get("vendorName")),
        model=fields.text(station.get("model")),
        serial_number=fields.text(station.get("serialNumber")),
        firmware_version=fields.text(station.get("firmwareVersion")),
        iccid=fields.text(modem.get("iccid")),
        imsi=fields.text(modem.get("imsi")),
        meter_type="",
        meter_serial_number="",
        reason=fields.text(payload.get("reason"), 50),
    )


def _heartbeat(payload: Payload, reader: Reader) -> Event:
    return HeartbeatReceived()


def _status(payload: Payload, reader: Reader) -> Event:
    return _status_of(
        evse=fields.require(fields.count(payload.get("evseId")), "evseId"),
        connector=fields.count(payload.get("connectorId")),
        status=fields.require(fields.text(payload.get("connectorStatus"), 50), "connectorStatus"),
        time=reader.time(payload.get("timestamp"), "timestamp"),
    )


def _status_of(*, evse: int, connector: int | None, status: str, time: StatedTime) -> StatusReported:
    return StatusReported(
        evse=evse or None,
        connector=connector or None,
        status=status,
        error_code="",
        vendor_error_code="",
        info="",
        vendor_id="",
        time=time,
    )


def _authorize(payload: Payload, reader: Reader) -> Event:
    contract = Contract.HASHES if payload.get("iso15118CertificateHashData") else Contract.NONE
    if payload.get("certificate"):
        contract = Contract.WHOLE
    return AuthorizeRequested(fields.require(fields.token_2x(payload.get("idToken")), "idToken"), contract)


def _transaction_event(payload: Payload, reader: Reader) -> Event:
    match fields.text(payload.get("eventType")):
        case "Started":
            return _parse_transaction_start(payload, reader)
        case "Updated":
            return _parse_transaction_update(payload, reader)
        case "Ended":
            return _parse_transaction_end(payload, reader)
        case _:
            raise MissingFieldError("eventType")


def _parse_transaction_start(payload: Payload, reader: Reader) -> Event:
    transaction = fields.section(payload, "transactionInfo")
    values = _readings(payload, reader)
    evse, connector = _outlet(payload)
    return TransactionStarted(
        transaction_id=_required_id(payload),
        evse=evse,
        connector=connector,
        id_token=fields.token_2x(payload.get("idToken")),
        meter_start_wh=_register(values, context="Transaction.Begin", fallback=0),
        time=reader.time(payload.get("timestamp"), "timestamp"),
        offline=fields.boolean(payload.get("offline")),
        seq_no=fields.integer(payload.get("seqNo")),
        remote_start_id=fields.integer(transaction.get("remoteStartId")),
        reservation_id=fields.integer(payload.get("reservationId")),
        charging_state=fields.text(transaction.get("chargingState"), 30),
        trigger=fields.text(payload.get("triggerReason"), 50),
        readings=values,
        no_authorization=fields.is_no_authorization(payload.get("idToken")),
    )


def _parse_transaction_update(payload: Payload, reader: Reader) -> Event:
    transaction = fields.section(payload, "transactionInfo")
    evse, connector = _outlet(payload)
    return TransactionUpdated(
        transaction_id=_required_id(payload),
        evse=evse,
        connector=connector,
        id_token=fields.token_2x(payload.get("idToken")),
        time=reader.time(payload.get("timestamp"), "timestamp"),
        offline=fields.boolean(payload.get("offline")),
        seq_no=fields.integer(payload.get("seqNo")),
        remote_start_id=fields.integer(transaction.get("remoteStartId")),
        charging_state=fields.text(transaction.get("chargingState"), 30),
        trigger=fields.text(payload.get("triggerReason"), 50),
        readings=_readings(payload, reader),
    )


def _parse_transaction_end(payload: Payload, reader: Reader) -> Event:
    """Reads an end. Never a misfit: a session must end, even if the message lacks mandatory fields."""
    transaction = fields.section(payload, "transactionInfo")
    values = _readings(payload, reader)
    evse, connector = _outlet(payload)
    raw_id = fields.text(transaction.get("transactionId"))
    return TransactionEnded(
        transaction_id=raw_id.strip() or None,
        stated_id=raw_id,
        id_token=fields.token_2x(payload.get("idToken")),
        meter_stop_wh=_register(values, context="Transaction.End", fallback=-1),
        reason=fields.text(transaction.get("stoppedReason"), 50) or "Local",
        time=reader.time(payload.get("timestamp"), "timestamp"),
        evse=evse,
        connector=connector,
        offline=fields.boolean(payload.get("offline")),
        seq_no=fields.integer(payload.get("seqNo")),
        remote_start_id=fields.integer(transaction.get("remoteStartId")),
        charging_state=fields.text(transaction.get("chargingState"), 30),
        trigger=fields.text(payload.get("triggerReason"), 50),
        readings=values,
        no_authorization=fields.is_no_authorization(payload.get("idToken")),
    )


def _meter_values(payload: Payload, reader: Reader) -> Event:
    return MeterValuesReported(
        evse=fields.count(payload.get("evseId")) or None,
        transaction_id=None,
        readings=_readings(payload, reader),
    )


def _report(payload: Payload, reader: Reader) -> Event:
    return VariablesReported(
        request_id=fields.integer(payload.get("requestId")),
        seq_no=fields.integer(payload.get("seqNo")),
        more_follows=fields.boolean(payload.get("tbc")),
        variables=tuple(
            variable for entry in fields.entries(payload.get("reportData")) for variable in _variables(entry)
        ),
    )


def _variables(entry: Payload) -> list[ReportedVariable]:
    component, variable = fields.section(entry, "component"), fields.section(entry, "variable")
    evse, connector = _outlet(component)
    attributes = [
        ReportedVariable(
            component=fields.text(component.get("name"), 100),
            component_instance=fields.text(component.get("instance"), 100),
            evse=evse,
            connector=connector,
            name=fields.text(variable.get("name"), 100),
            instance=fields.text(variable.get("instance"), 100),
            attribute=fields.text(attribute.get("type"), 10) or "Actual",
            value=None if attribute.get("value") is None else fields.text(attribute["value"], 2500),
            mutability=fields.text(attribute.get("mutability"), 20),
        )
        for attribute in fields.entries(entry.get("variableAttribute"))
        if fields.text(variable.get("name"))
    ]
    return attributes + _room(attributes, fields.section(entry, "variableCharacteristics"))


def _room(reported: list[ReportedVariable], characteristics: Payload) -> list[ReportedVariable]:
    """Returns the capacity of the local list, reported as a characteristic (OCPP 2.0.1 part 2,
    LocalAuthListCtrlr.Entries).

    Returned as the attribute MaxSet, which a station may also report, so that one setting covers both.
    """
    max_entries = fields.integer(characteristics.get("maxLimit"))
    is_list = any((variable.component, variable.name) == ("LocalAuthListCtrlr", "Entries") for variable in reported)
    if (
        max_entries is None
        or not is_list
        or any(reported_variable.attribute == "MaxSet" for reported_variable in reported)
    ):
        return []
    return [replace(reported[0], attribute="MaxSet", value=str(max_entries), mutability="ReadOnly")]


def _events(payload: Payload, reader: Reader) -> Event:
    return EventsReported(
        tuple(
            _parse_monitored_event(entry, reader=reader, path=f"eventData.{index}")
            for index, entry in enumerate(fields.entries(payload.get("eventData")))
        )
    )


def _parse_monitored_event(entry: Payload, *, reader: Reader, path: str) -> MonitoredEvent:
    component, variable = fields.section(entry, "component"), fields.section(entry, "variable")
    evse, connector = _outlet(component)
    time = reader.time(entry.get("timestamp"), f"{path}.timestamp")
    name, variable_name = fields.text(component.get("name"), 50), fields.text(variable.get("name"), 50)
    value = fields.text(entry.get("actualValue"), 100)
    evse_text = f" of EVSE {evse}" if evse else ""
    status = None
    if (name, variable_name) == ("Connector", "AvailabilityState") and evse and value:
        status = _status_of(evse=evse, connector=connector, status=value[:50], time=time)
    cleared = " (cleared)" if fields.boolean(entry.get("cleared")) else ""
    tech = fields.text(entry.get("techInfo"), 100) or fields.text(entry.get("techCode"), 50)
    return MonitoredEvent(
        time=time,
        summary=f"{name}{evse_text}: {variable_name} is {value}{cleared}{f'. {tech}' if tech else ''}",
        payload=dump_json(entry),
        trigger=fields.text(entry.get("trigger"), 20),
        evse=evse,
        transaction_id=fields.text(entry.get("transactionId")),
        status=status,
    )


def _security_event(payload: Payload, reader: Reader) -> Event:
    return SecurityEventReported(
        type=fields.require(fields.text(payload.get("type")), "type"),
        tech_info=fields.text(payload.get("techInfo")),
        time=reader.time(payload.get("timestamp"), "timestamp"),
    )


def _sign_certificate(payload: Payload, reader: Reader) -> Event:
    return CertificateRequested(
        csr=fields.require(fields.text(payload.get("csr"), limit=5500), "csr"),
        use=fields.text(payload.get("certificateType"), 40),
        request_id=fields.integer(payload.get("requestId")),
    )


def _required_id(payload: Payload) -> str:
    raw_id = fields.section(payload, "transactionInfo").get("transactionId")
    return fields.require(fields.text(raw_id).strip(), "transactionInfo.transactionId")


def _outlet(payload: Payload) -> tuple[int | None, int | None]:
    evse = fields.section(payload, "evse")
    return fields.count(evse.get("id")) or None, fields.count(evse.get("connectorId")) or None


def _readings(payload: Payload, reader: Reader) -> tuple[MeterReading, ...]:
    return fields.readings(payload.get("meterValue"), reader=reader, path="meterValue", sample=_sample)


def _register(values: tuple[MeterReading, ...], *, context: str, fallback: int) -> int | None:
    """Returns the energy register sampled for this end of the transaction; else the outermost one."""
    registers = [value for value in values if value.register_wh is not None]
    marked = [value for value in registers if value.context == context]
    candidates = marked or registers
    return candidates[fallback].register_wh if candidates else None


def _sample(raw: Payload, reader: Reader, path: str) -> SampledNumber:
    unit = fields.section(raw, "unitOfMeasure")
    factor = fields.unit_factor(fields.text(unit.get("unit")), reader, f"{path}.unitOfMeasure.unit")
    multiplier = fields.integer(unit.get("multiplier")) or 0
    value = reader.decimal(raw.get("value"), f"{path}.value")
    is_usable = value is not None and factor is not None and abs(multiplier) <= _MAX_MULTIPLIER
    return SampledNumber(
        phase=fields.text(raw.get("phase")),
        location=fields.text(raw.get("location")),
        value=value.scaleb(multiplier) * factor if is_usable and value is not None and factor is not None else None,
    )


TABLE: dict[str, Callable[[Payload, Reader], Event]] = {
    "BootNotification": _boot,
    "Heartbeat": _heartbeat,
    "StatusNotification": _status,
    "Authorize": _authorize,
    "TransactionEvent": _transaction_event,
    "MeterValues": _meter_values,
    "DataTransfer": notices.data_transfer,
    "NotifyReport": _report,
    "NotifyEvent": _events,
    "SecurityEventNotification": _security_event,
    **notices_v201.TABLE,
    "SignCertificate": _sign_certificate,
}
