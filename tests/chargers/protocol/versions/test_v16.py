import json
from datetime import UTC, datetime

import pytest

from chargers.protocol import events, frames, schemas
from chargers.protocol.events import IdToken, Misfit, StatedTime, TokenAnswer, Understood
from chargers.protocol.frames import Call, Fault, Unreadable, Version
from chargers.protocol.schemas import PayloadPart
from chargers.protocol.versions import v16
from tests.kit import recorded
from tests.kit.v16 import read, stated

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def test_it_reads_a_boot():
    found = read(
        "BootNotification",
        {
            "chargePointVendor": "SimpleCharge",
            "chargePointModel": "MultiSocketCharger",
            "chargePointSerialNumber": "24250139",
            "firmwareVersion": "1.24.0819.WL",
            "iccid": "",
            "imsi": "",
        },
    )

    assert found.deviations == ()
    assert found.event == events.BootReported(
        vendor="SimpleCharge",
        model="MultiSocketCharger",
        serial_number="24250139",
        firmware_version="1.24.0819.WL",
        iccid="",
        imsi="",
        meter_type="",
        meter_serial_number="",
        reason="",
    )


def test_it_takes_over_long_fields_and_says_so():
    found = read(
        "BootNotification",
        {
            "chargePointVendor": "x" * 400,
            "chargePointModel": "m",
            "chargeBoxSerialNumber": "EVB1A22P2RI3N1823412001003",
        },
    )

    assert found.event.vendor == "x" * 255
    assert found.event.serial_number == "EVB1A22P2RI3N1823412001003"
    assert [one.path for one in found.deviations] == ["chargePointVendor", "chargeBoxSerialNumber"]


@pytest.mark.parametrize("payload", [{}, {"chargePointVendor": None, "chargePointModel": {}}])
def test_it_takes_a_boot_that_says_nothing(payload):
    assert read("BootNotification", payload).deviations


@pytest.mark.parametrize(("connector", "evse"), [(0, None), (1, 1), ("2", 2), (4, 4)])
def test_it_calls_connector_n_evse_n(connector, evse):
    found = read("StatusNotification", {"connectorId": connector, "errorCode": "NoError", "status": "Available"})

    assert found.event.evse == evse
    assert found.event.connector is None


@pytest.mark.parametrize(
    ("stated", "at"),
    [
        ("2023-04-15T11:04:45.659+00:00", datetime(2023, 4, 15, 11, 4, 45, 659000, tzinfo=UTC)),
        ("2023-04-15T13:04:45+02:00", datetime(2023, 4, 15, 11, 4, 45, tzinfo=UTC)),
        ("2026-06-06T19:15:04.252441+00:00", datetime(2026, 6, 6, 19, 15, 4, 252441, tzinfo=UTC)),
        ("2026-06-06T19:15:04.1234567890Z", datetime(2026, 6, 6, 19, 15, 4, 123456, tzinfo=UTC)),
        ("2026-11-22T11:59:00Z", datetime(2026, 11, 22, 11, 59, tzinfo=UTC)),
        ("1970-01-01T00:00:00.740Z", None),
        ("9999-12-31T23:59:59Z", None),
        ("9999-12-31T23:59:59-14:00", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("2026-11-22T12:01:00Z", None),
        ("222222017-10-27T19:10:11Z", None),
        ("1000000", None),
        ("2026-02-30T10:00:00Z", None),
        ("2026-03-10T12:00:00", None),
        ("0", None),
        ("", None),
    ],
)
def test_it_reads_a_time_or_keeps_its_text(stated, at):
    found = read(
        "StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Available", "timestamp": stated}
    )

    assert found.event.time == StatedTime(stated, at)
    assert bool(found.deviations) is (at is None)


def test_it_takes_an_error_code_that_is_not_in_the_enumeration():
    found = read("StatusNotification", {"connectorId": 0, "errorCode": "Error", "status": "Faulted"})

    assert (found.event.status, found.event.error_code) == ("Faulted", "Error")
    assert [one.path for one in found.deviations] == ["errorCode"]


