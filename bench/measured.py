"""What a piece of work needs: time, this process's own processor time, and its peak memory."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """`own_s` is this process's processor time, without PostgreSQL's; `peak_mb` is above what it held before."""

    seconds: float
    own_s: float
    peak_mb: float

    def __str__(self) -> str:
        return f"{self.seconds:,.1f} s ({self.own_s:,.1f} own), {self.peak_mb:,.0f} MB"


def measured(work: Callable[[], object]) -> Taken:
    """Runs the work once. Linux only: the peak is reset through /proc."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    before, began, own = _kb("VmRSS"), time.perf_counter(), time.process_time()
    work()
    seconds, own_s = time.perf_counter() - began, time.process_time() - own
    return Taken(seconds=seconds, own_s=own_s, peak_mb=max(_kb("VmHWM") - before, 0) / 1024)


def _kb(name: str) -> int:
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1])
    raise LookupError(name)
