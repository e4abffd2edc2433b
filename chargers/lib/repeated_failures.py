"""Logs repeated failures: the traceback once, then how often.

Otherwise a row that fails at every turn of a task would write a traceback each time, and hide the rest of the log.
"""

import logging
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

_LIMIT: Final = 10_000
"""The number of remembered failures. A forgotten one logs its traceback again."""
_TRACED_AGAIN_AFTER_S: Final = 24 * 3600.0
_known: "OrderedDict[tuple[object, ...], _Failure]" = OrderedDict()
_lock: Final = threading.Lock()


@dataclass(slots=True)
class _Failure:
    cause: tuple[str, ...]
    traced_at: float
    times: int = 1


def log(logger: logging.Logger, exc: BaseException, message: str, *args: object) -> None:
    """Logs `message % args` with the traceback or, for a repeated failure, the count: the 10th, 100th time ...

    Another error of the same item, or the same error after a day, logs its traceback again.
    """
    key, cause, moment = (logger.name, message, *map(str, args)), _cause(exc), time.monotonic()
    with _lock:
        before = _known.pop(key, None)
        is_new = before is None or before.cause != cause or moment - before.traced_at > _TRACED_AGAIN_AFTER_S
        failure = _Failure(cause, moment) if before is None or is_new else before
        failure.times += 0 if is_new else 1
        _known[key] = failure
        if len(_known) > _LIMIT:
            _known.popitem(last=False)
        times = failure.times
    if is_new:
        logger.error(message, *args, exc_info=exc)
    elif times == 10 ** (len(str(times)) - 1):
        logger.error("%s (%s times now: %s: %s)", message % args, times, type(exc).__name__, exc)


def forget(logger: logging.Logger, message: str, *args: object) -> None:
    """Forgets a failure after a success: the next failure is a new one."""
    if _known:
        with _lock:
            _known.pop((logger.name, message, *map(str, args)), None)


def _cause(exc: BaseException) -> tuple[str, ...]:
    """Returns what was raised, and where."""
    trace = exc.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    origin = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace is not None else ""
    return type(exc).__name__, origin
