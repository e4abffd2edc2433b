"""What a charger that is not accepted may do (OCPP 1.6 4.2, OCPP 2.0.1 B02 and B03)."""

import asyncio

from chargers.models import Charger, Message
from tests.kit.calls_16 import status
from tests.kit.gateway import Device


def test_it_neutralises_nul_and_keeps_the_id_of_the_message(gateway, charger):
    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            answer = await device.exchange('[2,"a\\u0000b","Authorize",{"idTag":"x\\u0000y"}]')
            assert answer[:2] == [3, "a\x00b"]
            boot = {"chargePointVendor": "V\x00", "chargePointModel": "\x00", "firmwareVersion": "\x001"}
            assert (await device.call("BootNotification", boot))["status"] == "Accepted"
            assert await device.call("StatusNotification", status("Available", info="\x00")) == {}
            bad = {"connectorId": 1, "meterValue": [{"timestamp": "\x00", "sampledValue": [{"value": "\x00"}]}]}
            assert await device.call("MeterValues", bad) == {}

    asyncio.run(story())

    message = Message.objects.get(action="Authorize")
    assert (message.message_id, message.uid) == ("a\ufffdb", "x\ufffdy")
    assert Charger.objects.get().vendor == "V\ufffd"


def test_it_answers_what_is_not_for_it_and_stays(gateway, charger):
    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            assert await device.refused("MakeCoffee", {}) == "NotImplemented"
            assert await device.refused("Reset", {"type": "Hard"}) == "NotSupported"
            assert await device.refused("Authorize", {}) == "OccurenceConstraintViolation"
            assert await device.call("DataTransfer", {"vendorId": "x", "data": "y"}) == {"status": "UnknownVendorId"}
            assert await device.call("FirmwareStatusNotification", {"status": "Installed"}) == {}
            await device.send("this is not JSON")
            await device.send('[3,"never-asked",{}]')
            assert (await device.exchange('[2,"9","Authorize",{"idTag":"A"}'))[:3] == [4, "9", "FormationViolation"]
            assert (await device.exchange('[9,"10","Authorize",{}]'))[:3] == [4, "10", "ProtocolError"]
            assert "currentTime" in await device.call("Heartbeat", {})

    asyncio.run(story())

    faults = dict(Message.objects.exclude(fault="").values_list("request", "fault"))
    assert faults["this is not JSON"] == "The frame is not JSON: Expecting value."
    assert faults['[3,"never-asked",{}]'] == "No command waits for this answer."
    assert Message.objects.count() == 10
