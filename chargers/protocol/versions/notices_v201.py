"""Reports of 2.0.1 stations besides charging: limits, reservations, display, certificates. Pure."""

from chargers.protocol import fields
from chargers.protocol.events import ContractAnswered, Event, NoticeReceived, NoticeReply, Proof, StatusAnswered, Topic
from chargers.protocol.fields import Reader
from chargers.protocol.frames import Payload, dump_json
from chargers.protocol.versions import notices
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

_SOURCES = {
    "EMS": "the energy management system",
    "SO": "the grid operator",
    "CSO": "the operator",
    "Other": "another party",
}
_TRANSFERS = {
    "DC": "DC",
    "AC_single_phase": "AC, one phase",
    "AC_two_phase": "AC, two phases",
    "AC_three_phase": "AC, three phases",
}
_RESERVATION = {
    "Expired": "has expired",
    "Removed": "was removed",
    "NoTransaction": "ended without a session",
}
_PRIORITY = {"AlwaysFront": "always in front", "InFront": "in front", "NormalCycle": "in turn"}
_MAX_NAMED = 3


def source(value: object) -> str:
    """Describes the source of a limit."""
    source_name = fields.text(value, 40)
    return _SOURCES.get(source_name, source_name) or "somebody"


def render_name_list(names: list[str]) -> str:
    """Lists the first names, and the number of further ones."""
    first_names = "; ".join(names[:_MAX_NAMED])
    remaining_count = len(names) - _MAX_NAMED
    return f"{first_names}; and {remaining_count} more" if remaining_count > 0 else first_names


def schedule(entry: Payload) -> str:
    """Describes a charging schedule: its start and its highest limit."""
    unit = fields.text(entry.get("chargingRateUnit"), 5)
    steps = fields.entries(entry.get("chargingSchedulePeriod"))
    limits = [number for step in steps if (number := fields.number(step.get("limit"))) is not None]
    if not limits:
        return "no limit"
    limit_text = f"at most {amount(max(limits))} {unit}"
    return limit_text if len(steps) == 1 else f"{len(steps)} steps, {limit_text}"


def part_proof(payload: Payload, *actions: str) -> Proof | None:
    """Proves with the last part of a report that its order was fulfilled."""
    return None if fields.boolean(payload.get("tbc")) else Proof(actions, matching(requestId=request_id(payload)))


def _limit(payload: Payload, reader: Reader) -> Event:
    """Reads K12, K13: an external system limits the station."""
    limit, evse = fields.section(payload, "chargingLimit"), outlet(payload)
    schedules = fields.entries(payload.get("chargingSchedule"))
    schedule_text = f": {schedule(schedules[0])}" if schedules else ""
    critical = ", because the grid is in danger" if fields.boolean(limit.get("isGridCritical")) else ""
    by = source(limit.get("chargingLimitSource"))
    summary = f"{by[0].upper()}{by[1:]} limits {describe_evse(evse)}{schedule_text}{critical}"
    return NoticeReceived(
        kind="NotifyChargingLimit",
        topic=Topic.LIMITS,
        summary=summary,
        time=stated_at(payload, reader),
        payload=dump_json(payload),
        state="Limited",
        evse=evse,
    )


def _limit_cleared(payload: Payload, reader: Reader) -> Event:
    evse = outlet(payload)
    summary = f"The limit set by {source(payload.get('chargingLimitSource'))} on {describe_evse(evse)} was lifted"
    return NoticeReceived(
        kind="ClearedChargingLimit",
        topic=Topic.LIMITS,
        summary=summary,
        time=stated_at(payload, reader),
        payload=dump_json(payload),
        state="Cleared",
        evse=evse,
    )


def _profiles(payload: Payload, reader: Reader) -> Event:
    """Reads K09: the charging profiles in the station."""
    evse, profiles = outlet(payload), fields.entries(payload.get("chargingProfile"))
    names = [_profile(profile) for profile in profiles]
    by = source(payload.get("chargingLimitSource"))
    count = f"{len(profiles)} charging profile{'' if len(profiles) == 1 else 's'}"
    summary = f"{count} on {describe_evse(evse)}, set by {by}: {render_name_list(names)}{more_follow_suffix(payload)}"
    return NoticeReceived(
        kind="ReportChargingProfiles",
        topic=Topic.LIMITS,
        summary=summary,
        time=stated_at(payload, reader),
        payload=dump_json(payload),
        request_id=request_id(payload),
        evse=evse,
        proof=part_proof(payload, "GetChargingProfiles"),
    )


