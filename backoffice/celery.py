"""The Celery application: workers and beat."""

import os
from threading import Lock
from typing import Any

from celery import Celery, Task, signals

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")


class OneAtATime(Task):  # type: ignore[misc]  # Celery has no types
    """Prevents a task without arguments, as beat sends it, from running twice at once in one process.

    Workers have many threads. While a task waits for another system's answer, its next run is skipped, so that it does
    not occupy more threads.
    """

    abstract = True

    def __init__(self) -> None:
        self._running = Lock()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if args or kwargs:
            return super().__call__(*args, **kwargs)
        if not self._running.acquire(blocking=False):
            return None
        try:
            return super().__call__()
        finally:
            self._running.release()


def _measure(**_: Any) -> None:
    from backoffice.metrics import tasks  # noqa: PLC0415 - workers alone need it, and commands start sooner without

    tasks.measure()


app = Celery("backoffice", task_cls=OneAtATime)
signals.worker_init.connect(_measure, weak=False)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(["backoffice.portal"])
