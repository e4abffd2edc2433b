"""What must hold when a process dies, a partner is slow or the fault is ours."""

import asyncio
import os
import signal
from datetime import UTC, datetime

import pytest

from chargers.commands import queue
from chargers.gateway import exchange
from chargers.journal.group_commit import Later, WorkResult
from chargers.models import Charger
from tests.kit import gateway as gateways
from tests.kit.faults import Plugged
from tests.kit.gateway import Device, looking

pytestmark = pytest.mark.django_db(transaction=True)


def test_it_lets_a_killed_gateways_charger_in_again(charger):
    async def connect_and_die(gateway):
        device = await Device.connect(gateway, "CP1")
        await device.call("Heartbeat", {})
        os.kill(gateway.process.pid, signal.SIGKILL)
        await device.ws.wait_closed()

    async def come_back(gateway):
        async with await Device.connect(gateway, "CP1") as device:
            await device.call("Heartbeat", {})

    with gateways.running() as gateway:
        asyncio.run(connect_and_die(gateway))
    assert Charger.objects.get().is_online(), "nobody was left to note the end"
    with gateways.running() as gateway:
        asyncio.run(come_back(gateway))
    assert not Charger.objects.get().is_online()


def test_it_goes_on_reading_while_something_long_is_awaited(charger, monkeypatch):
    real = exchange.handle_frame
    word = None

    def asks_a_partner(connection, **arguments):
        if "Authorize" not in arguments["text"]:
            return real(connection, **arguments)

        async def wait():
            await word.wait()
            return '[3,"1",{"idTagInfo":{"status":"Accepted"}}]'

        def store(answer):
            return WorkResult(value=answer)

        return WorkResult(value=Later(wait=wait, work=store, failed=lambda _: WorkResult()))

    monkeypatch.setattr(exchange, "handle_frame", asks_a_partner)

    async def story():
        nonlocal word
        word = asyncio.Event()
        async with Plugged(charger) as plugged:
            await plugged.ask('[2,"1","Authorize",{"idTag":"A"}]')
            await plugged.ask('[2,"2","Heartbeat",{}]')
            first = await plugged.answer()
            word.set()
            return first, await plugged.answer()

    first, second = asyncio.run(story())

    assert first[:2] == [3, "2"]
    assert second == [3, "1", {"idTagInfo": {"status": "Accepted"}}]


def test_it_serves_chargers_while_redis_is_away(charger):
    async def story(gateway):
        async with await Device.connect(gateway, "CP1") as device:
            assert "currentTime" in await device.call("Heartbeat", {})
            await looking(lambda: order(charger))
            assert (await device.receive(within_s=10))[2] == "ClearCache"
            newer = await Device.connect(gateway, "CP1")
            await device.ws.wait_closed()
            assert device.ws.close_code == 4001
            await newer.ws.close()

    with gateways.running(redis_url="redis://127.0.0.1:1/0") as gateway:
        asyncio.run(story(gateway))


def order(charger):
    now = datetime.now(tz=UTC)
    return queue.request(charger, queue.CommandRequest("ClearCache", {}, "system"), now=now)