def _profile(profile: Payload) -> str:
    schedules = fields.entries(profile.get("chargingSchedule"))
    limit = f", {schedule(schedules[0])}" if schedules else ""
    number, level = fields.text(profile.get("id"), 20), fields.text(profile.get("stackLevel"), 20)
    return f"{fields.text(profile.get('chargingProfilePurpose'), 40)} {number}, level {level}{limit}"


def charging_needs(*, answer: str) -> Understand:
    """Reads K15: the needs of a car by ISO 15118. The answer explains that we provide no schedules."""
    words = "No charging schedule is made here: charge as the station's own limits allow."

    def understand(payload: Payload, reader: Reader) -> Event:
        evse, needs = outlet(payload), fields.section(payload, "chargingNeeds")
        transfer_mode = fields.text(needs.get("requestedEnergyTransfer"), 40)
        energy = _energy_asked(needs)
        by = fields.text(needs.get("departureTime"), 40)
        until = f" by {by}" if by else ""
        transfer_text = f" ({_TRANSFERS.get(transfer_mode, transfer_mode)})" if transfer_mode else ""
        summary = (
            f"The car at {describe_evse(evse)} asks for {energy}{until}{transfer_text}; it was asked to charge "
            "without a schedule"
        )
        return NoticeReceived(
            kind="NotifyEVChargingNeeds",
            topic=Topic.LIMITS,
            summary=summary,
            time=stated_at(payload, reader),
            payload=dump_json(payload),
            state=answer,
            evse=evse,
            reply=StatusAnswered(answer, "NoSchedule", words),
        )

    return understand


def _energy_asked(needs: Payload) -> str:
    for part in ("acChargingParameters", "dcChargingParameters", "v2xChargingParameters"):
        parameters = fields.section(needs, part)
        energy_wh = fields.number(parameters.get("energyAmount", parameters.get("evTargetEnergyRequest")))
        if energy_wh is not None:
            return f"{amount(energy_wh / 1000)} kWh"
    return "energy"


def _charging_schedule(payload: Payload, reader: Reader) -> Event:
    """Reads K15, K16: the schedule that a car intends to follow."""
    evse, planned = outlet(payload), fields.section(payload, "chargingSchedule")
    summary = f"The car at {describe_evse(evse)} means to charge by a schedule of its own: {schedule(planned)}"
    return NoticeReceived(
        kind="NotifyEVChargingSchedule",
        topic=Topic.LIMITS,
        summary=summary,
        time=reader.time(payload.get("timeBase"), "timeBase"),
        payload=dump_json(payload),
        evse=evse,
        reply=StatusAnswered("Accepted"),
    )


def _reservation(payload: Payload, reader: Reader) -> Event:
    """Reads H04: a reservation ended without a session."""
    number = fields.integer(payload.get("reservationId"), limit=notices.MAX_REQUEST)
    status = fields.text(payload.get("reservationUpdateStatus"), 40)
    status_text = _RESERVATION.get(status) or status or "has changed"
    removed = Proof(("CancelReservation",), matching(reservationId=number)) if status == "Removed" else None
    return NoticeReceived(
        kind="ReservationStatusUpdate",
        topic=Topic.RESERVATION,
        time=stated_at(payload, reader),
        summary=f"Reservation {'?' if number is None else number} {status_text}",
        payload=dump_json(payload),
        state=status,
        proof=removed,
    )


def _customer(payload: Payload, reader: Reader) -> Event:
    """Reads N09: what the station stores about a customer. The sentence omits the content, which may be personal."""
    size, seq_no = len(fields.text(payload.get("data"), 65536)), fields.integer(payload.get("seqNo"))
    part = f"part {seq_no + 1}, " if seq_no else ""
    return NoticeReceived(
        kind="NotifyCustomerInformation",
        topic=Topic.CUSTOMER,
        time=stated_at(payload, reader),
        summary=f"Data that it keeps about a customer: {part}{size} characters{more_follow_suffix(payload)}",
        payload=dump_json(payload),
        request_id=request_id(payload),
        proof=part_proof(payload, "CustomerInformation"),
    )


def _display(payload: Payload, reader: Reader) -> Event:
    """Reads O03: the messages set for the station's display."""
    messages = fields.entries(payload.get("messageInfo"))
    names = [_message(message) for message in messages]
    summary = f"On its screen: {render_name_list(names) or 'no message'}{more_follow_suffix(payload)}"
    return NoticeReceived(
        kind="NotifyDisplayMessages",
        topic=Topic.DISPLAY,
        summary=summary,
        time=stated_at(payload, reader),
        payload=dump_json(payload),
        request_id=request_id(payload),
        proof=part_proof(payload, "GetDisplayMessages"),
    )


