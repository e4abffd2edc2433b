"""Several who do the same at the same moment, each with a database connection of its own."""

import threading
from collections.abc import Callable

from django.db import connection


def at_once(times: int, work: Callable[[], object]) -> None:
    """Returns when all have done it; what one raises ends that one alone."""

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