def test_it_reads_a_start_and_asks_for_an_id():
    found = read(
        "StartTransaction",
        {"connectorId": 1, "idTag": "20:69:C0:21", "meterStart": 0, "timestamp": "2026-03-10T12:00:00Z"},
    )

    assert found.event == events.TransactionStarted(
        transaction_id=None,
        evse=1,
        connector=None,
        id_token=IdToken("20:69:C0:21"),
        meter_start_wh=0,
        time=StatedTime("2026-03-10T12:00:00Z", NOON),
    )


@pytest.mark.parametrize(
    ("stated", "register_wh"),
    [(" 51880 ", 51880), ("51880.0", 51880), (-1, None), ("", None), (None, None), (2**63, None)],
)
def test_it_reads_a_register_or_knows_that_it_cannot(stated, register_wh):
    found = read("StartTransaction", {"connectorId": 1, "idTag": "A", "meterStart": stated, "timestamp": "0"})

    assert found.event.meter_start_wh == register_wh


def test_it_takes_an_empty_id_tag_as_no_token():
    found = read("StartTransaction", {"connectorId": 1, "idTag": "", "meterStart": 0, "timestamp": "0"})

    assert found.event.id_token is None


@pytest.mark.parametrize(
    ("action", "payload", "fault", "path"),
    [
        ("Authorize", {}, Fault.OCCURRENCE, "idTag"),
        ("Authorize", {"idTag": " "}, Fault.PROPERTY, "idTag"),
        ("StartTransaction", {"connectorId": 1, "meterStart": 0, "timestamp": "0"}, Fault.OCCURRENCE, "idTag"),
        ("StartTransaction", {"idTag": "A", "connectorId": "x"}, Fault.TYPE, "connectorId"),
        ("StatusNotification", {"connectorId": 1, "errorCode": "NoError"}, Fault.OCCURRENCE, "status"),
        (
            "StatusNotification",
            {"connectorId": -1, "errorCode": "NoError", "status": "Faulted"},
            Fault.PROPERTY,
            "connectorId",
        ),
        ("DataTransfer", {}, Fault.OCCURRENCE, "vendorId"),
        ("SignCertificate", {"csr": ""}, Fault.PROPERTY, "csr"),
        ("Reset", {"type": "Hard"}, Fault.NOT_SUPPORTED, ""),
        ("MakeCoffee", {}, Fault.NOT_IMPLEMENTED, ""),
        ("TransactionEvent", {}, Fault.NOT_IMPLEMENTED, ""),
    ],
)
def test_it_names_what_it_cannot_take(action, payload, fault, path):
    found = v16.read(action, payload, now=NOW)

    assert isinstance(found, Misfit)
    assert (found.fault, found.path) == (fault, path)
    assert found.sentence.endswith(".")


@pytest.mark.parametrize(
    ("stated", "known"),
    [
        (1764506865, "1764506865"),
        ("17", "17"),
        (0, None),
        (-1, None),
        (None, None),
        ("", None),
        (9223372036854775807, None),
        ("abc", "abc"),
        (2**40, str(2**40)),
    ],
)
def test_it_knows_which_transaction_ids_mean_none(stated, known):
    stop = read("StopTransaction", {"transactionId": stated, "meterStop": 1200, "timestamp": "2026-03-10T12:00:00Z"})
    meter = read("MeterValues", {"connectorId": 1, "transactionId": stated, "meterValue": []})

    assert stop.event.transaction_id == known
    assert meter.event.transaction_id == known


@pytest.mark.parametrize("payload", [{}, {"transactionId": {}, "meterStop": "x", "timestamp": 5, "transactionData": 7}])
def test_it_takes_any_stop(payload):
    found = read("StopTransaction", payload)

    assert isinstance(found.event, events.TransactionEnded)
    assert found.event.meter_stop_wh is None
    assert found.deviations


