"""A cheap back office: `python -m bench.partner PORT` accepts every card and acknowledges all other messages."""

import asyncio
import json
import sys

from websockets.asyncio.server import ServerConnection, serve

_CARD = '{"idTagInfo":{"status":"Accepted"}}'


async def converse(connection: ServerConnection) -> None:
    async for text in connection:
        frame = json.loads(text)
        if frame[0] != 2:
            continue
        answer = _CARD if frame[2] == "Authorize" else "{}"
        await connection.send(f'[3,"{frame[1]}",{answer}]')


async def main(port: int) -> None:
    async with serve(converse, "127.0.0.1", port, subprotocols=["ocpp1.6"], compression=None):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
