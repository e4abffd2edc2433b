"""A charger that floods: sends calls at an even pace, without waiting for answers, until it is closed.

`python -m bench.flooder PORT NUMBER PER_SECOND SECONDS` prints one JSON object. With `--reader` it serves a plain
websocket on PORT instead, which reads but answers nothing: the same load on the machine without our work.
"""

import asyncio
import base64
import contextlib
import json
import sys
import time

from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from bench.load import PASSWORD, charger_id

_TICK_S = 0.01
_BEFORE_S = 1.0
_STATUS = '{"connectorId":1,"errorCode":"NoError","status":"Available"}'


async def flood(port: int, number: int, per_second: float, seconds: float) -> dict[str, object]:
    name = charger_id(number)
    token = base64.b64encode(f"{name}:{PASSWORD}".encode()).decode()
    headers, address = {"Authorization": f"Basic {token}"}, f"ws://127.0.0.1:{port}/ocpp/{name}"
    options = {"additional_headers": headers, "ping_interval": None, "compression": None, "proxy": None}
    async with connect(address, subprotocols=["ocpp1.6"], **options) as ws:
        answers = asyncio.create_task(_read(ws))
        await asyncio.sleep(_BEFORE_S)
        began, sent = time.perf_counter(), 0
        with contextlib.suppress(ConnectionClosed):
            while (passed := time.perf_counter() - began) < seconds:
                while sent < passed * per_second:
                    await ws.send(f'[2,"{sent}","StatusNotification",{_STATUS}]')
                    sent += 1
                await asyncio.sleep(_TICK_S)
        lasted = time.perf_counter() - began
        if ws.close_code is None:
            ws.transport.abort()
        return {"code": ws.close_code, "lasted_s": lasted, "sent": sent, "answered": await answers}


async def _read(ws: ClientConnection) -> int:
    count = 0
    with contextlib.suppress(ConnectionClosed):
        async for _answer in ws:
            count += 1
    return count


async def read_only(port: int) -> None:
    async def handle(socket: ServerConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for _text in socket:
                pass

    async with serve(handle, "127.0.0.1", port, subprotocols=["ocpp1.6"], compression=None):
        await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    port, *rest = sys.argv[1:]
    if rest == ["--reader"]:
        asyncio.run(read_only(int(port)))
    else:
        number, per_second, seconds = rest
        print(json.dumps(asyncio.run(flood(int(port), int(number), float(per_second), float(seconds)))))
