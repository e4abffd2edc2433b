"""Gateways by fork: a process that has loaded the product once starts each in a moment.

Loading takes five seconds of processor time, and some hundred tests want a gateway of their own. What is loaded
before the fork opens no connection, starts no thread and imports no reactor.
"""

import atexit
import gc
import os
import select
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from backoffice import embedded

_ROOT: Final = Path(__file__).resolve().parents[2]
_OF_THE_TEST: Final = frozenset({"PYTEST_CURRENT_TEST"})
_CONNECTIONS: Final = {"DATABASE_POOL": "24"}  # as the launcher sets it where it is a program of its own


class Forked:
    """A forked process with what tests use of `Popen`; its return code is not known, so it is always 0."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        try:
            self._handle = os.pidfd_open(pid)
        except ProcessLookupError:
            self.returncode = 0

    def poll(self) -> int | None:
        return self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        ended = self._ended(timeout)
        if ended is None:
            raise subprocess.TimeoutExpired("a forked gateway", timeout or 0)
        return ended

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            signal.pidfd_send_signal(self._handle, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _ended(self, within_s: float | None) -> int | None:
        if self.returncode is None and select.select([self._handle], [], [], within_s)[0]:
            os.close(self._handle)
            self.returncode = 0
        return self.returncode


class Nursery:
    """Starts gateways with the environment that it was started with."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self.variables = _lasting(variables)
        orders, self._orders = os.pipe()
        self._pids, pids = os.pipe()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.kit.nursery", str(orders), str(pids)],
            cwd=_ROOT,
            env={**variables, **_CONNECTIONS},
            pass_fds=(orders, pids),
        )
        os.close(orders)
        os.close(pids)
        atexit.register(self._end)

    def _end(self) -> None:
        os.close(self._orders)
        self._process.wait(timeout=20)

    def suits(self, variables: Mapping[str, str]) -> bool:
        return self._process.poll() is None and self.variables == _lasting(variables)

    def gateway(self, port: int) -> Forked:
        os.write(self._orders, f"{port}\n".encode())
        answer = os.read(self._pids, 32)
        assert answer, "the nursery ended while it loaded the product"
        return Forked(int(answer))


def _lasting(variables: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in variables.items() if name not in _OF_THE_TEST}


def _serve(orders: int, pids: int) -> None:
    """Forks a gateway for each port that it is told; ends with whoever tells it."""
    import backoffice.asgi  # noqa: F401 - what takes long

    die = embedded.die_with_parent(signal.SIGTERM)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them here
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()
    with os.fdopen(orders, closefd=False) as lines:
        for line in lines:
            pid = os.fork()
            if not pid:
                die()
                os.close(orders)
                os.close(pids)
                _become_gateway(line.strip())
            os.write(pids, str(pid).encode())


def _become_gateway(port: str) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        from backoffice import launcher

        launcher.main(["--host", "127.0.0.1", "--port", port])
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


if __name__ == "__main__":
    _serve(int(sys.argv[1]), int(sys.argv[2]))
