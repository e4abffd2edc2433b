"""Waits until something holds, for a limited time."""

import asyncio
import time

from tests.kit.gateway import looking


async def until(question, *, within_s=5.0):
    deadline = time.monotonic() + within_s
    while not await looking(question):
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.05)
