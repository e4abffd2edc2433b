"""Programs forked from a process that loads nothing, by a process of its own: it adopts what is forked."""

import subprocess
import sys
from pathlib import Path

from tests.kit.servers import ROOT

FORKS = """
import os, socket, subprocess, sys
from backoffice.forkserver import Forkserver, ForkserverError, Program

listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
numbers = [listener.fileno() for listener in listeners]
forkserver = Forkserver(sys.argv[1], inherited=numbers, environment={"COMMON": "common"})

def run(code, **more):
    program = Program(name="child", module="tests.kit.code", arguments=(code,), **more)
    return forkserver.fork(program, output=1)

"""


def forks(code: str, *, preload: str = "") -> list[str]:
    """The lines that a process wrote that has a fork server and `run`, and those of its programs."""
    done = subprocess.run(
        [sys.executable, "-u", "-c", FORKS + code, preload],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_it_tells_the_exit_code_of_a_program_and_the_signal_that_ended_it():
    assert forks(
        """
print(run("raise SystemExit(7)").wait(timeout=20))
print(run("raise SystemExit").wait(timeout=20))
child = run("import time; time.sleep(600)")
print(child.poll())
child.send_signal(9)
print(child.wait(timeout=20), child.poll())
"""
    ) == ["7", "0", "None", "-9 -9"]


def test_a_program_has_the_common_environment_and_its_own_and_its_own_session():
    lines = forks(
        """
child = run("import os; print(os.environ['COMMON'], os.environ['OWN'], os.getsid(0) == os.getpid())",
    environment={"OWN": "own"})
child.wait(timeout=20)
print(open("/proc/self/comm").read().strip() != "child")
"""
    )

    assert lines == ["common own True", "True"]


def test_a_program_is_known_by_its_name_while_it_runs():
    assert forks('run("print(open(\\"/proc/self/comm\\").read().strip())").wait(timeout=20)') == ["child"]


def test_a_program_holds_only_the_listeners_that_it_inherits():
    """Else a port would stay open behind a web process that is gone."""
    code = "import os; print([os.path.exists(f'/proc/self/fd/{n}') for n in NUMBERS])"
    lines = forks(
        f"""
code = {code!r}.replace("NUMBERS", repr(numbers))
run(code, inherited=numbers[:1]).wait(timeout=20)
run(code).wait(timeout=20)
"""
    )

    assert lines == ["[True, False]", "[False, False]"]


def test_a_program_outlives_the_process_that_forked_it_and_is_still_waited_for():
    assert forks(
        """
child = run("import time; time.sleep(1); raise SystemExit(5)")
forkserver.close()
print(child.wait(timeout=20))
"""
    ) == ["5"]


def test_a_program_ends_with_the_one_that_adopted_it(tmp_path: Path):
    """However that ends: the kernel sends it a signal."""
    mark = tmp_path / "mark"
    code = f"import signal, sys, time; signal.signal(15, lambda *_: (open({str(mark)!r}, 'w').close(), sys.exit())); "
    code += "print('ready', flush=True); time.sleep(600)"
    process = subprocess.Popen(
        [sys.executable, "-u", "-c", f"{FORKS}run({code!r}).wait()", ""], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"

    process.kill()
    rest = process.communicate(timeout=20)[0]  # its output ends when nobody holds it any more

    assert rest == ""
    assert mark.exists()


def test_code_that_cannot_be_loaded_is_an_error_and_its_traceback_is_not_lost():
    lines = forks(
        """
try:
    run("print('never')")
except ForkserverError:
    print("refused")
    print("No module named 'tests.kit.nowhere'" in forkserver.process.stdout.read().decode())
""",
        preload="tests.kit.nowhere",
    )

    assert lines == ["refused", "True"]


def test_orphans_of_programs_are_let_go_of_and_programs_are_not():
    assert forks(
        """
import time
from pathlib import Path
from backoffice.forkserver import reap_orphans

def ended():
    stats = [Path(f"/proc/{pid}/stat") for pid in os.listdir("/proc") if pid.isdigit()]
    fields = [stat.read_text().rpartition(")")[2].split() for stat in stats if stat.exists()]
    return sum(state == "Z" and parent == str(os.getpid()) for state, parent, *_ in fields)

def until(count):
    deadline = time.monotonic() + 20
    while ended() != count:
        assert time.monotonic() < deadline, ended()
        time.sleep(0.05)

run("import os, time; os.fork() and time.sleep(0.3)").wait(timeout=20)
until(1)  # what it forked ended before it, and is ours now
reap_orphans([forkserver.process.pid])
print(ended())
program = run("raise SystemExit(3)")
until(1)
reap_orphans([program.pid, forkserver.process.pid])
print(program.wait(timeout=20))
"""
    ) == ["0", "3"]
