"""New passwords of chargers, from the request to the proof: the old one is good until the new one was used."""

import asyncio

import pytest

from chargers import tasks
from chargers.models import Charger, Command
from tests.kit.connected import PASSWORD, charger
from tests.kit.credentials import change, is_let_in, settled, told_a_password
from tests.kit.gateway import Device, looking

__all__ = ["charger"]


@pytest.mark.parametrize(("version", "answer"), [("1.6", "Rejected"), ("1.6", "NotSupported"), ("2.0.1", "Rejected")])
def test_it_keeps_the_old_password_when_the_charger_refuses_the_new_one(gateway, charger, version, answer):
    async def story():
        async with await Device.connect(gateway, "CP1", version=version) as device:
            await device.call("Heartbeat", {})
            await looking(change)
            new = await told_a_password(device, answer=answer)
            await settled("refused")
        assert not await is_let_in(gateway, new, version)
        assert await is_let_in(gateway, PASSWORD, version)

    asyncio.run(story())

    assert Charger.objects.get().next_key_hash == ""


def test_both_passwords_stay_good_when_the_connection_ends_before_the_answer(gateway, charger):
    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            await device.call("Heartbeat", {})
            await looking(change)
            _, _, _, payload = await device.receive()
        for _ in range(100):
            if (await looking(Command.objects.get)).state == "unknown":
                break
            await asyncio.sleep(0.05)
        await looking(tasks.keep_credentials_moving)
        await settled("unsure")
        assert await is_let_in(gateway, PASSWORD)
        assert await is_let_in(gateway, payload["value"])
        assert not await is_let_in(gateway, PASSWORD)

    asyncio.run(story())
