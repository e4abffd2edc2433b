"""Notices of 2.1 stations only: batteries, the grid, payments, streams of values. Pure."""

from datetime import timedelta

from chargers.protocol import fields
from chargers.protocol.events import (
    AskedCertificate,
    ChainStatusAnswered,
    Event,
    NoticeReceived,
    Proof,
    StatusAnswered,
    StreamClosed,
    StreamOpened,
    StreamReported,
    StreamSample,
    Topic,
    VatAnswered,
)
from chargers.protocol.fields import MissingFieldError, Reader
from chargers.protocol.frames import Payload, dump_json
from chargers.protocol.versions import notices, notices_v201
from chargers.protocol.versions.notices import (
    Understand,
    amount,
    describe_evse,
    matching,
    more_follow_suffix,
    outlet,
    request_id,
    stated_at,
)
from chargers.protocol.versions.notices_v201 import part_proof, render_name_list

_ALGORITHMS = frozenset(("SHA256", "SHA384", "SHA512"))
_ASK_AGAIN_AFTER = timedelta(days=1)
_MAX_CERTIFICATES = 4
_MAX_SAMPLES = 1000
_LONGEST_S = 10**9
_SWAPS = {
    "BatteryIn": "was put in",
    "BatteryOut": "was taken out",
    "BatteryOutTimeout": "was not taken out in time",
}
_SETTLEMENTS = {
    "Settled": "was settled",
    "Canceled": "was cancelled",
    "Rejected": "was rejected by the payment terminal",
    "Failed": "could not be settled",
}
_GRID_FAULTS = {
    "CurrentImbalance": "current imbalance",
    "LocalEmergency": "local emergency",
    "LowInputPower": "low input power",
    "OverCurrent": "current too high",
    "OverFrequency": "frequency too high",
    "OverVoltage": "voltage too high",
    "PhaseRotation": "phase rotation",
    "RemoteEmergency": "remote emergency",
    "UnderFrequency": "frequency too low",
    "UnderVoltage": "voltage too low",
    "VoltageImbalance": "voltage imbalance",
}


def _battery_swap(payload: Payload, reader: Reader) -> Event:
    """Reads S: batteries are inserted or removed."""
    status, batteries = fields.text(payload.get("eventType"), 40), fields.entries(payload.get("batteryData"))
    token = fields.token_2x(payload.get("idToken"))
    names = [_battery(battery) for battery in batteries]
    by = f", with card {token.text}" if token else ""
    number = request_id(payload)
    return NoticeReceived(
        kind="BatterySwap",
        topic=Topic.GRID,
        time=stated_at(payload, reader),
        payload=dump_json(payload),
        state=status,
        summary=f"Battery {render_name_list(names) or '?'} {_SWAPS.get(status, status)}{by}",
        request_id=number,
        evse=outlet(batteries[0]) if batteries else None,
        proof=Proof(("RequestBatterySwap",), matching(requestId=number)),
    )


def _battery(entry: Payload) -> str:
    serial_number = fields.text(entry.get("serialNumber"), 50)
    return f"{serial_number} at {amount(entry.get('soC'))} % in {describe_evse(outlet(entry))}"


def _grid_alarm(payload: Payload, reader: Reader) -> Event:
    """Reads R: a grid event touches a DER control."""
    fault, control = fields.text(payload.get("gridEventFault"), 40), fields.text(payload.get("controlType"), 40)
    fault_text = _GRID_FAULTS.get(fault, fault) or "unnamed"
    ended = fields.boolean(payload.get("alarmEnded"))
    extra = fields.text(payload.get("extraInfo"), 100)
    return NoticeReceived(
        kind="NotifyDERAlarm",
        topic=Topic.GRID,
        time=stated_at(payload, reader),
        payload=dump_json(payload),
        summary=f"Grid alarm {'over' if ended else 'on'}: {fault_text}, control {control}"
        + (f" ({extra})" if extra else ""),
        state="Ended" if ended else "Alarm",
    )


