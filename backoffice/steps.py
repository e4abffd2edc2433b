"""Progress of a long start: each step when it begins, and the seconds that it took."""

import time
from collections.abc import Callable


class Steps:
    """Writes a line for each step, and one with its seconds when the next step begins."""

    def __init__(self, write: Callable[[str], object]) -> None:
        self._write = write
        self._began_at: float | None = None

    def begin(self, text: str) -> None:
        """Ends the current step and announces the next."""
        self.end()
        self._write(text)
        self._began_at = time.monotonic()

    def end(self) -> None:
        """Ends the current step, if any."""
        if self._began_at is not None:
            self._write(f"… done in {time.monotonic() - self._began_at:.1f} s")
        self._began_at = None
