"""Pages wait in line, so that a crowd never exhausts the database; whether we are well is answered at once."""

import asyncio
from typing import Any

import pytest

from backoffice import asgi


class Slow:
    """An application whose pages take until they are let go."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.goes_on = asyncio.Event()

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        self.begun.append(scope["path"])
        await self.goes_on.wait()


async def started(app: Any, *paths: str) -> list[asyncio.Task[None]]:
    tasks = [asyncio.create_task(app({"path": path}, None, None)) for path in paths]
    for _ in range(5):
        await asyncio.sleep(0)
    return tasks


async def test_no_more_pages_are_made_at_once_than_may_be():
    slow = Slow()
    tasks = await started(asgi.in_turn(slow, at_once=2), "/1", "/2", "/3")  # type: ignore[arg-type]

    assert slow.begun == ["/1", "/2"]
    slow.goes_on.set()
    await asyncio.gather(*tasks)
    assert slow.begun == ["/1", "/2", "/3"]


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
async def test_machines_that_ask_how_we_are_do_not_wait(path: str):
    slow = Slow()
    tasks = await started(asgi.in_turn(slow, at_once=1), "/1", "/2", path)  # type: ignore[arg-type]

    assert slow.begun == ["/1", path]
    slow.goes_on.set()
    await asyncio.gather(*tasks)


async def test_a_page_that_fails_leaves_its_turn_to_the_next():
    async def fails(_scope: dict[str, Any], _receive: Any, _send: Any) -> None:
        raise ZeroDivisionError

    app = asgi.in_turn(fails, at_once=1)  # type: ignore[arg-type]
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            await asyncio.wait_for(app({"path": "/"}, None, None), timeout=5)
