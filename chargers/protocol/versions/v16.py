"""OCPP 1.6: payload -> event, reply -> payload; one table from the action to its pair of functions.

Pure. Connector n of a 1.6 charger is EVSE n; connector 0 is the charger itself.
"""

from collections.abc import Callable
from datetime import datetime
from typing import assert_never

from chargers.protocol import fields
from chargers.protocol.events import (
    Acknowledged,
    AuthorizeAnswered,
    AuthorizeRequested,
    BootAnswered,
    BootReported,
    CertificateRequestAnswered,
    CertificateRequested,
    ChainStatusAnswered,
    ContractAnswered,
    DataTransferAnswered,
    Event,
    HeartbeatAnswered,
    HeartbeatReceived,
    MeterValuesReported,
    Misfit,
    Reply,
    SecurityEventReported,
    StatusAnswered,
    StatusReported,
    TokenAnswer,
    TransactionAnswered,
    TransactionEnded,
    TransactionStarted,
    Understood,
    VatAnswered,
)
from chargers.protocol.fields import MissingFieldError, Reader, SampledNumber, Zone
from chargers.protocol.frames import Payload, Version
from chargers.protocol.versions import notices, translator
from chargers.protocol.versions.translator import stamp

_INT32 = 2**31 - 1


def read(action: str, payload: Payload, *, now: datetime, zone: Zone | None = None) -> Understood | Misfit:
    """Translates a charger's call. `now` is the time of receipt, which decides which stated times are plausible."""
    return translator.read(action, payload, version=Version.V16, table=_TABLE, now=now, zone=zone)


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
            return {"idTagInfo": _id_tag_info(reply.token)}
        case TransactionAnswered():
            token = {"idTagInfo": _id_tag_info(reply.token)} if reply.token else {}
            return token if reply.transaction_id is None else {**token, "transactionId": reply.transaction_id}
        case DataTransferAnswered():
            return {"status": reply.status.value}
        case StatusAnswered() | ContractAnswered() | VatAnswered() | ChainStatusAnswered():
            raise ValueError("OCPP 1.6 has no question with such an answer")
        case CertificateRequestAnswered():
            return {"status": "Rejected" if reply.fault else "Accepted"}
        case _:
            assert_never(reply)


def _id_tag_info(token: TokenAnswer) -> Payload:
    info: Payload = {"status": token.status_16}
    if token.expires_at:
        info["expiryDate"] = stamp(token.expires_at)
    if token.parent:
        info["parentIdTag"] = token.parent[:20]
    return info


def _boot(payload: Payload, reader: Reader) -> Event:
    return BootReported(
        vendor=fields.text(payload.get("chargePointVendor")),
        model=fields.text(payload.get("chargePointModel")),
        serial_number=fields.text(payload.get("chargePointSerialNumber"))
        or fields.text(payload.get("chargeBoxSerialNumber")),
        firmware_version=fields.text(payload.get("firmwareVersion")),
        iccid=fields.text(payload.get("iccid")),
        imsi=fields.text(payload.get("imsi")),
        meter_type=fields.text(payload.get("meterType")),
        meter_serial_number=fields.text(payload.get("meterSerialNumber")),
        reason="",
    )


def _heartbeat(payload: Payload, reader: Reader) -> Event:
    return HeartbeatReceived()


def _status(payload: Payload, reader: Reader) -> Event:
    return StatusReported(
        evse=fields.require(fields.count(payload.get("connectorId")), "connectorId") or None,
        connector=None,
        status=fields.require(fields.text(payload.get("status"), 50), "status"),
        error_code=fields.text(payload.get("errorCode")),
        vendor_error_code=fields.text(payload.get("vendorErrorCode")),
        info=fields.text(payload.get("info")),
        vendor_id=fields.text(payload.get("vendorId")),
        time=reader.time(payload.get("timestamp"), "timestamp"),
    )


def _authorize(payload: Payload, reader: Reader) -> Event:
    return AuthorizeRequested(fields.require(fields.token_16(payload.get("idTag")), "idTag"))


