"""The websocket of a simulated charger, when its connection ends in the middle of something."""

import asyncio
import gc
import json

import pytest
from websockets.asyncio.server import ServerConnection, serve

from chargers.simulator import link as links
from chargers.simulator import stories
from chargers.simulator.device import Device16, Identity
from chargers.simulator.link import Link


async def _no_command(_action, _payload):
    return {}


def complaints_of(server_side, story):
    """What asyncio has to say of exceptions that nobody looked at."""
    found = []

    async def run():
        asyncio.get_running_loop().set_exception_handler(lambda _, context: found.append(context["message"]))
        async with serve(server_side, "127.0.0.1", 0, subprotocols=["ocpp1.6"]) as server:
            port = server.sockets[0].getsockname()[1]
            link = await Link.open(
                url=f"ws://127.0.0.1:{port}", charger_id="CP1", password=None, version="1.6", handler=_no_command
            )
            await story(link)
            await link.close()
        gc.collect()
        await asyncio.sleep(0)

    asyncio.run(run())
    gc.collect()
    return found


def test_it_leaves_no_exception_unseen_where_a_call_meets_a_connection_that_is_taken_over():
    """It is sent after the close frame has come, and before the socket is gone."""

    async def takes_over(ws: ServerConnection) -> None:
        ws.protocol.send_close(4001)
        for chunk in ws.protocol.data_to_send():
            ws.transport.write(chunk)
        ws.transport.pause_reading()
        await asyncio.sleep(0.6)
        ws.transport.abort()

    async def story(link: Link) -> None:
        await asyncio.sleep(0.2)
        with pytest.raises(ConnectionError):
            await link.call("Heartbeat", {})

    assert complaints_of(takes_over, story) == []


def test_it_leaves_no_exception_unseen_where_its_answer_comes_too_late():
    async def asks_and_goes(ws: ServerConnection) -> None:
        for number in range(20):
            await ws.send(json.dumps([2, str(number), "Reset", {}]))
        await ws.close(4001)

    async def story(link: Link) -> None:
        await asyncio.sleep(0.3)
        with pytest.raises(ConnectionError):
            await link.call("Heartbeat", {})

    assert complaints_of(asks_and_goes, story) == []


async def _never_answers(ws: ServerConnection) -> None:
    await ws.wait_closed()


def test_a_call_without_an_answer_says_so(monkeypatch):
    monkeypatch.setattr(links, "ANSWER_TIMEOUT_S", 0.05)

    async def story(link: Link) -> None:
        with pytest.raises(TimeoutError, match="Heartbeat was not answered within 0 s"):
            await link.call("Heartbeat", {})

    assert complaints_of(_never_answers, story) == []


def test_a_charger_that_stays_says_why_it_lost_the_line_and_reconnects(monkeypatch):
    monkeypatch.setattr(stories, "_RETRY_DELAY_S", 0.01)
    said: list[str] = []
    connections = 0

    async def gives_up_once(ws: ServerConnection) -> None:
        nonlocal connections
        connections += 1
        if connections == 1:
            await ws.close(1011, "keepalive ping timeout")
            return
        async for frame in ws:
            await ws.send(json.dumps([3, json.loads(frame)[1], {"status": "Accepted"}]))

    async def reconnected(task: asyncio.Task[None]) -> None:
        while not any("connected with OCPP" in one for one in said):
            assert not task.done()
            await asyncio.sleep(0.05)

    async def run() -> None:
        async with serve(gives_up_once, "127.0.0.1", 0, subprotocols=["ocpp1.6"]) as server:
            url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            device = Device16(Identity(url=url, charger_id="CP1"), log=said.append)
            with pytest.raises(ConnectionError):
                await device.connect()
            staying = asyncio.create_task(stories.stay(device))
            await asyncio.wait_for(reconnected(staying), 10)
            staying.cancel()
            assert device.link is not None
            await device.link.close()

    asyncio.run(run())

    assert "keepalive ping timeout" in said[0]
    assert said[0].startswith("lost the line, tries again: ")