def _grid_control(payload: Payload, reader: Reader) -> Event:
    started, name = fields.boolean(payload.get("started")), fields.text(payload.get("controlId"), 40)
    superseded_ids = payload.get("supersededIds")
    replaced = (
        [fields.text(control_id, 40) for control_id in superseded_ids] if isinstance(superseded_ids, list) else []
    )
    instead = f" in place of {render_name_list(replaced)}" if replaced else ""
    return NoticeReceived(
        kind="NotifyDERStartStop",
        topic=Topic.GRID,
        time=stated_at(payload, reader),
        payload=dump_json(payload),
        summary=f"Grid control {name} {'began' if started else 'ended'}{instead}",
        state="Started" if started else "Stopped",
    )


def _grid_controls(payload: Payload, reader: Reader) -> Event:
    """Reads R04: the DER controls in the station."""
    counts = {key: len(fields.entries(value)) for key, value in payload.items() if isinstance(value, list)}
    names = [f"{count} {key}" for key, count in counts.items() if count]
    return NoticeReceived(
        kind="ReportDERControl",
        topic=Topic.GRID,
        time=stated_at(payload, reader),
        payload=dump_json(payload),
        summary=f"Grid controls that it holds: {render_name_list(names) or 'none'}{more_follow_suffix(payload)}",
        request_id=request_id(payload),
        proof=part_proof(payload, "GetDERControl"),
    )


def _priority(payload: Payload, reader: Reader) -> Event:
    """Reads K21, K22: a driver wants to charge at full power."""
    ref, active = fields.text(payload.get("transactionId")), fields.boolean(payload.get("activated"))
    return NoticeReceived(
        kind="NotifyPriorityCharging",
        topic=Topic.LIMITS,
        time=stated_at(payload, reader),
        payload=dump_json(payload),
        summary=f"Priority charging {'began' if active else 'ended'} in transaction {ref[:80] or '?'}",
        state="Activated" if active else "Deactivated",
        transaction_id=ref,
        proof=Proof(("UsePriorityCharging",), matching(transactionId=ref)),
    )


def _settlement(payload: Payload, reader: Reader) -> Event:
    """Reads C22: what the station's payment terminal settled."""
    status, ref = fields.text(payload.get("status"), 40), fields.text(payload.get("transactionId"))
    receipt = fields.text(payload.get("receiptId"), 50)
    notes = [
        note for note in (f"receipt {receipt}" if receipt else "", fields.text(payload.get("statusInfo"), 80)) if note
    ]
    return NoticeReceived(
        kind="NotifySettlement",
        topic=Topic.PAYMENT,
        payload=dump_json(payload),
        state=status,
        transaction_id=ref,
        time=reader.time(payload.get("settlementTime"), "settlementTime"),
        summary=f"Payment {fields.text(payload.get('pspRef'), 60)} of {amount(payload.get('settlementAmount'))} "
        f"{_SETTLEMENTS.get(status, status)}{f' ({render_name_list(notes)})' if notes else ''}",
    )


def _web_payment(payload: Payload, reader: Reader) -> Event:
    evse = outlet(payload)
    return NoticeReceived(
        kind="NotifyWebPaymentStarted",
        topic=Topic.PAYMENT,
        time=stated_at(payload, reader),
        evse=evse,
        summary=f"A web payment for {describe_evse(evse)} began; it waits {amount(payload.get('timeout'))} s for it",
        payload=dump_json(payload),
        state="Started",
    )


def _vat_number(payload: Payload, reader: Reader) -> Event:
    """Reads I08: a driver entered a VAT number. The answer explains that we cannot check it."""
    number, evse = fields.require(fields.text(payload.get("vatNumber"), 20), "vatNumber"), outlet(payload)
    words = "VAT numbers cannot be checked here: ask the host for an invoice."
    return NoticeReceived(
        kind="VatNumberValidation",
        topic=Topic.PAYMENT,
        time=stated_at(payload, reader),
        evse=evse,
        summary=f"It asked whether VAT number {number} is valid: answered Rejected, because nobody here can check it",
        payload=dump_json(payload),
        state="Rejected",
        reply=VatAnswered(number, evse, words),
    )


