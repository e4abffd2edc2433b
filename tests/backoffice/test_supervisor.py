"""The supervisor in a process of its own, with real children."""

import io
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from backoffice.supervisor import Output
from tests.kit.servers import ROOT

SUPERVISE = """
import sys
from pathlib import Path
from backoffice.forkserver import Forkserver, Program
from backoffice.supervisor import Output, Supervisor

output = Output(sys.stdout)
forkserver = None
def make_forkserver():
    global forkserver
    forkserver = Forkserver("", environment={"PYTHONUNBUFFERED": "1"})
    return forkserver
supervisor = Supervisor(data_dir=Path(sys.argv[1]), output=output)
supervisor.watch_signals()
supervisor.preload(make_forkserver)
for number, code in enumerate(sys.argv[2:]):
    program = Program(name=f"child-{number}", module="tests.kit.code", arguments=(code,), environment={"MARK": "ours"})
    supervisor.start(program)
output.line("up", f"forkserver is {forkserver.process.pid}")
for name, pid in supervisor.pids().items():
    output.line("up", f"{name} is {pid}")
output.line("up", f"ended: {supervisor.wait()}")
supervisor.stop()
output.line("up", "stopped")
"""
SLEEPS = "import time; print('sleeping'); time.sleep(600)"
SPEAKS_AND_SLEEPS = "import os, time; print('mark', os.environ['MARK']); time.sleep(600)"
FAILS = "import sys, time; time.sleep(0.5); sys.exit(3)"
IS_STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf'); time.sleep(600)"
HAS_A_CHILD = (
    "import subprocess, sys, time; child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']);"
    "print('grandchild is', child.pid); time.sleep(600)"
)


