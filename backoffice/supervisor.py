"""Runs processes together: restarts those that die, stops all if one keeps dying, and leaves none behind."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType
from typing import IO, Protocol

from backoffice import embedded, forkserver
from backoffice.forkserver import Child, Forkserver, ForkserverError, Program

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
_MAX_DEATHS = 5
_DEATHS_COUNT_FOR_S = 120.0
_POLL_S = 0.1


class Process(Protocol):
    """One of our programs or a server: a `Child` or a `subprocess.Popen`."""

    returncode: int | None

    @property
    def pid(self) -> int: ...

    def poll(self) -> int | None: ...


class Servers(Protocol):
    """The database and the broker, if they are embedded: watched and restarted like the programs."""

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
        self._make_forkserver: Callable[[], Forkserver] | None = None
        self._forkserver: Forkserver | None = None
        self._children: dict[str, Child] = {}
        self._programs: dict[str, Program] = {}
        self._deaths: dict[str, list[float]] = {}
        self._due: dict[str, float] = {}
        self._stop_requested = threading.Event()

    def watch_signals(self) -> None:
        """Makes SIGINT, SIGTERM and SIGHUP request an orderly end."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._request_stop)

    @property
    def stop_requested(self) -> bool:
        return self._stop_requested.is_set()

    def preload(self, make_forkserver: Callable[[], Forkserver]) -> None:
        """Starts to load the code from which programs are forked, and again whenever that process has ended."""
        self._make_forkserver = make_forkserver
        self._started_forkserver()

    def _started_forkserver(self) -> Forkserver:
        """Returns the running fork server, or starts a new one."""
        assert self._make_forkserver is not None, "nothing was preloaded"
        if self._forkserver is not None and self._forkserver.process.poll() is not None:
            self._close_forkserver()
        if self._forkserver is None:
            self._forkserver = self._make_forkserver()
            self._pass_on_in_thread("code", self._forkserver.process.stdout)
        return self._forkserver

    def _close_forkserver(self) -> None:
        if self._forkserver is not None:
            self._forkserver.close()
            self._forkserver = None

    def start(self, program: Program) -> None:
        """Starts a program and returns once it is forked. Raises ForkserverError if the code cannot be loaded."""
        self._children[program.name], _ = self._fork(program)
        self._programs[program.name] = program

    def run(self, program: Program) -> int:
        """Runs a program that ends by itself and returns its exit code, once all its output was passed on."""
        child, output = self._fork(program)
        while child.poll() is None:
            if self._stop_requested.wait(_POLL_S):
                child.send_signal(signal.SIGTERM)
                self._wait_or_kill(child, deadline=time.monotonic() + _STOP_TIMEOUT_S)
        output.join(timeout=1)  # a process that it left behind may keep the output open
        return child.wait()

    def _fork(self, program: Program) -> tuple[Child, threading.Thread]:
        """Returns the child, and the thread that passes on its output."""
        running = self._started_forkserver()
        reading, writing = os.pipe()
        try:
            child = running.fork(program, output=writing)
        except ForkserverError:
            os.close(reading)
            self._close_forkserver()
            raise
        finally:
            os.close(writing)
        return child, self._pass_on_in_thread(program.name, os.fdopen(reading, "rb"))

    def pids(self) -> dict[str, int]:
        return {name: process.pid for name, process in self._children.items()}

    def wait(self, servers: Servers | None = None) -> str | None:
        """Blocks until a process has exited too often and returns the message to print; None after a stop signal."""
        while not self._stop_requested.wait(_POLL_S):
            running: dict[str, Process] = {**self._children, **(servers.processes() if servers else {})}
            forkserver.reap_orphans(self._waited_for(running))
            for name, process in running.items():
                if process.poll() is None:
                    continue
                if name not in self._due and (too_often := self._note_death(name, process.returncode or 0)):
                    return too_often
                if time.monotonic() >= self._due[name] and (too_often := self._restart(name, servers)):
                    return too_often
        return None

    def _note_death(self, name: str, code: int) -> str:
        """Schedules the restart, or returns the message to print if the process exits again and again."""
        now = time.monotonic()
        recent = [at for at in self._deaths.get(name, ()) if now - at < _DEATHS_COUNT_FOR_S]
        self._deaths[name] = [*recent, now]
        if len(recent) + 1 >= _MAX_DEATHS:
            return f"{name} (exit code {code}) ended {len(recent) + 1} times within {_DEATHS_COUNT_FOR_S:.0f} s"
        pause_s = min(_FIRST_PAUSE_S * 2 ** len(recent), _LONGEST_PAUSE_S)
        self._due[name] = now + pause_s
        self._output.line("up", f"{name} ended (exit code {code}) and is started again in {pause_s:g} s")
        return ""

    def _restart(self, name: str, servers: Servers | None) -> str:
        """Restarts the process. Returns the message to print if that fails again and again."""
        del self._due[name]
        if name in self._programs:
            self._end_group(self._children[name])
            try:
                self.start(self._programs[name])
            except ForkserverError:
                return self._note_death(name, 1)
        elif servers is not None:
            servers.restart(name)
        self._output.line("up", f"{name} is started again")
        server_processes = servers.processes() if servers else {}
        embedded.remember(self._data_dir, self.pids() | {key: server.pid for key, server in server_processes.items()})
        return ""

    def _waited_for(self, running: Mapping[str, Process]) -> list[int]:
        pids = [process.pid for process in running.values()]
        return [*pids, self._forkserver.process.pid] if self._forkserver else pids

    @staticmethod
    def _end_group(process: Process) -> None:
        """Ends what a dead program itself started, because it must not run alongside the program's successor."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)

    def ended(self) -> str | None:
        """Returns the name of a child that has ended already, if any."""
        return next((name for name, process in self._children.items() if process.poll() is not None), None)

    def stop(self) -> None:
        """Asks every child to end, waits, and kills the others, so that no process of ours is left."""
        self._close_forkserver()
        for process in self._children.values():
            process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + _STOP_TIMEOUT_S
        for process in self._children.values():
            self._wait_or_kill(process, deadline=deadline)

    def _wait_or_kill(self, process: Child, *, deadline: float) -> None:
        """Waits until the deadline, then kills the process and what it started."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=max(deadline - time.monotonic(), 0.1))
        self._end_group(process)
        process.wait()

    def _request_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stop_requested.set()

    def _pass_on_in_thread(self, name: str, stream: IO[bytes] | None) -> threading.Thread:
        thread = threading.Thread(target=self._pass_on, args=(name, stream), daemon=True)
        thread.start()
        return thread

    def _pass_on(self, name: str, stream: IO[bytes] | None) -> None:
        for line in stream or ():
            text = line.decode(errors="replace").rstrip()
            if name:
                self._output.line(name, text)
            else:
                self._output.plain(text)
        if stream is not None:
            stream.close()
