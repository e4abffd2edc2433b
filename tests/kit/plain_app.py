"""A plain ASGI application that the launcher serves in its tests, with one path for each case."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Any]


async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
        await send({"type": "http.response.body", "body": b"a page"})
        return
    await receive()
    match scope["path"]:
        case "/unauthorized":
            assert "websocket.http.response" in scope["extensions"]
            headers = [(b"www-authenticate", b'Basic realm="OCPP"')]
            await said(send({"type": "websocket.http.response.start", "status": 401, "headers": headers}))
            await said(send({"type": "websocket.http.response.body", "body": b"Use HTTP Basic."}))
        case "/closed":
            await said(send({"type": "websocket.close"}))
        case "/busy":
            await said(send({"type": "websocket.accept"}))
            await asyncio.sleep(600)
        case _:
            await said(send({"type": "websocket.accept", "subprotocol": next(iter(scope["subprotocols"]), None)}))
            await echo(receive, send)


async def echo(receive: Receive, send: Send) -> None:
    while (message := await receive())["type"] == "websocket.receive":
        if message["text"] == "a day passes":
            pass_a_day()
        await said(send({"type": "websocket.send", "text": message["text"]}))
    await asyncio.sleep(0.3)  # what a consumer still does after its charger has disconnected
    if "DONE_FILE" in os.environ:
        Path(os.environ["DONE_FILE"]).write_text(f"closed with {message['code']}")


async def said(answer: Any) -> None:
    """Awaits the answer if needed: daphne's `send` of a websocket is a plain function, that of a page a coroutine."""
    if answer is not None:
        await answer


def pass_a_day() -> None:
    """Makes daphne's websockets believe that more than a day has passed."""
    import daphne.ws_protocol

    daphne.ws_protocol.time = SimpleNamespace(time=lambda: time.time() + 90_000)
