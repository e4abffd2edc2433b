"""Runs one of our modules on untrusted input, in a process of its own: threads cannot be ended from outside.

The module reads the input from stdin and writes its answer to stdout; it sets bounds on itself with `limit_memory`.
"""

import resource
import subprocess
import sys
from pathlib import Path
from typing import Final

_ROOT: Final = Path(__file__).resolve().parents[2]


class TooSlowError(Exception):
    """It did not end in time, and was killed."""


class BrokenOffError(Exception):
    """It ended without an answer: it used up its memory or processor time, or broke its parser."""

    def __init__(self, return_code: int) -> None:
        super().__init__(return_code)
        self.return_code = return_code


def run(module: str, content: bytes, *, timeout_s: float) -> bytes:
    """Returns what the module wrote. Raises TooSlowError and BrokenOffError."""
    command = (sys.executable, "-m", module)
    try:
        process = subprocess.run(command, input=content, capture_output=True, check=False, cwd=_ROOT, timeout=timeout_s)
    except subprocess.TimeoutExpired as exc:
        raise TooSlowError from exc
    if process.returncode:
        raise BrokenOffError(process.returncode)
    return process.stdout


def limit_memory(max_bytes: int) -> None:
    """Bounds the address space of this process: what needs more raises MemoryError."""
    resource.setrlimit(resource.RLIMIT_AS, (max_bytes, max_bytes))
