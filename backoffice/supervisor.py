"""Keeps a set of processes running together: what one of them ends, ends all; none is left behind."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO

from backoffice import embedded

_COLOURS = {
    "web": 36,
    "worker": 35,
    "issuers": 31,
    "payments": 31,
    "office": 35,
    "provider": 90,
    "beat": 34,
    "chargers": 32,
    "servers": 33,
}
_STOP_TIMEOUT_S = 20.0


@dataclass(frozen=True, slots=True)
class Program:
    """One process to run: its name in the output, its command line and what its environment has besides ours."""

    name: str
    command: list[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    pass_fds: tuple[int, ...] = ()


class Output:
    """Lines of all processes on one terminal, each with the name of who said it."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._colour = stream.isatty() and "NO_COLOR" not in os.environ
        self._lock = threading.Lock()

    def line(self, name: str, text: str) -> None:
        label = f"{name:>9} │ "
        if self._colour:
            label = f"\033[{_COLOURS.get(name.split('-', maxsplit=1)[0], 90)}m{label}\033[0m"
        with self._lock, contextlib.suppress(OSError):
            self._stream.write(f"{label}{text}\n")
            self._stream.flush()

    def plain(self, text: str) -> None:
        with self._lock, contextlib.suppress(OSError):
            self._stream.write(f"{text}\n")
            self._stream.flush()


class Supervisor:
    """Starts programs, passes on what they say, and ends all when one ends or when it is told to stop."""

    def __init__(self, *, data_dir: Path, output: Output) -> None:
        self._data_dir = data_dir
        self._output = output
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._stop_requested = threading.Event()

    def watch_signals(self) -> None:
        """From here on SIGINT, SIGTERM and SIGHUP ask for an orderly end."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._request_stop)

    @property
    def stop_requested(self) -> bool:
        return self._stop_requested.is_set()

    def start(self, program: Program) -> None:
        process = subprocess.Popen(
            program.command, env={**os.environ, **program.environment}, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True, pass_fds=program.pass_fds,
            preexec_fn=embedded.die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - one call of prctl
        )  # fmt: skip
        self._children[program.name] = process
        threading.Thread(target=self._pass_on, args=(program.name, process), daemon=True).start()

    def pids(self) -> dict[str, int]:
        return {name: process.pid for name, process in self._children.items()}

    def wait(self, others: Mapping[str, subprocess.Popen[bytes]]) -> str | None:
        """Blocks until something ends: the name of the process that did, or None when asked to stop."""
        while not self._stop_requested.wait(0.2):
            for name, process in {**self._children, **others}.items():
                if process.poll() is not None:
                    return f"{name} (exit code {process.returncode})"
        return None

    def ended(self) -> str | None:
        """The name of a child that has ended already, if any."""
        return next((name for name, process in self._children.items() if process.poll() is not None), None)

    def stop(self) -> None:
        """Asks every child to end, waits, and kills what does not; nothing of ours runs afterwards."""
        for process in self._children.values():
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + _STOP_TIMEOUT_S
        for process in self._children.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=max(deadline - time.monotonic(), 0.1))
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _request_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stop_requested.set()

    def _pass_on(self, name: str, process: subprocess.Popen[bytes]) -> None:
        for line in process.stdout or ():
            self._output.line(name, line.decode(errors="replace").rstrip())
