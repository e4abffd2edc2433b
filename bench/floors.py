"""The floors: a bare `websockets` server and an empty Channels consumer, both answering an empty CALLRESULT."""

import asyncio
import sys

from channels.generic.websocket import AsyncWebsocketConsumer
from channels.routing import ProtocolTypeRouter


class Empty(AsyncWebsocketConsumer):
    """Answers every CALL with an empty CALLRESULT, reading no more than the message id."""

    async def connect(self) -> None:
        await self.accept("ocpp1.6")

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        await self.send(f'[3,"{(text_data or "").split(chr(34), 2)[1]}",{{}}]')


application = ProtocolTypeRouter({"websocket": Empty.as_asgi()})


async def echo(port: int) -> None:
    from websockets.asyncio.server import ServerConnection, serve

    async def handle(socket: ServerConnection) -> None:
        async for text in socket:
            await socket.send(f'[3,"{str(text).split(chr(34), 2)[1]}",{{}}]')

    async with serve(handle, "127.0.0.1", port, subprotocols=["ocpp1.6"], compression=None):
        await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    asyncio.run(echo(int(sys.argv[1])))
