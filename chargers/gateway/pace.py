"""How fast one charger may send: what is too fast waits, and what goes on being too fast ends. Pure.

A charger that keeps to OCPP waits for each answer before its next CALL, and never comes near these limits, also while
it sends what it stored when it was offline.
"""

from dataclasses import dataclass
from typing import Final

FRAMES_A_SECOND: Final = 200
FRAMES_AT_ONCE: Final = 2000
BYTES_A_SECOND: Final = 1024 * 1024
BYTES_AT_ONCE: Final = 16 * 1024 * 1024
PATIENCE_S: Final = 30.0
"""So long a charger is slowed down; one that floods on is closed with 1008."""


@dataclass(slots=True)
class Pace:
    """Two buckets that fill with time: one of frames, one of bytes."""

    now: float
    frames: float = FRAMES_AT_ONCE
    bytes: float = BYTES_AT_ONCE
    slowed_s: float = 0.0

    def wait_s(self, size: int, *, now: float) -> float:
        """Takes one frame of so many bytes, and tells how long to wait before the next is read; mostly 0."""
        passed = max(now - self.now, 0.0)
        self.now = now
        self.frames = min(self.frames + passed * FRAMES_A_SECOND, FRAMES_AT_ONCE) - 1
        self.bytes = min(self.bytes + passed * BYTES_A_SECOND, BYTES_AT_ONCE) - size
        wait = max(-self.frames / FRAMES_A_SECOND, -self.bytes / BYTES_A_SECOND, 0.0)
        self.slowed_s = self.slowed_s + wait if wait else 0.0 if self._is_at_ease() else self.slowed_s
        return wait

    @property
    def is_flooding(self) -> bool:
        """It was slowed down for long, and has not paused since."""
        return self.slowed_s > PATIENCE_S

    def _is_at_ease(self) -> bool:
        return self.frames > FRAMES_AT_ONCE / 2 and self.bytes > BYTES_AT_ONCE / 2
