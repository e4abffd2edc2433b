import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from chargers.protocol import events, frames, schemas
from chargers.protocol.events import IdToken, Misfit, StatedTime, TokenAnswer, Understood
from chargers.protocol.frames import Call, Fault, Version
from chargers.protocol.schemas import PayloadPart
from chargers.protocol.versions import v21, v201
from tests.kit import recorded
from tests.kit.v201 import event, read

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
CARD = {"idToken": "04A1B2C3D4", "type": "ISO14443"}


def sampled(*samples):
    return [{"timestamp": "2026-03-10T12:00:00Z", "sampledValue": list(samples)}]


def test_it_reads_a_boot():
    found = read(
        "BootNotification",
        {
            "reason": "PowerUp",
            "chargingStation": {"model": "M", "vendorName": "V", "serialNumber": "S", "modem": {"iccid": "I"}},
        },
    )

    assert found.deviations == ()
    assert (found.event.vendor, found.event.model, found.event.serial_number) == ("V", "M", "S")
    assert (found.event.iccid, found.event.reason) == ("I", "PowerUp")


def test_it_reads_a_status():
    found = read(
        "StatusNotification",
        {"timestamp": "2026-03-10T12:00:00Z", "connectorStatus": "Occupied", "evseId": 2, "connectorId": 1},
    )

    assert (found.event.evse, found.event.connector, found.event.status) == (2, 1, "Occupied")
    assert found.event.time == StatedTime("2026-03-10T12:00:00Z", NOON)


def test_it_reads_a_start_with_its_register():
    found = read(
        "TransactionEvent",
        event(
            "Started",
            evse={"id": 2, "connectorId": 1},
            idToken=CARD,
            transactionInfo={"transactionId": "T1", "remoteStartId": 9, "chargingState": "Charging"},
            meterValue=sampled({"value": Decimal("7160.5"), "context": "Transaction.Begin"}),
        ),
    )

    assert found.deviations == ()
    assert found.event.transaction_id == "T1"
    assert (found.event.evse, found.event.connector) == (2, 1)
    assert found.event.id_token == IdToken("04A1B2C3D4", "ISO14443")
    assert (found.event.meter_start_wh, found.event.remote_start_id) == (7161, 9)
    assert json.loads(found.event.readings[0].samples) == [{"value": 7160.5, "context": "Transaction.Begin"}]


def test_it_makes_no_connector_up():
    found = read("TransactionEvent", event("Started", evse={"id": 2}, offline=True))

    assert (found.event.evse, found.event.connector, found.event.offline) == (2, None, True)
    assert found.deviations == ()


def test_it_takes_a_token_without_text_as_none():
    found = read("TransactionEvent", event("Started", idToken={"idToken": "", "type": "NoAuthorization"}))

    assert found.event.id_token is None


def test_it_reads_an_update():
    found = read(
        "TransactionEvent",
        event(
            "Updated",
            seqNo=2,
            transactionInfo={"transactionId": "T1", "chargingState": "SuspendedEV"},
            meterValue=sampled(
                {"value": Decimal("7.2"), "unitOfMeasure": {"unit": "kWh"}},
                {"value": 11, "measurand": "Power.Active.Import", "unitOfMeasure": {"unit": "W", "multiplier": 3}},
            ),
        ),
    )

    assert isinstance(found.event, events.TransactionUpdated)
    assert (found.event.seq_no, found.event.charging_state) == (2, "SuspendedEV")
    assert (found.event.readings[0].register_wh, found.event.readings[0].power_w) == (7200, 11000)


def test_it_reads_the_register_of_the_end():
    found = read(
        "TransactionEvent",
        event(
            "Ended",
            transactionInfo={"transactionId": "T1", "stoppedReason": "EVDisconnected"},
            meterValue=[
                *sampled({"value": 9000, "context": "Transaction.End"}),
                *sampled({"value": 8000, "context": "Sample.Periodic"}),
            ],
        ),
    )

    assert (found.event.meter_stop_wh, found.event.reason) == (9000, "EVDisconnected")


@pytest.mark.parametrize("payload", [{"eventType": "Ended"}, {"eventType": "Ended", "transactionInfo": []}])
def test_it_takes_any_end(payload):
    found = read("TransactionEvent", payload)

    assert found.event.transaction_id is None
    assert found.deviations


@pytest.mark.parametrize(
    ("action", "payload", "fault", "path"),
    [
        (
            "TransactionEvent",
            {"eventType": "Started", "transactionData": {"id": "17"}},
            Fault.OCCURRENCE,
            "transactionInfo",
        ),
        ("TransactionEvent", event("Begun"), Fault.PROPERTY, "eventType"),
        ("TransactionEvent", {}, Fault.OCCURRENCE, "eventType"),
        ("Authorize", {}, Fault.OCCURRENCE, "idToken"),
        ("StatusNotification", {}, Fault.OCCURRENCE, "evseId"),
        ("StartTransaction", {}, Fault.NOT_IMPLEMENTED, ""),
        ("RequestStartTransaction", {}, Fault.NOT_SUPPORTED, ""),
    ],
)
def test_it_names_what_it_cannot_take(action, payload, fault, path):
    found = v201.read(action, payload, now=NOW)

    assert isinstance(found, Misfit)
    assert (found.fault, found.path) == (fault, path)


def test_it_bills_the_end_where_both_registers_stand_in_one_reading():
    values = [{"value": 1000, "context": "Transaction.Begin"}, {"value": 7250, "context": "Transaction.End"}]
    both = {"timestamp": "2026-03-10T12:00:00Z", "sampledValue": values}
    payload = {"eventType": "Ended", "transactionInfo": {"transactionId": "17"}, "meterValue": [both]}

    assert v201.read("TransactionEvent", payload, now=NOW).event.meter_stop_wh == 7250


@pytest.mark.parametrize(
    ("action", "reply"),
    [
        ("BootNotification", events.BootAnswered(events.BootStatus.PENDING, NOON, 300)),
        ("Heartbeat", events.HeartbeatAnswered(NOON)),
        ("NotifyReport", events.Acknowledged()),
        ("Authorize", events.AuthorizeAnswered(TokenAnswer("Accepted", "Accepted", "P" * 40, NOON))),
        ("TransactionEvent", events.TransactionAnswered(7, TokenAnswer("Invalid", "Unknown"))),
        ("TransactionEvent", events.TransactionAnswered(7, None)),
        ("DataTransfer", events.DataTransferAnswered(events.DataTransferStatus.UNKNOWN_VENDOR)),
    ],
)
@pytest.mark.parametrize(("version", "translator"), [(Version.V201, v201), (Version.V21, v21)])
def test_it_answers_as_the_schema_asks(version, translator, action, reply):
    payload = translator.answer(reply)

    assert schemas.violations(version=version, action=action, part=PayloadPart.RESPONSE, payload=payload) == ()


@pytest.mark.parametrize("frame", recorded.parameters(version="2.0.1"))
def test_it_can_answer_every_recorded_frame_as_it_should(frame):
    call = frames.parse(frame.text, version=Version.V201)
    assert isinstance(call, Call)
    found = v201.read(call.action, call.payload, now=NOW)

    assert frame.answer
    assert (3 if isinstance(found, Understood) else 4) in frame.answer


@pytest.mark.parametrize("text", ["AA:BB:CC:11:22:33", "VID:AA:BB:CC:11:22:33"])
def test_it_takes_a_car_for_the_same_as_in_1_6(text):
    found = read("Authorize", {"idToken": {"idToken": text, "type": "MacAddress"}})

    assert found.event.id_token == IdToken("VID:AA:BB:CC:11:22:33", "MacAddress")