def test_it_reads_a_stop_with_fields_of_its_own_and_floating_point_noise():
    found = read(
        "StopTransaction",
        {
            "connectorId": 1,
            "idTag": "FF88888801",
            "meterStop": 1625,
            "timestamp": "2024-04-12T14:15:37.427Z",
            "disconnectReason": "EVDisconnected",
            "transactionId": 1,
            "transactionData": [
                {
                    "sampledValue": [
                        {"value": "1.6250000000000002", "measurand": "Energy.Active.Import.Register", "unit": "kWh"}
                    ],
                    "timestamp": "2024-04-12T14:15:37.427Z",
                }
            ],
        },
    )

    assert found.event.meter_stop_wh == 1625
    assert found.event.readings[0].register_wh == 1625
    assert found.event.reason == "Local"


def samples(*values):
    found = read(
        "MeterValues",
        {"connectorId": 1, "meterValue": [{"timestamp": "2026-03-10T12:00:00Z", "sampledValue": list(values)}]},
    )
    return found.event.readings[0], found.deviations


@pytest.mark.parametrize(
    ("sample", "register_wh"),
    [
        ({"value": "1785508.0", "measurand": "Energy.Active.Import.Register", "unit": "Wh"}, 1785508),
        ({"value": "733.255884", "measurand": "Energy.Active.Import.Register", "unit": "kWh"}, 733256),
        ({"value": " 0.505", "unit": "kWh"}, 505),
        ({"value": "7160"}, 7160),
        ({"value": 7160}, 7160),
        ({"value": ""}, None),
        ({"value": "-5"}, None),
        ({"value": "NaN"}, None),
        ({"value": "1e999999"}, None),
        ({"value": "7160", "unit": "furlong"}, None),
        ({"value": "23.35", "measurand": "Current.Export", "unit": "A"}, None),
        ({"measurand": "Energy.Active.Import.Register"}, None),
    ],
)
def test_it_reads_the_energy_register_in_wh(sample, register_wh):
    assert samples(sample)[0].register_wh == register_wh


def test_it_keeps_every_sample_as_it_came():
    reading, _ = samples({"value": " 1.70", "measurand": "Voltage", "unit": "V"}, {"value": "", "foo": 1})

    assert json.loads(reading.samples) == [
        {"value": " 1.70", "measurand": "Voltage", "unit": "V"},
        {"value": "", "foo": 1},
    ]


def test_it_reads_power_and_charge_level():
    reading, deviations = samples(
        {"value": "2105", "measurand": "Power.Active.Import", "unit": "W", "phase": "L1"},
        {"value": "2.0", "measurand": "Power.Active.Import", "unit": "kW", "phase": "L2"},
        {"value": "55", "measurand": "SoC", "unit": "Percent", "location": "EV"},
    )

    assert (reading.power_w, reading.soc_pct, reading.register_wh) == (4105, 55, None)
    assert deviations == ()


@pytest.mark.parametrize("order", [1, -1])
def test_it_takes_the_register_of_the_end_where_that_of_the_beginning_stands_beside_it(order):
    begin = {"value": "1000", "context": "Transaction.Begin"}
    end = {"value": "7250", "context": "Transaction.End"}
    power = {"value": "0", "measurand": "Power.Active.Import", "context": "Sample.Periodic"}

    reading, _ = samples(*[power, begin, end][::order])

    assert (reading.register_wh, reading.context, reading.power_w) == (7250, "Transaction.End", 0)
    assert samples(power, begin)[0].context == "Transaction.Begin"


def test_it_takes_a_measurand_of_the_future_beside_the_register():
    reading, deviations = samples({"value": "3", "measurand": "Energy.Nonsense"}, {"value": "17"}, {"value": "18"})

    assert reading.register_wh == 17
    assert deviations


def test_it_takes_an_empty_value_as_none_and_not_as_zero():
    reading, deviations = samples({"value": "", "measurand": "Power.Active.Import"}, {"value": ""})

    assert (reading.power_w, reading.register_wh) == (None, None)
    assert len(deviations) == 2