def _start(payload: Payload, reader: Reader) -> Event:
    """Reads a start. An empty idTag is no token; without an idTag it cannot be a start (OCPP 1.6 4.8)."""
    if payload.get("idTag") is None:
        raise MissingFieldError("idTag")
    return TransactionStarted(
        transaction_id=None,
        evse=fields.require(fields.count(payload.get("connectorId")), "connectorId") or None,
        connector=None,
        id_token=fields.token_16(payload.get("idTag")),
        meter_start_wh=_register(payload, "meterStart", reader),
        time=reader.time(payload.get("timestamp"), "timestamp"),
        reservation_id=fields.integer(payload.get("reservationId"), limit=_INT32),
    )


def _meter_values(payload: Payload, reader: Reader) -> Event:
    return MeterValuesReported(
        evse=fields.count(payload.get("connectorId")) or None,
        transaction_id=_transaction_id(payload.get("transactionId")),
        readings=fields.readings(payload.get("meterValue"), reader=reader, path="meterValue", sample=_sample),
    )


def _stop(payload: Payload, reader: Reader) -> Event:
    """Reads a stop. Never a misfit: a session must end, even if the message lacks mandatory fields (OCPP 1.6 4.10)."""
    return TransactionEnded(
        transaction_id=_transaction_id(payload.get("transactionId")),
        stated_id=fields.text(payload.get("transactionId")),
        id_token=fields.token_16(payload.get("idTag")),
        meter_stop_wh=_register(payload, "meterStop", reader),
        reason=fields.text(payload.get("reason"), 50) or "Local",
        time=reader.time(payload.get("timestamp"), "timestamp"),
        readings=fields.readings(payload.get("transactionData"), reader=reader, path="transactionData", sample=_sample),
    )


def _security_event(payload: Payload, reader: Reader) -> Event:
    return SecurityEventReported(
        type=fields.require(fields.text(payload.get("type")), "type"),
        tech_info=fields.text(payload.get("techInfo")),
        time=reader.time(payload.get("timestamp"), "timestamp"),
    )


def _sign_certificate(payload: Payload, reader: Reader) -> Event:
    """Reads a certificate request (OCPP 1.6 security whitepaper A02)."""
    csr = fields.require(fields.text(payload.get("csr"), limit=5500), "csr")
    return CertificateRequested(csr=csr, use="", request_id=None)


def _register(payload: Payload, name: str, reader: Reader) -> int | None:
    """Returns the register in whole Wh, rounded; None if it is impossible."""
    register_wh = reader.decimal(payload.get(name), name)
    if register_wh is None or not 0 <= register_wh <= fields.MAX_REGISTER_WH:
        reader.note(name, f"{name} makes no sense: write the energy register in Wh.")
        return None
    return round(register_wh)


def _transaction_id(value: object) -> str | None:
    """Returns the transaction id.

    Ids of 0 and below mean none; so does 2^63-1, which some firmware sends outside a transaction.
    """
    number = fields.integer(value)
    if number is not None:
        return str(number) if 0 < number < fields.MAX_INT else None
    return fields.text(value).strip() or None


def _sample(raw: Payload, reader: Reader, path: str) -> SampledNumber:
    factor = fields.unit_factor(fields.text(raw.get("unit")), reader, f"{path}.unit")
    value = reader.decimal(raw.get("value"), f"{path}.value")
    return SampledNumber(
        phase=fields.text(raw.get("phase")),
        location=fields.text(raw.get("location")),
        value=None if value is None or factor is None else value * factor if factor != 1 else value,
    )


_TABLE: dict[str, Callable[[Payload, Reader], Event]] = {
    "BootNotification": _boot,
    "Heartbeat": _heartbeat,
    "StatusNotification": _status,
    "Authorize": _authorize,
    "StartTransaction": _start,
    "MeterValues": _meter_values,
    "StopTransaction": _stop,
    "DataTransfer": notices.data_transfer,
    "SecurityEventNotification": _security_event,
    **notices.TABLE_16,
    "SignCertificate": _sign_certificate,
}
