"""A rate limit of a number of events per time, which keeps a flood out of the log. Pure except for the clock."""

import time


class Quota:
    def __init__(self, limit: int, *, within_s: float) -> None:
        self._most, self._within_s = limit, within_s
        self._since, self._used = 0.0, 0

    def has_room(self) -> bool:
        """Takes one event; False if none is left for now."""
        now = time.monotonic()
        if now - self._since > self._within_s:
            self._since, self._used = now, 0
        self._used += 1
        return self._used <= self._most
