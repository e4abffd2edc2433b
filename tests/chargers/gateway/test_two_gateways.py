"""Two gateway processes: commands reach the right one, and the death of one is known within seconds."""

import asyncio
import json
import signal

import psycopg
import pytest
from django.db import connection

from chargers import tasks
from chargers.models import Charger, Command, Gateway
from tests.kit import gateway as processes
from tests.kit.commands import order
from tests.kit.gateway import Device, looking
from tests.kit.two_gateways import age
from tests.kit.waiting import until

START = {"idTag": "04A1B2C3D4", "connectorId": 1}


@pytest.fixture
def second(gateway):
    with processes.running() as running:
        yield running


def a_beat_waits():
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%chargers_gateway%'"
    with connection.cursor() as cursor:
        cursor.execute(waiting)
        return cursor.fetchone()[0] == 1


def test_a_command_reaches_the_gateway_that_holds_the_charger_and_only_once(gateway, second, charger, other_charger):
    async def story():
        async with (
            await Device.connect(gateway, "CP2") as other,
            await Device.connect(second, "CP1") as device,
        ):
            await other.call("Heartbeat", {})
            await device.call("Heartbeat", {})
            await looking(lambda: order("RemoteStartTransaction", START))
            frame = await device.receive(within_s=4)
            await device.send(json.dumps([3, frame[1], {"status": "Accepted"}]))
            await until(lambda: Command.objects.get().state == "accepted")
            for one in (device, other):
                with pytest.raises(TimeoutError):
                    await one.receive(within_s=0.5)
            return frame

    frame = asyncio.run(story())

    assert frame[2:] == ["RemoteStartTransaction", START]
    holders = dict(Charger.objects.values_list("charger_id", "gateway_id"))
    assert holders["CP1"] != holders["CP2"]


def test_what_a_killed_gateway_had_sent_ends_unknown_and_is_never_sent_again(gateway, second, charger, other_charger):
    async def story():
        other = await Device.connect(gateway, "CP2")
        device = await Device.connect(second, "CP1")
        await other.call("Heartbeat", {})
        await device.call("Heartbeat", {})
        await looking(lambda: order("RemoteStartTransaction", START))
        assert (await device.receive())[2] == "RemoteStartTransaction"
        dead = (await looking(lambda: Charger.objects.get(charger_id="CP1"))).gateway_id
        second.process.send_signal(signal.SIGKILL)
        second.process.wait()
        await looking(tasks.expire_dead_gateways)
        assert (await looking(Command.objects.get)).state == "sent"  # silent, but not for long enough

        await looking(lambda: age(dead))
        await looking(tasks.expire_dead_gateways)

        row = await looking(Command.objects.get)
        assert (row.state, row.outcome) == ("unknown", "The gateway stopped before the answer: look at the charger.")
        online = await looking(lambda: dict(Charger.objects.values_list("charger_id", "connection_id")))
        assert (online["CP1"], online["CP2"] is not None) == (None, True)
        async with await Device.connect(gateway, "CP1") as again:
            await again.call("Heartbeat", {})
            with pytest.raises(TimeoutError):
                await again.receive(within_s=1)
        assert "currentTime" in await other.call("Heartbeat", {})
        await other.ws.close()

    asyncio.run(story())


def test_a_charger_that_leaves_while_its_gateway_takes_chargers_back_stays_offline(gateway, charger, other_charger):
    async def story():
        async with await Device.connect(gateway, "CP2") as other:
            device = await Device.connect(gateway, "CP1")
            await other.call("Heartbeat", {})
            await device.call("Heartbeat", {})
            mine = (await looking(lambda: Charger.objects.get(charger_id="CP1"))).gateway_id
            await until(lambda: Gateway.objects.filter(pk=mine).exists(), within_s=8)
            with psycopg.connect(**connection.get_connection_params()) as holder:
                holder.execute("DELETE FROM chargers_gateway")  # it is taken for dead, and its next beat waits for this
                await until(a_beat_waits, within_s=8)
                await device.ws.close()
                await until(lambda: not Charger.objects.get(charger_id="CP1").is_online())
            await until(lambda: Gateway.objects.filter(pk=mine).exists(), within_s=8)
            await other.call("Heartbeat", {})
            await asyncio.sleep(0.5)
            online = await looking(lambda: dict(Charger.objects.values_list("charger_id", "connection_id")))
            assert (online["CP1"], online["CP2"] is not None) == (None, True)

    asyncio.run(story())
