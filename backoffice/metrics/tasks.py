"""Metrics of how long workers' tasks take, and how they end."""

import time
from typing import Any, Final

from celery import signals

from chargers.lib import metrics

_MAX_UNDER_WAY: Final = 10_000
"""How many running tasks are remembered at most, because a task whose process was killed never ends."""
_begun: dict[str, float] = {}


def measure() -> None:
    """Connects to Celery's signals, once per process."""
    signals.task_prerun.connect(_begin, weak=False, dispatch_uid="metrics")
    signals.task_postrun.connect(_end, weak=False, dispatch_uid="metrics")


def _begin(task_id: str, **_: Any) -> None:
    if len(_begun) < _MAX_UNDER_WAY:
        _begun[task_id] = time.perf_counter()


def _end(task_id: str, task: Any, state: str | None = None, **_: Any) -> None:
    started_s = _begun.pop(task_id, None)
    if started_s is not None:
        outcome = "done" if state == "SUCCESS" else "failed"
        metrics.TASK_SECONDS.labels(task=task.name, outcome=outcome).observe(time.perf_counter() - started_s)
