"""A mobility provider on its own port, in a thread of the test."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from chargers.simulator.provider import Manner, Provider, ReceivedQuestion

__all__ = ["Manner", "ReceivedQuestion", "Standing", "standing"]


@dataclass(frozen=True)
class Standing:
    """The running provider and the address of its tokens endpoint."""

    url: str
    provider: Provider

    @property
    def asked(self) -> list[ReceivedQuestion]:
        return self.provider.asked

    def answers(self, uid: str, manner: Manner) -> None:
        self.provider.manners[uid] = manner


@contextmanager
def standing() -> Iterator[Standing]:
    provider, loop = Provider(), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    url = asyncio.run_coroutine_threadsafe(provider.start(), loop).result(10)
    try:
        yield Standing(url=url, provider=provider)
    finally:
        asyncio.run_coroutine_threadsafe(_end(provider), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _end(provider: Provider) -> None:
    provider.stop()
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    asyncio.get_running_loop().set_exception_handler(lambda *_: None)  # streams report cancelled conversations
    await asyncio.gather(*others, return_exceptions=True)
