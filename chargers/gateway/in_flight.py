"""The calls of one charger that are not answered yet."""

import asyncio


class InFlight:
    """At most so many at a time."""

    def __init__(self, most: int) -> None:
        self._free = asyncio.Semaphore(most)
        self._answered = asyncio.Event()
        self.unanswered = 0

    async def acquire(self) -> None:
        await self._free.acquire()
        self.unanswered += 1

    def release(self) -> None:
        self.unanswered -= 1
        self._free.release()
        self._answered.set()

    async def until_all_answered(self) -> None:
        while self.unanswered:
            self._answered.clear()
            await self._answered.wait()
