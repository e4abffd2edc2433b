"""Keeps processes running together: starts again what dies, ends all that will not live, and leaves none behind."""

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
from typing import IO, Protocol

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
_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 10.0
_MOST_DEATHS = 5
_DEATHS_COUNT_FOR_S = 120.0


@dataclass(frozen=True, slots=True)
class Program:
    """One process to run: its name in the output, its command line and what its environment has besides ours."""

    name: str
    command: list[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    pass_fds: tuple[int, ...] = ()


class Servers(Protocol):
    """The database and the broker, where they are ours: watched and started again like the programs."""

    def processes(self) -> Mapping[str, subprocess.Popen[bytes]]: ...

    def restart(self, name: str) -> None: ...


class Output:
    """Lines of all processes on one terminal, each prefixed with the name of its process."""

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
    """Starts programs, passes on their output, and restarts any that exits, with a growing pause.

    Ends on a stop signal, or when one process has exited five times within two minutes.
    """

    def __init__(self, *, data_dir: Path, output: Output) -> None:
        self._data_dir = data_dir
        self._output = output
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._programs: dict[str, Program] = {}
        self._deaths: dict[str, list[float]] = {}
        self._due: dict[str, float] = {}
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
            program.command,
            env={**os.environ, **program.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=program.pass_fds,
            preexec_fn=embedded.die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - one call of prctl
        )
        self._children[program.name] = process
        self._programs[program.name] = program
        threading.Thread(target=self._pass_on, args=(program.name, process), daemon=True).start()

    def pids(self) -> dict[str, int]:
        return {name: process.pid for name, process in self._children.items()}

    def wait(self, servers: Servers | None = None) -> str | None:
        """Blocks until a process has exited too often and returns the message to print; None after a stop signal."""
        while not self._stop_requested.wait(0.1):
            running = {**self._children, **(servers.processes() if servers else {})}
            for name, process in running.items():
                if process.poll() is None:
                    continue
                if name not in self._due and (too_often := self._note_death(name, process.returncode)):
                    return too_often
                if time.monotonic() >= self._due[name]:
                    self._restart(name, servers)
        return None

    def _note_death(self, name: str, code: int) -> str:
        """Schedules the restart, or returns the message to print where the process exits again and again."""
        now = time.monotonic()
        recent = [at for at in self._deaths.get(name, ()) if now - at < _DEATHS_COUNT_FOR_S]
        self._deaths[name] = [*recent, now]
        if len(recent) + 1 >= _MOST_DEATHS:
            return f"{name} (exit code {code}) ended {len(recent) + 1} times within {_DEATHS_COUNT_FOR_S:.0f} s"
        pause_s = min(_FIRST_PAUSE_S * 2 ** len(recent), _LONGEST_PAUSE_S)
        self._due[name] = now + pause_s
        self._output.line("up", f"{name} ended (exit code {code}) and is started again in {pause_s:g} s")
        return ""

    def _restart(self, name: str, servers: Servers | None) -> None:
        del self._due[name]
        if name in self._programs:
            self._end_group(self._children[name])
            self.start(self._programs[name])
        elif servers is not None:
            servers.restart(name)
        self._output.line("up", f"{name} is started again")
        others = servers.processes() if servers else {}
        embedded.remember(self._data_dir, self.pids() | {key: process.pid for key, process in others.items()})

    @staticmethod
    def _end_group(process: subprocess.Popen[bytes]) -> None:
        """What a dead program started itself must not work beside its successor."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)

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
