"""One function per event: the only place where the apps meet for a charger's message."""

import asyncio
import json

from chargers.models import Deviation, Message, MeterValue, Transaction
from tests.kit.calls_16 import ago, sampled, start
from tests.kit.gateway import Device, looking


def test_it_lets_a_charger_speak_only_about_itself(gateway, charger, other_charger, member):
    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            row_id = (await device.call("StartTransaction", start()))["transactionId"]
        async with await Device.connect(gateway, "CP2") as stranger:
            assert await stranger.call("MeterValues", sampled(9999, transaction_id=row_id)) == {}
            stop = {"transactionId": row_id, "meterStop": 9999, "timestamp": ago(minutes=1)}
            assert await stranger.call("StopTransaction", stop) == {}

    asyncio.run(story())

    row = Transaction.objects.get(charger=charger)
    assert (row.stopped_at, row.register_wh) == (None, 1000)
    assert MeterValue.objects.get().transaction_id is None


def test_it_answers_many_frames_sent_at_once_in_their_order(gateway, charger):
    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            for number in range(100):
                await device.send(json.dumps([2, f"m{number}", "Heartbeat", {}]))
            return [(await device.receive())[1] for _ in range(100)]

    assert asyncio.run(story()) == [f"m{number}" for number in range(100)]
    assert Message.objects.count() == 100


def test_it_counts_deviations_per_place(gateway, charger):
    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            for _ in range(3):
                await device.call("StatusNotification", {"connectorId": 1, "errorCode": "Error", "status": "Faulted"})

    asyncio.run(story())

    deviation = Deviation.objects.get()
    assert (deviation.path, deviation.count) == ("errorCode", 3)
    assert deviation.sentence.startswith('errorCode is "Error": write one of ConnectorLockFailure')


def test_it_stores_before_it_answers(gateway, charger):
    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            for number in range(20):
                await device.call("Heartbeat", {})
                assert await looking(Message.objects.count) == number + 1

    asyncio.run(story())