def _message(entry: Payload) -> str:
    content = fields.text(fields.section(entry, "message").get("content"), 80)
    priority = fields.text(entry.get("priority"), 40)
    return f"no. {fields.text(entry.get('id'), 20)} “{content}” ({_PRIORITY.get(priority, priority)})"


def _monitors(payload: Payload, reader: Reader) -> Event:
    """Reads N02: the variables that the station monitors, and the threshold of each."""
    names = [name for entry in fields.entries(payload.get("monitor")) for name in _monitors_of(entry)]
    count = f"{len(names)} monitor{'' if len(names) == 1 else 's'}"
    summary = f"It watches by {count}: {render_name_list(names)}" if names else "It watches nothing"
    return NoticeReceived(
        kind="NotifyMonitoringReport",
        topic=Topic.MONITORING,
        summary=f"{summary}{more_follow_suffix(payload)}",
        time=stated_at(payload, reader),
        payload=dump_json(payload),
        request_id=request_id(payload),
        proof=part_proof(payload, "GetMonitoringReport"),
    )


def _monitors_of(entry: Payload) -> list[str]:
    component, variable = fields.section(entry, "component"), fields.section(entry, "variable")
    name = f"{fields.text(component.get('name'), 50)}.{fields.text(variable.get('name'), 50)}"
    return [
        f"{name} {fields.text(monitor.get('type'), 30)} {amount(monitor.get('value'))}"
        for monitor in fields.entries(entry.get("variableMonitoring"))
    ]


def _parse_publish_status(payload: Payload, reader: Reader) -> Event:
    """Reads L03: a station publishes firmware for others nearby."""
    status, number = fields.text(payload.get("status"), 60), request_id(payload)
    locations = payload.get("location")
    first = fields.text(locations[0], 120) if isinstance(locations, list) and locations else ""
    words = notices.FIRMWARE.get(status, status) or "no status was reported"
    return NoticeReceived(
        kind="PublishFirmwareStatusNotification",
        topic=Topic.FIRMWARE,
        time=stated_at(payload, reader),
        summary=f"Firmware for chargers nearby: {words}{f' at {first}' if first else ''}{notices.reason(payload)}",
        payload=dump_json(payload),
        state=status,
        request_id=number,
        proof=notices.find_proof(status, "PublishFirmware", number=number),
    )


def _contract(payload: Payload, reader: Reader) -> Event:
    """Reads M01, M02: a car wants its contract certificate for Plug & Charge."""
    action = "a new" if fields.text(payload.get("action")) == "Update" else "its"
    words = "No provider of contract certificates is connected to this central system."
    return certificate_question(
        "Get15118EVCertificate",
        f"A car asked for {action} contract certificate (Plug & Charge)",
        payload,
        reader,
        reply=ContractAnswered(words),
    )


def _certificate_status(payload: Payload, reader: Reader) -> Event:
    """Reads M06: whether a certificate is still valid."""
    serial = fields.text(fields.section(payload, "ocspRequestData").get("serialNumber"), 40) or "?"
    words = "Certificates are not checked by this central system: ask the responder itself."
    return certificate_question(
        "GetCertificateStatus",
        f"It asked whether certificate {serial} is still valid",
        payload,
        reader,
        reply=StatusAnswered("Failed", "NotChecked", words),
    )


def certificate_question(
    kind: str, question: str, payload: Payload, reader: Reader, *, reply: NoticeReply
) -> NoticeReceived:
    """Answers a question about certificates with Failed and the reason, because we do not handle it."""
    why = (
        "no provider of contract certificates is connected" if kind.startswith("Get15118") else "nobody here checks it"
    )
    return NoticeReceived(
        kind=kind,
        topic=Topic.CERTIFICATES,
        summary=f"{question}: answered Failed, because {why}",
        time=stated_at(payload, reader),
        payload=dump_json(payload),
        state="Failed",
        reply=reply,
    )


TABLE: dict[str, Understand] = {
    "ClearedChargingLimit": _limit_cleared,
    "FirmwareStatusNotification": notices.firmware("FirmwareStatusNotification", order="UpdateFirmware"),
    "Get15118EVCertificate": _contract,
    "GetCertificateStatus": _certificate_status,
    "LogStatusNotification": notices.upload("LogStatusNotification", subject="Log", orders=("GetLog",)),
    "NotifyChargingLimit": _limit,
    "NotifyCustomerInformation": _customer,
    "NotifyDisplayMessages": _display,
    "NotifyEVChargingNeeds": charging_needs(answer="Rejected"),
    "NotifyEVChargingSchedule": _charging_schedule,
    "NotifyMonitoringReport": _monitors,
    "PublishFirmwareStatusNotification": _parse_publish_status,
    "ReportChargingProfiles": _profiles,
    "ReservationStatusUpdate": _reservation,
}
