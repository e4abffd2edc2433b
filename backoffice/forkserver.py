"""Forks programs from one process that has loaded the code, so that each starts quickly and shares its memory.

`Forkserver` is the supervisor's end; `python -m backoffice.forkserver` is the process. The supervisor adopts the forked
programs (PR_SET_CHILD_SUBREAPER), so it learns of each program's end itself, even when the process that forked it is
gone.
"""

import contextlib
import ctypes
import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Final

from backoffice import embedded

_PR_SET_CHILD_SUBREAPER: Final = 36
_PR_SET_NAME: Final = 15
"""Sets the name that `top` and `ps -o comm` show for a process, of at most 15 bytes."""
_LONGEST_MESSAGE_BYTES: Final = 64 * 1024
_ADOPTION_POLL_S: Final = 0.001
_LOAD_TIMEOUT_S: Final = 120.0
"""Loading the code takes three seconds on an idle machine; longer than this means that it hangs."""


class ForkserverError(Exception):
    """The process that forks programs ended: it could not load the code, or was killed."""


@dataclass(frozen=True, slots=True)
class Program:
    """A process to run as `python -m MODULE ARGUMENTS`, with additions to our environment.

    `name` prefixes each line of its output; without one, lines are printed unchanged. `inherited`: those listening
    sockets of the fork server that it keeps under their numbers.
    """

    name: str
    module: str
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    inherited: tuple[int, ...] = ()

    @property
    def command(self) -> list[str]:
        """The command that runs it as an independent process."""
        return [sys.executable, "-m", self.module, *self.arguments]


class Child:
    """A forked program that this process has adopted, with the methods of `subprocess.Popen` that we use."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Waits for its end. Raises subprocess.TimeoutExpired."""
        if self.poll() is None:
            handle = os.pidfd_open(self.pid)
            try:
                if not select.select([handle], [], [], timeout)[0]:
                    raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
            finally:
                os.close(handle)
        code = self.poll()
        assert code is not None
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:  # its pid cannot be reused until we have waited for it
            os.kill(self.pid, number)


class Forkserver:
    """A process that has loaded `preload` and forks programs. It ends with the process that started it."""

    def __init__(self, preload: str, *, inherited: Iterable[int] = (), environment: Mapping[str, str]) -> None:
        adopt_orphans()
        self._orders, child_socket = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._orders.settimeout(_LOAD_TIMEOUT_S)
        sockets = [child_socket.fileno(), *inherited]
        words = [preload, str(os.getpid()), *map(str, sockets)]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "backoffice.forkserver", *words],
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=sockets,
            preexec_fn=embedded.die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - one call of prctl
        )
        child_socket.close()

    def fork(self, program: Program, *, output: int) -> Child:
        """Starts a program whose output goes to this descriptor, as soon as the code is loaded.

        Raises ForkserverError: close it then, because a late answer may still come.
        """
        try:
            socket.send_fds(self._orders, [json.dumps(asdict(program)).encode()], [output])
            answer = self._orders.recv(32)
        except OSError as exc:
            raise ForkserverError from exc
        if not answer:
            raise ForkserverError
        return Child(int(answer))

    def close(self) -> None:
        """Ends it; the forked programs continue."""
        self._orders.close()
        self.process.kill()
        self.process.wait()


def adopt_orphans() -> None:
    """Makes this process the parent of every descendant whose own parent ends (prctl(2))."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def reap_orphans(owned_pids: Iterable[int]) -> None:
    """Reaps ended descendants that nobody waits for; those in `owned_pids` are left to their owners."""
    waited_for = set(owned_pids)
    with contextlib.suppress(ChildProcessError):
        while (
            ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        ) and ended.si_pid not in waited_for:
            os.waitpid(ended.si_pid, 0)


def main(preload: str, supervisor: int, orders: socket.socket, inherited: frozenset[int]) -> None:
    """Loads the code, then forks each requested program, until the supervisor closes the connection."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes; the supervisor decides
    loaded = importlib.import_module(preload) if preload else None
    while True:
        message, descriptors, _, _ = socket.recv_fds(orders, _LONGEST_MESSAGE_BYTES, 1)
        if not message:
            return
        program = Program(**json.loads(message))
        pid = _fork_for(supervisor)
        if not pid:
            orders.close()
            _prepare_process(program, output=descriptors[0], surplus=inherited - set(program.inherited))
            if loaded is not None:
                loaded.after_fork()
            runpy.run_module(program.module, run_name="__main__", alter_sys=True)
            return
        os.close(descriptors[0])
        orders.send(str(pid).encode())


def _fork_for(supervisor: int) -> int:
    """Forks a child of the supervisor, by a parent in between that ends at once. Returns its pid; 0 in the child."""
    reading, writing = os.pipe()
    between = os.fork()
    if between:
        os.close(writing)
        pid = int(os.read(reading, 32))
        os.close(reading)
        os.waitpid(between, 0)
        return pid
    parent = os.getpid()
    pid = os.fork()
    if pid:
        os.write(writing, str(pid).encode())
        os._exit(0)
    os.close(reading)
    os.close(writing)
    while os.getppid() == parent:
        time.sleep(_ADOPTION_POLL_S)
    embedded.die_with_parent(signal.SIGTERM)()
    if os.getppid() != supervisor:  # the supervisor died before the kernel could signal it
        os._exit(0)
    return 0


def _prepare_process(program: Program, *, output: int, surplus: Iterable[int]) -> None:
    os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.stdout.flush()
    sys.stderr.flush()
    for number in (1, 2):
        os.dup2(output, number)
    os.close(output)
    for number in surplus:  # else the port would stay open after its web process has ended
        os.close(number)
    os.environ.update(program.environment)
    ctypes.CDLL(None).prctl(_PR_SET_NAME, program.name.encode(), 0, 0, 0)
    sys.argv = [program.module, *program.arguments]


if __name__ == "__main__":
    _preload, _supervisor, _orders, *_inherited = sys.argv[1:]
    main(_preload, int(_supervisor), socket.socket(fileno=int(_orders)), frozenset(map(int, _inherited)))
