"""The unanswered calls of one charger."""

import asyncio


class InFlight:
    """The calls with unfinished work, which are limited in number, and the calls that only wait for their answer."""

    def __init__(self, limit: int) -> None:
        self._free = asyncio.Semaphore(limit)
        self._has_answered = asyncio.Event()
        self.unanswered = 0

    async def begin(self) -> None:
        await self._free.acquire()
        self.unanswered += 1

    def end_work(self) -> None:
        """Admits the next call; the answer may still wait for a mobility provider or another back office."""
        self._free.release()

    def answer(self) -> None:
        self.unanswered -= 1
        self._has_answered.set()

    async def until_all_answered(self) -> None:
        while self.unanswered:
            self._has_answered.clear()
            await self._has_answered.wait()
