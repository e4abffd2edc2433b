"""Reads the codes in a guest's photo, in a process of its own: threads cannot be ended from outside.

A few photos are decoded at the same time, so that many of them neither fill the memory nor hold up other pages.
"""

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Final

from billing.sessions.scanning import decoder
from billing.sessions.scanning.decoder import PhotoError, Problem, Reading

TIMEOUT_S: Final = 8.0
MAX_AT_ONCE: Final = 2
_WAIT_S: Final = 4.0
_ROOT: Final = Path(__file__).resolve().parents[3]
_COMMAND: Final = (sys.executable, "-m", "billing.sessions.scanning.decoder")
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
        run = subprocess.run(_COMMAND, input=content, capture_output=True, check=False, cwd=_ROOT, timeout=timeout_s)
    except subprocess.TimeoutExpired as exc:
        raise PhotoError(Problem.TOO_SLOW) from exc
    finally:
        _turns.release()
    if run.returncode:  # it used up its memory or CPU time, or broke the decoder
        raise PhotoError(Problem.NO_PICTURE)
    answer = json.loads(run.stdout)
    if "problem" in answer:
        raise PhotoError(Problem(answer["problem"]))
    return Reading(**answer | {"texts": tuple(answer["texts"])})
