"""Whole stories of what chargers tell of themselves, through a real socket into a real database."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest

from chargers.commands import queue
from chargers.models import Charger, ChargerEvent, Command, Deviation, EventStream, Message, MeterValue, Transaction
from tests.kit.gateway import Device, looking
from tests.kit.inbound import ago
from tests.kit.waiting import until


async def obeyed(device, action, payload, answer=None):
    """Orders something of CP1 and lets the device accept it."""

    def order():
        charger = Charger.objects.get(charger_id="CP1")
        return queue.request(charger, queue.CommandRequest(action, payload, "system"), now=datetime.now(tz=UTC))

    row = await looking(order)
    frame = await device.receive()
    assert frame[2] == action
    await device.send(json.dumps([3, frame[1], answer or {"status": "Accepted"}]))
    await until(lambda: Command.objects.get(pk=row.pk).answered_at)
    return row.pk


def seen(pk):
    return Command.objects.get(pk=pk).effect_seen_at is not None


PART = {"component": {"name": "A"}, "variable": {"name": "B"}, "variableAttribute": [{"value": "1"}]}
SCHEDULE = {"id": 1, "chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6}]}


def report(request_id, seq_no, *, more):
    return {"requestId": request_id, "generatedAt": ago(seconds=1), "seqNo": seq_no, "tbc": more, "reportData": [PART]}


PROOFS = [
    ("1.6", "UpdateFirmware", {"location": "http://x", "retrieveDate": ago(seconds=1)}, {},
     ("FirmwareStatusNotification", {"status": "Downloading"}),
     ("FirmwareStatusNotification", {"status": "Installed"})),
    ("1.6", "GetDiagnostics", {"location": "ftp://x"}, {"fileName": "d.zip"},
     ("DiagnosticsStatusNotification", {"status": "Uploading"}),
     ("DiagnosticsStatusNotification", {"status": "Uploaded"})),
    ("1.6", "GetLog", {"log": {"remoteLocation": "ftp://x"}, "logType": "SecurityLog", "requestId": 7}, None,
     ("LogStatusNotification", {"status": "Uploaded", "requestId": 6}),
     ("LogStatusNotification", {"status": "Uploaded", "requestId": 7})),
    ("1.6", "TriggerMessage", {"requestedMessage": "MeterValues", "connectorId": 1}, None, ("Heartbeat", {}),
     ("MeterValues", {"connectorId": 1, "meterValue": [{"timestamp": ago(seconds=1),
                                                        "sampledValue": [{"value": "1"}]}]})),
    ("1.6", "ReserveNow",
     {"connectorId": 1, "expiryDate": "2099-01-01T00:00:00Z", "idTag": "A", "reservationId": 1}, None,
     ("StatusNotification", {"connectorId": 1, "status": "Preparing", "errorCode": "NoError"}),
     ("StatusNotification", {"connectorId": 1, "status": "Reserved", "errorCode": "NoError"})),
    ("1.6", "ChangeAvailability", {"connectorId": 1, "type": "Inoperative"}, None,
     ("StatusNotification", {"connectorId": 1, "status": "Available", "errorCode": "NoError"}),
     ("StatusNotification", {"connectorId": 1, "status": "Unavailable", "errorCode": "NoError"})),
    ("2.0.1", "GetBaseReport", {"requestId": 4, "reportBase": "FullInventory"}, None,
     ("NotifyReport", report(4, 0, more=True)), ("NotifyReport", report(4, 1, more=False))),
    ("2.0.1", "TriggerMessage", {"requestedMessage": "FirmwareStatusNotification"}, None, ("Heartbeat", {}),
     ("FirmwareStatusNotification", {"status": "Idle"})),
    ("2.0.1", "GetDisplayMessages", {"requestId": 9}, None, ("NotifyDisplayMessages", {"requestId": 8}),
     ("NotifyDisplayMessages", {"requestId": 9})),
    ("2.0.1", "CancelReservation", {"reservationId": 5}, None,
     ("ReservationStatusUpdate", {"reservationId": 5, "reservationUpdateStatus": "Expired"}),
     ("ReservationStatusUpdate", {"reservationId": 5, "reservationUpdateStatus": "Removed"})),
    ("2.1", "UsePriorityCharging", {"transactionId": "T1", "activate": True}, None,
     ("NotifyPriorityCharging", {"transactionId": "T2", "activated": True}),
     ("NotifyPriorityCharging", {"transactionId": "T1", "activated": True})),
]  # fmt: skip


@pytest.mark.parametrize(
    ("version", "action", "payload", "answer", "other", "proof"),
    [pytest.param(*row, id="-".join((row[0], row[1], row[5][0]))) for row in PROOFS],
)
def test_it_marks_the_effect_when_the_charger_shows_it(
    gateway, charger, version, action, payload, answer, other, proof
):
    async def story():
        async with await Device.connect(gateway, "CP1", version=version) as device:
            await device.call("Heartbeat", {})
            pk = await obeyed(device, action, payload, answer)
            await device.call(*other)
            assert not await looking(lambda: seen(pk)), "that message shows nothing of the kind"
            await device.call(*proof)
            assert await looking(lambda: seen(pk))

    asyncio.run(story())


@pytest.mark.parametrize("word", ["DownloadFailed", "InstallationFailed", "InvalidSignature"])
def test_the_effect_of_a_firmware_order_is_installed_and_is_withdrawn_where_it_failed(gateway, charger, word):
    location = {"location": "http://x", "retrieveDateTime": ago(seconds=1)}

    async def story():
        async with await Device.connect(gateway, "CP1", version="2.0.1") as device:
            await device.call("Heartbeat", {})
            pk = await obeyed(device, "UpdateFirmware", {"requestId": 4, "firmware": location}, None)
            shown = []
            for status, number in (("Installing", 4), ("Installed", 4), (word, 3), (word, 4)):
                await device.call("FirmwareStatusNotification", {"status": status, "requestId": number})
                shown.append(await looking(lambda: seen(pk)))
            return shown

    assert asyncio.run(story()) == [False, True, True, False]


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_it_measures_the_clock_of_a_charger_and_leaves_out_what_comes_late(gateway, charger, member, version):
    async def status(device, **behind):
        told = {"connectorStatus": "Available", "evseId": 1} if version != "1.6" else {"status": "Available"}
        more = {} if version != "1.6" else {"errorCode": "NoError"}
        await device.call("StatusNotification", {"connectorId": 1, "timestamp": ago(**behind), **told, **more})

    async def story():
        async with await Device.connect(gateway, "CP1", version=version) as device:
            for _ in range(4):
                await status(device, minutes=3, seconds=12)
            assert abs((await looking(Charger.objects.get)).clock_offset_s + 192) <= 1
            await status(device, hours=5)
            await status(device, hours=4)
            assert abs((await looking(Charger.objects.get)).clock_offset_s + 192) <= 1

    asyncio.run(story())

    assert Charger.objects.get().clock_measured_at


@pytest.mark.parametrize(("statuses", "is_late"), [(0, True), (3, False)])
def test_it_takes_no_start_for_a_late_one_because_the_clock_is_slow(gateway, charger, member, statuses, is_late):
    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            for _ in range(statuses):
                status = {"connectorId": 1, "status": "Available", "errorCode": "NoError", "timestamp": ago(minutes=4)}
                await device.call("StatusNotification", status)
            start = {"connectorId": 1, "idTag": "04A1B2C3D4", "meterStart": 1, "timestamp": ago(minutes=4)}
            await device.call("StartTransaction", start)

    asyncio.run(story())

    assert Transaction.objects.get().offline is is_late


def test_it_believes_no_clock_by_replayed_transactions(gateway, charger, member):
    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            for hours in (5, 4, 3):
                start = {"connectorId": 1, "idTag": "04A1B2C3D4", "meterStart": 1, "timestamp": ago(hours=hours)}
                await device.call("StartTransaction", start)

    asyncio.run(story())

    assert Charger.objects.get().clock_measured_at is None


def test_it_keeps_the_values_of_a_stream_once_and_answers_none(gateway, charger):
    begun = ago(minutes=1)

    async def story():
        async with await Device.connect(gateway, "CP1", version="2.1") as device:
            values = [{"t": 0, "v": "21"}, {"t": 1.5, "v": "22"}]
            payload = {"id": 5, "pending": 2, "basetime": begun, "data": values}
            send = [6, "s1", "NotifyPeriodicEventStream", payload]
            await device.send(json.dumps(send))
            await device.send(json.dumps(send))
            await device.send('[6,"s2","NotifyPeriodicEventStream",{"id":"five"}]')
            assert "currentTime" in await device.call("Heartbeat", {})

    asyncio.run(story())

    stream = EventStream.objects.get()
    assert (stream.stream_id, stream.count, stream.pending, stream.last_value) == (5, 2, 2, "22")
    assert stream.last_at == datetime.fromisoformat(begun) + timedelta(seconds=1.5)
    assert list(Message.objects.filter(message_type=6).values_list("answer", "is_error")) == [
        (None, False),
        (None, False),
        (None, True),
    ]


def test_it_tells_that_a_charger_could_not_read_an_answer(gateway, charger):
    async def story():
        async with await Device.connect(gateway, "CP1", version="2.1") as device:
            await device.call("Heartbeat", {}, message_id="h1")
            await device.send('[5,"h1","FormatViolation","currentTime",{}]')
            await device.call("Heartbeat", {})

    asyncio.run(story())

    event = ChargerEvent.objects.get()
    assert event.summary == "It could not take our answer to Heartbeat: FormatViolation: currentTime"
    assert Message.objects.get(message_type=5).is_error


def test_it_counts_a_report_once_that_comes_twice(gateway, charger):
    event = {"type": "MemoryExhaustion", "timestamp": ago(minutes=30)}

    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            await device.call("SecurityEventNotification", event)
            await device.call("SecurityEventNotification", event)

    asyncio.run(story())

    assert ChargerEvent.objects.count() == 1


def test_it_gathers_the_parts_of_a_report_of_settings(gateway, charger):
    async def story():
        async with await Device.connect(gateway, "CP1", version="2.0.1") as device:
            for part in (report(4, 0, more=True), report(4, 0, more=True), report(4, 1, more=False)):
                await device.call("NotifyReport", part)

    asyncio.run(story())

    event = ChargerEvent.objects.get()
    assert (event.summary, event.state) == ("Report of its settings: 2 reported in 2 parts, complete", "Complete")


def started(seq_no, **changes):
    return {
        "eventType": "Started", "timestamp": ago(minutes=30), "triggerReason": "Authorized", "seqNo": seq_no,
        "transactionInfo": {"transactionId": "1"}, "evse": {"id": 1, "connectorId": 1},
        "idToken": {"idToken": "04A1B2C3D4", "type": "ISO14443"},
        "meterValue": [{"timestamp": ago(minutes=30), "sampledValue": [{"value": 1000}]}], **changes,
    }  # fmt: skip


def ended(**changes):
    return {
        "eventType": "Ended", "timestamp": ago(minutes=20), "triggerReason": "EVDeparted", "seqNo": 2,
        "transactionInfo": {"transactionId": "1", "stoppedReason": "EVDisconnected"},
        "meterValue": [{"timestamp": ago(minutes=20), "sampledValue": [{"value": 2000}]}], **changes,
    }  # fmt: skip


def test_it_tells_a_reused_transaction_id_of_2_x_from_a_repeat(gateway, charger, member):
    first, end, second = started(0), ended(), started(0, timestamp=ago(minutes=5))
    second["meterValue"] = [{"timestamp": ago(minutes=5), "sampledValue": [{"value": 2000}]}]
    end_of_second = ended(timestamp=ago(minutes=1))
    end_of_second["meterValue"] = [{"timestamp": ago(minutes=1), "sampledValue": [{"value": 2600}]}]

    async def story():
        async with await Device.connect(gateway, "CP1", version="2.0.1") as device:
            for payload in (first, end, first, second, second, end, first, end_of_second, end_of_second):
                await device.call("TransactionEvent", payload)

    asyncio.run(story())

    rows = Transaction.objects.order_by("reuse")
    assert list(rows.values_list("transaction_id", "reuse", "meter_start_wh", "meter_stop_wh", "case")) == [
        ("1", 0, 1000, 2000, ""),
        ("1", 1, 2000, 2600, ""),
    ]
    assert [MeterValue.objects.filter(transaction=row).count() for row in rows] == [2, 2]


def test_it_counts_what_a_charger_does_wrong_per_firmware(gateway, charger):
    boot = {"chargePointVendor": "V" * 300, "chargePointModel": "", "firmwareVersion": "5.1"}
    status = {"connectorId": "1", "status": "Available", "errorCode": "NoError", "timestamp": "10.03.2026"}

    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            for _ in range(3):
                await device.call("BootNotification", boot)
                await device.call("StatusNotification", status)

    asyncio.run(story())

    found = Deviation.objects.order_by("action", "path").values_list("action", "path", "firmware_version", "count")
    assert list(found) == [
        ("BootNotification", "chargePointVendor", "5.1", 3),
        ("StatusNotification", "connectorId", "5.1", 3),
        ("StatusNotification", "timestamp", "5.1", 3),
    ]
    assert Charger.objects.get().vendor == "V" * 255