def _dynamic_schedule(payload: Payload, reader: Reader) -> Event:
    """Reads K28: the station requests the present limit of a dynamic charging profile."""
    number = fields.text(payload.get("chargingProfileId"), 20) or "?"
    words = "No dynamic charging profile comes from this central system."
    return NoticeReceived(
        kind="PullDynamicScheduleUpdate",
        topic=Topic.LIMITS,
        time=stated_at(payload, reader),
        state="Rejected",
        summary=f"It asked for the present limit of charging profile {number}: answered Rejected, because none is kept",
        payload=dump_json(payload),
        reply=StatusAnswered("Rejected", "NoSchedule", words),
    )


def _chain_status(payload: Payload, reader: Reader) -> Event:
    """Reads M: whether each certificate of a car's chain is still valid."""
    queried_certificates = [
        _parse_asked_certificate(entry) for entry in fields.entries(payload.get("certificateStatusRequests"))
    ][:_MAX_CERTIFICATES]
    if not queried_certificates:
        raise MissingFieldError("certificateStatusRequests")
    serials = render_name_list([certificate.serial_number or "?" for certificate in queried_certificates])
    return notices_v201.certificate_question(
        "GetCertificateChainStatus",
        f"It asked whether the certificates {serials} are still valid",
        payload,
        reader,
        reply=ChainStatusAnswered(tuple(queried_certificates), reader.now + _ASK_AGAIN_AFTER),
    )


def _parse_asked_certificate(entry: Payload) -> AskedCertificate:
    hashes = fields.section(entry, "certificateHashData")
    algorithm = fields.text(hashes.get("hashAlgorithm"))
    return AskedCertificate(
        algorithm=algorithm if algorithm in _ALGORITHMS else "SHA256",
        issuer_name_hash=fields.text(hashes.get("issuerNameHash"), 128),
        issuer_key_hash=fields.text(hashes.get("issuerKeyHash"), 128),
        serial_number=fields.text(hashes.get("serialNumber"), 40),
        source="CRL" if fields.text(entry.get("source")) == "CRL" else "OCSP",
    )


def _stream_opened(payload: Payload, reader: Reader) -> Event:
    terms = fields.section(payload, "constantStreamData")
    limit = notices.MAX_REQUEST
    return StreamOpened(
        stream_id=fields.require(fields.integer(terms.get("id"), limit=limit), "constantStreamData.id"),
        monitor_id=fields.integer(terms.get("variableMonitoringId"), limit=limit),
        interval_s=fields.integer(fields.section(terms, "params").get("interval"), limit=limit),
        payload=dump_json(payload),
    )


def _stream_closed(payload: Payload, reader: Reader) -> Event:
    return StreamClosed(fields.require(fields.integer(payload.get("id"), limit=notices.MAX_REQUEST), "id"))


def _stream(payload: Payload, reader: Reader) -> Event:
    """Reads N11: each value's time is `basetime` and its own offset in seconds."""
    number = fields.require(fields.integer(payload.get("id"), limit=notices.MAX_REQUEST), "id")
    base = reader.time(payload.get("basetime"), "basetime").at
    samples = []
    for entry in fields.entries(payload.get("data"))[:_MAX_SAMPLES]:
        offset = fields.number(entry.get("t"))
        is_plausible = base is not None and offset is not None and abs(offset) < _LONGEST_S
        at = base + timedelta(seconds=float(offset)) if is_plausible and base and offset is not None else base
        samples.append(StreamSample(at, fields.text(entry.get("v"))))
    return StreamReported(number, fields.count(payload.get("pending")), tuple(samples))


TABLE: dict[str, Understand] = {
    "BatterySwap": _battery_swap,
    "ClosePeriodicEventStream": _stream_closed,
    "GetCertificateChainStatus": _chain_status,
    "NotifyDERAlarm": _grid_alarm,
    "NotifyDERStartStop": _grid_control,
    "NotifyEVChargingNeeds": notices_v201.charging_needs(answer="NoChargingProfile"),
    "NotifyPeriodicEventStream": _stream,
    "NotifyPriorityCharging": _priority,
    "NotifySettlement": _settlement,
    "NotifyWebPaymentStarted": _web_payment,
    "OpenPeriodicEventStream": _stream_opened,
    "PullDynamicScheduleUpdate": _dynamic_schedule,
    "ReportDERControl": _grid_controls,
    "VatNumberValidation": _vat_number,
}
