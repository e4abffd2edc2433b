"""Reads the codes in a guest's photo, in a process of its own.

A few photos are decoded at the same time, so that many of them neither fill the memory nor hold up other pages.
"""

import json
import threading
from typing import Final

from billing.sessions.scanning import decoder
from billing.sessions.scanning.decoder import PhotoError, Problem, Reading
from chargers.lib import isolated
from chargers.lib.isolated import BrokenOffError, TooSlowError

TIMEOUT_S: Final = 8.0
MAX_AT_ONCE: Final = 2
_WAIT_S: Final = 4.0
_MODULE: Final = "billing.sessions.scanning.decoder"
_turns = threading.BoundedSemaphore(MAX_AT_ONCE)


def read(content: bytes, *, timeout_s: float = TIMEOUT_S, wait_s: float = _WAIT_S) -> Reading:
    """Like `decoder.decode`, within that time. Raises PhotoError, also if time or memory is used up, or none is free.

    `wait_s` is how long it waits for its turn.
    """
    if len(content) > decoder.LIMITS.most_bytes:
        raise PhotoError(Problem.TOO_MANY_BYTES)
    if not _turns.acquire(timeout=wait_s):
        raise PhotoError(Problem.BUSY)
    try:
        answer = json.loads(isolated.run(_MODULE, content, timeout_s=timeout_s))
    except TooSlowError as exc:
        raise PhotoError(Problem.TOO_SLOW) from exc
    except BrokenOffError as exc:
        raise PhotoError(Problem.NO_PICTURE) from exc
    finally:
        _turns.release()
    if "problem" in answer:
        raise PhotoError(Problem(answer["problem"]))
    return Reading(**answer | {"texts": tuple(answer["texts"])})
