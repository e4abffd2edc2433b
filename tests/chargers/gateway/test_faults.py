"""What must hold when a process dies, a partner is slow or the fault is ours."""

import asyncio
import json
import os
import signal
from datetime import UTC, datetime

import pytest
from channels.testing import WebsocketCommunicator

from chargers.commands import queue
from chargers.gateway import exchange
from chargers.gateway.consumer import ChargerConsumer
from chargers.handshake import admission
from chargers.journal.group_commit import Later, WorkResult
from chargers.models import Charger, Message
from chargers.protocol.frames import Version
from tests.kit import gateway as gateways
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


class Plugged:
    """The consumer in this process, with its real journal and database; only the socket is the test's."""

    def __init__(self, charger):
        admitted = admission.Admitted(charger=charger, version=Version.V16, subprotocol="ocpp1.6")
        self.wire = WebsocketCommunicator(ChargerConsumer.as_asgi(), "/ocpp/CP1", subprotocols=["ocpp1.6"])
        self.wire.scope["admitted"] = admitted

    async def __aenter__(self):
        assert await self.wire.connect() == (True, "ocpp1.6")
        return self

    async def __aexit__(self, *_):
        await self.wire.disconnect()
        from chargers.gateway import switchboard

        board = switchboard.here()
        await board.close()

    async def ask(self, text):
        await self.wire.send_to(text_data=text)

    async def answer(self):
        return json.loads(await self.wire.receive_from(timeout=10))


def test_it_answers_internal_error_where_the_fault_is_ours_and_stays(charger, monkeypatch):
    real = exchange.messages.handle

    def broken(connection, event, *, now):
        if type(event).__name__ == "AuthorizeRequested":
            raise ZeroDivisionError("a fault of ours")
        return real(connection, event, now=now)

    monkeypatch.setattr(exchange.messages, "handle", broken)

    async def story():
        async with Plugged(charger) as plugged:
            await plugged.ask('[2,"1","Authorize",{"idTag":"A"}]')
            await plugged.ask('[2,"2","Heartbeat",{}]')
            return await plugged.answer(), await plugged.answer()

    first, second = asyncio.run(story())

    assert first[:3] == [4, "1", "InternalError"]
    assert second[:2] == [3, "2"]
    kept = Message.objects.get(message_id="1")
    assert (kept.action, kept.is_error, kept.verdict) == ("Authorize", True, "InternalError")
    assert "ZeroDivisionError" in kept.fault


def test_it_goes_on_reading_while_something_long_is_awaited(charger, monkeypatch):
    real = exchange.received
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

    monkeypatch.setattr(exchange, "received", asks_a_partner)

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