def test_it_reads_an_object_where_data_should_be_text():
    found = read(
        "DataTransfer", {"vendorId": "btc", "messageId": "stationMode", "data": {"StationMode": "paymentMode"}}
    )

    assert found.event == events.DataTransferReceived("btc", "stationMode", '{"StationMode":"paymentMode"}')


@pytest.mark.parametrize(
    ("action", "reply"),
    [
        ("BootNotification", events.BootAnswered(events.BootStatus.ACCEPTED, NOON, 300)),
        ("Heartbeat", events.HeartbeatAnswered(NOON)),
        ("StatusNotification", events.Acknowledged()),
        ("MeterValues", events.Acknowledged()),
        ("Authorize", events.AuthorizeAnswered(TokenAnswer("Accepted", "Accepted", "P" * 30, NOON))),
        ("StartTransaction", events.TransactionAnswered(7, TokenAnswer("Invalid", "Unknown"))),
        ("StopTransaction", events.TransactionAnswered(None, None)),
        ("StopTransaction", events.TransactionAnswered(None, TokenAnswer("Accepted", "Accepted"))),
        ("DataTransfer", events.DataTransferAnswered(events.DataTransferStatus.UNKNOWN_VENDOR)),
    ],
)
def test_it_answers_as_the_schema_asks(action, reply):
    payload = v16.answer(reply)

    assert schemas.violations(version=Version.V16, action=action, part=PayloadPart.RESPONSE, payload=payload) == ()


def test_it_writes_the_statuses_of_1_6():
    reply = events.TransactionAnswered(7, TokenAnswer("Invalid", "Unknown", "PARENT", NOON))

    assert v16.answer(reply) == {
        "idTagInfo": {"status": "Invalid", "expiryDate": "2026-03-10T12:00:00.000Z", "parentIdTag": "PARENT"},
        "transactionId": 7,
    }


@pytest.mark.parametrize("frame", recorded.parameters(version="1.6"))
def test_it_can_answer_every_recorded_frame_as_it_should(frame):
    read = frames.parse(frame.text, version=Version.V16)
    if isinstance(read, Unreadable):
        assert read.answer is None or frame.answer is None or 4 in frame.answer
    elif isinstance(read, Call):
        found = v16.read(read.action, read.payload, now=NOW)
        assert frame.answer
        assert (3 if isinstance(found, Understood) else 4) in frame.answer
    else:
        assert frame.answer is None


def test_it_believes_no_time_without_a_zone_that_does_not_fit():
    at, said = stated("2026-11-21T11:47:00")

    assert at is None
    assert "with its zone" in said[0]


def test_it_uses_decimal_commas_and_other_capitals_and_notes_them():
    sample = {"value": "12,5", "measurand": "energy.active.import.register", "unit": "KWH"}
    payload = {"connectorId": 1, "meterValue": [{"timestamp": "2026-11-21T12:00:00Z", "sampledValue": [sample]}]}

    found = read("MeterValues", payload)

    assert found.event.readings[0].register_wh == 12_500
    where = "meterValue.0.sampledValue.0"
    assert {one.path for one in found.deviations} == {f"{where}.{name}" for name in ("value", "measurand", "unit")}


def test_it_does_not_guess_between_milliwatt_and_megawatt_hours():
    sample = {"value": "12", "unit": "mwh"}
    payload = {"connectorId": 1, "meterValue": [{"timestamp": "2026-11-21T12:00:00Z", "sampledValue": [sample]}]}

    assert read("MeterValues", payload).event.readings[0].register_wh is None


def test_it_reads_a_stop_register_with_a_decimal_comma():
    stop = {"transactionId": 1, "meterStop": "2500,4", "timestamp": "2026-11-21T12:00:00Z"}

    assert read("StopTransaction", stop).event.meter_stop_wh == 2500