class Supervised:
    """A running supervisor and what it has said so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.said = ""

    def until(self, pattern: str) -> re.Match[str]:
        """Reads on until a line matches; the whole output stays in `said`."""
        assert self.process.stdout is not None
        while not (found := re.search(pattern, self.said)):
            line = self.process.stdout.readline()
            assert line, f"it ended without saying {pattern!r}; it said {self.said}"
            self.said += line
        return found

    def pid(self, name: str) -> int:
        return int(self.until(rf"{name} is (\d+)")[1])

    def end(self, *, within_s: float) -> str:
        rest, _ = self.process.communicate(timeout=within_s)
        self.said += rest
        return self.said


@contextmanager
def supervise(folder: Path, *children: str) -> Iterator[Supervised]:
    process = subprocess.Popen(
        [sys.executable, "-c", SUPERVISE, str(folder), *children], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        yield Supervised(process)
    finally:
        process.kill()
        process.communicate()


def ended(pid: int, *, within_s: float = 5, kills: bool = True) -> bool:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.05)
    if kills:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return False


def test_it_passes_on_what_children_say_with_their_names(tmp_path: Path):
    with supervise(tmp_path, SPEAKS_AND_SLEEPS) as supervised:
        assert supervised.until(r"child-0 │ mark (\w+)")[1] == "ours"


def test_it_starts_a_child_again_when_the_process_that_forked_it_is_killed_too(tmp_path: Path):
    with supervise(tmp_path, SLEEPS, SLEEPS) as supervised:
        forkserver, other, child = (supervised.pid(name) for name in ("forkserver", "child-0", "child-1"))
        supervised.until("child-1 │ sleeping")

        os.kill(forkserver, signal.SIGKILL)
        os.kill(child, signal.SIGKILL)

        supervised.until("child-1 is started again")
        supervised.until(r"child-1 │ sleeping\n(.*\n)*?.*child-1 │ sleeping")
        assert not ended(other, within_s=0.1, kills=False)


def test_it_starts_again_a_child_that_is_killed_and_says_so(tmp_path: Path):
    with supervise(tmp_path, SLEEPS, SLEEPS) as supervised:
        other, child = supervised.pid("child-0"), supervised.pid("child-1")
        supervised.until("child-1 │ sleeping")

        os.kill(child, signal.SIGKILL)

        supervised.until(r"child-1 ended \(exit code -9\) and is started again in 0.5 s")
        supervised.until("child-1 is started again")
        supervised.until(r"child-1 │ sleeping\n(.*\n)*?.*child-1 │ sleeping")  # it may speak before that is said
        assert not ended(other, within_s=0.1, kills=False)
        supervised.process.send_signal(signal.SIGTERM)
        said = supervised.end(within_s=15)

    assert "ended: None" in said
    assert ended(other)


def test_it_waits_longer_each_time_and_ends_all_when_one_dies_again_and_again(tmp_path: Path):
    with supervise(tmp_path, SLEEPS, FAILS) as supervised:
        other = supervised.pid("child-0")

        said = supervised.end(within_s=40)

    assert re.findall(r"started again in ([\d.]+) s", said) == ["0.5", "1", "2", "4"]
    assert "ended: child-1 (exit code 3) ended 5 times within 120 s" in said
    assert "stopped" in said
    assert ended(other)


def test_it_ends_what_a_dead_child_had_started_before_it_starts_it_again(tmp_path: Path):
    with supervise(tmp_path, HAS_A_CHILD) as supervised:
        grandchild = int(supervised.until(r"grandchild is (\d+)")[1])

        os.kill(supervised.pid("child-0"), signal.SIGKILL)
        supervised.until("child-0 is started again")

        assert ended(grandchild)
        supervised.process.send_signal(signal.SIGTERM)
        supervised.end(within_s=15)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_it_ends_all_in_order_when_it_is_told_to(number: signal.Signals, tmp_path: Path):
    with supervise(tmp_path, SLEEPS, SLEEPS) as supervised:
        children = [supervised.pid("child-0"), supervised.pid("child-1")]
        supervised.until("sleeping")

        supervised.process.send_signal(number)
        said = supervised.end(within_s=15)

    assert "ended: None" in said
    assert supervised.process.returncode == 0
    assert all(ended(child) for child in children)


def test_it_leaves_no_grandchild(tmp_path: Path):
    with supervise(tmp_path, HAS_A_CHILD) as supervised:
        grandchild = int(supervised.until(r"grandchild is (\d+)")[1])

        supervised.process.send_signal(signal.SIGTERM)
        supervised.end(within_s=15)

    assert ended(grandchild)


def test_it_leaves_no_child_when_it_is_killed_itself(tmp_path: Path):
    with supervise(tmp_path, SLEEPS) as supervised:
        child = supervised.pid("child-0")
        supervised.until("sleeping")

        supervised.process.kill()

        assert ended(child)


def test_it_kills_a_child_that_does_not_listen(tmp_path: Path):
    impatient = f"import backoffice.supervisor\nbackoffice.supervisor._STOP_TIMEOUT_S = 1\n{SUPERVISE}"
    process = subprocess.Popen(
        [sys.executable, "-c", impatient, str(tmp_path), IS_STUBBORN], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    supervised = Supervised(process)
    child = supervised.pid("child-0")
    supervised.until("deaf")

    process.send_signal(signal.SIGTERM)

    assert "stopped" in supervised.end(within_s=15)
    assert ended(child)


def test_it_colours_only_a_terminal(monkeypatch: pytest.MonkeyPatch):
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.delenv("NO_COLOR", raising=False)
    plain, coloured = io.StringIO(), Terminal()
    Output(plain).line("web-2", "hello")
    Output(coloured).line("web-2", "hello")
    monkeypatch.setenv("NO_COLOR", "1")
    uncoloured = Terminal()
    Output(uncoloured).line("web-2", "hello")

    assert plain.getvalue() == uncoloured.getvalue() == "    web-2 │ hello\n"
    assert coloured.getvalue() == "\033[36m    web-2 │ \033[0mhello\n"
