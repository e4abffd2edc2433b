"""Runs the same work several times at the same moment, each with its own database connection."""

import threading
from collections.abc import Callable

from django.db import connection


def at_once(times: int, work: Callable[[], object]) -> None:
    """Returns when all have finished; an exception ends only the thread that raised it."""

    def once() -> None:
        try:
            work()
        finally:
            connection.close()

    threads = [threading.Thread(target=once) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
