import io
import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
import redis

from backoffice import embedded
from backoffice.supervisor import Output, Supervisor
from tests.kit.servers import ROOT


@pytest.fixture
def folder() -> Iterator[Path]:
    """Below var/ and open to everybody: root starts PostgreSQL as nobody, who may not enter pytest's own folders."""
    path = Path(tempfile.mkdtemp(dir=ROOT / "var"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    yield process
    process.kill()
    process.wait()


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def ends_within(pid: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while is_alive(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def test_it_starts_both_servers_keeps_their_contents_and_leaves_no_process(folder: Path):
    servers = embedded.Servers(folder)
    told: list[str] = []
    servers.start(log=told.append)
    try:
        with psycopg.connect(servers.database_url) as connection:
            connection.execute("CREATE TABLE kept (word text)")
            connection.execute("INSERT INTO kept VALUES ('kept')")
            assert connection.execute("SHOW fsync").fetchone() == ("on",)
            assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        with redis.Redis.from_url(servers.redis_url) as client:
            client.set("word", "kept")
        pids = [process.pid for process in servers.processes().values()]
    finally:
        servers.stop()
    assert told[0] == "starting Redis"
    assert "creating the database cluster (first start only)" in told
    assert len(pids) == 2
    assert not any(is_alive(pid) for pid in pids)
    assert not (folder / "servers.json").exists()

    again = embedded.Servers(folder)
    again.start()
    try:
        with psycopg.connect(again.database_url) as connection:
            assert connection.execute("SELECT word FROM kept").fetchone() == ("kept",)
        with redis.Redis.from_url(again.redis_url) as client:
            assert client.get("word") == b"kept"
    finally:
        again.stop()


def test_it_ends_the_servers_of_a_start_that_was_killed(folder: Path):
    start = (
        "import sys, time; from pathlib import Path; from backoffice import embedded\n"
        "servers = embedded.Servers(Path(sys.argv[1])); servers.start(postgres=False)\n"
        "print(servers.processes()['redis'].pid, flush=True); time.sleep(600)"
    )
    starter = subprocess.Popen([sys.executable, "-c", start, str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert starter.stdout is not None
    server = int(starter.stdout.readline())
    starter.kill()
    starter.communicate()

    assert ends_within(server, 10)

    servers = embedded.Servers(folder)
    servers.start(postgres=False)
    try:
        with redis.Redis.from_url(servers.redis_url) as client:
            assert client.ping() is True
    finally:
        servers.stop()


def test_it_ends_what_an_earlier_start_left_behind(folder: Path, sleeper: subprocess.Popen[bytes]):
    embedded.remember(folder, {"web": sleeper.pid})

    assert embedded.end_left_behind(folder) == ["web"]
    assert sleeper.wait(timeout=5) != 0
    assert embedded.end_left_behind(folder) == []


def test_it_leaves_a_stranger_alone_who_got_the_number_of_an_ended_process(
    folder: Path, sleeper: subprocess.Popen[bytes]
):
    notes = {"web": {"pid": sleeper.pid, "started": "12"}, "gone": {"pid": 2**22 + 1, "started": "12"}}
    (folder / "servers.json").write_text(json.dumps(notes))

    assert embedded.end_left_behind(folder) == []
    assert is_alive(sleeper.pid)


def test_it_leaves_the_notes_of_a_start_alone_that_came_first(folder: Path, sleeper: subprocess.Popen[bytes]):
    embedded.remember(folder, {"web": sleeper.pid})

    embedded.Servers(folder).stop()

    assert (folder / "servers.json").exists()


def test_it_overcomes_notes_that_were_cut_short(folder: Path):
    (folder / "servers.json").write_text('{"web": {"pi')

    assert embedded.end_left_behind(folder) == []


def test_it_gives_a_folder_to_one_process_at_a_time(folder: Path):
    claim = (
        "import sys; from pathlib import Path; from backoffice import embedded\n"
        "print(embedded.Servers(Path(sys.argv[1])).claim())"
    )

    def claimed_by_another() -> str:
        done = subprocess.run(
            [sys.executable, "-c", claim, str(folder)], cwd=ROOT, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    assert claimed_by_another() == "True"
    assert embedded.Servers(folder).claim() is True
    assert claimed_by_another() == "False"


def test_it_makes_its_secrets_once_and_shows_them_to_nobody(folder: Path):
    made = embedded.Servers(folder).secrets()

    assert embedded.Servers(folder).secrets() == made
    assert len(made.secret_key) > 50
    assert stat.S_IMODE((folder / "secrets.json").stat().st_mode) == 0o600
    assert sorted(path.name for path in folder.iterdir()) == ["secrets.json"]


def test_secrets_of_an_earlier_release_get_a_key_for_push_once(folder: Path):
    earlier = {"secret_key": "s" * 60, "field_encryption_keys": ["k"]}
    (folder / "secrets.json").write_text(json.dumps(earlier))
    with ThreadPoolExecutor(8) as starting:
        made = list(starting.map(lambda _: embedded.Servers(folder).secrets(), range(16)))

    assert len({secrets.vapid_private_key for secrets in made}) == 1
    assert len(made[0].vapid_private_key) == 43
    stored = json.loads((folder / "secrets.json").read_text())
    assert stored == earlier | {"vapid_private_key": made[0].vapid_private_key}
    assert stat.S_IMODE((folder / "secrets.json").stat().st_mode) == 0o600


def test_it_never_replaces_secrets_that_it_cannot_read(folder: Path):
    (folder / "secrets.json").write_text('{"secret_key": "x"')

    with pytest.raises(embedded.EmbeddedError, match=r"secrets\.json cannot be read"):
        embedded.Servers(folder).secrets()
    assert (folder / "secrets.json").read_text() == '{"secret_key": "x"'


def test_it_keeps_its_sockets_near_when_the_folder_is_too_deep(folder: Path):
    deep = folder / ("deep" * 30)

    servers = embedded.Servers(deep)

    assert len(f"{servers.socket_dir}/.s.PGSQL.5432") < 107
    assert servers.socket_dir == embedded.Servers(deep).socket_dir
    assert servers.socket_dir != embedded.Servers(folder / ("deep" * 31)).socket_dir
    assert str(folder) not in str(servers.socket_dir)


def test_it_clears_a_socket_that_a_power_failure_left(folder: Path):
    servers = embedded.Servers(folder)
    servers.socket_dir.mkdir(parents=True)
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(servers.socket_dir / "redis.sock"))

    servers.start(postgres=False)
    servers.stop()


def test_it_says_why_a_server_does_not_start(folder: Path):
    (folder / "redis").mkdir()
    (folder / "redis" / "appendonly.aof").write_text("this is no journal")

    with pytest.raises(
        embedded.EmbeddedError, match=r"(?s)redis did not start; its log .*redis\.log ends with: .*append only file"
    ):
        embedded.Servers(folder).start(postgres=False)


def test_no_other_user_reads_what_lies_in_it(folder: Path):
    """Also in one that an older version made open to everybody."""
    (folder / "redis").mkdir(mode=0o755)
    (folder / "servers.json").write_text("{}")
    (folder / "servers.json").chmod(0o644)
    servers = embedded.Servers(folder)
    servers.secrets()
    assert servers.claim()
    servers.start()
    embedded.remember(folder, {"self": os.getpid()})
    try:
        modes = {path: path.lstat().st_mode for path in [folder, *folder.rglob("*")]}
    finally:
        servers.stop()

    expected = 0o710 if os.geteuid() == 0 else 0o700
    assert stat.S_IMODE(modes.pop(folder)) == expected
    open_to_others = [path for path, mode in modes.items() if mode & 0o007 and not stat.S_ISSOCK(mode)]
    assert {path.name: oct(modes[path]) for path in open_to_others} == {}
    assert {folder / "secrets.json", folder / "servers.json", folder / "redis" / "redis.log"} <= set(modes)


def test_a_folder_that_others_share_keeps_its_rights(folder: Path):
    (folder / "letters").mkdir()
    (folder / "letters").chmod(0o755)

    assert embedded.Servers(folder).claim()

    assert stat.S_IMODE(folder.stat().st_mode) == stat.S_IMODE((folder / "letters").stat().st_mode) == 0o755


def test_it_says_that_a_folder_cannot_be_made(folder: Path):
    (folder / "file").touch()

    with pytest.raises(embedded.EmbeddedError, match="set DATA_DIR to a folder that you can write to"):
        embedded.Servers(folder / "file" / "below").start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root must start PostgreSQL as somebody else")
def test_it_says_where_root_can_put_a_folder_that_nobody_may_enter(folder: Path):
    (folder / "closed").mkdir(mode=0o700)

    with pytest.raises(embedded.EmbeddedError, match="You are root, so PostgreSQL runs as the user nobody"):
        embedded.Servers(folder / "closed" / "var").start(redis=False)


def test_it_lets_the_kernel_end_a_child_whose_parent_dies():
    parent = (
        "import signal, subprocess, sys, time; from backoffice import embedded\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'],"
        " preexec_fn=embedded.die_with_parent(signal.SIGTERM))\n"
        "print(child.pid, flush=True); time.sleep(600)"
    )
    process = subprocess.Popen([sys.executable, "-c", parent], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    child = int(process.stdout.readline())
    assert is_alive(child)

    os.kill(process.pid, signal.SIGKILL)
    process.communicate()

    assert ends_within(child, 5)


def answers(servers: embedded.Servers, text: str, *, within_s: float = 20) -> bool:
    """Whether both servers answer with what was stored before."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        try:
            with (
                psycopg.connect(servers.database_url) as connection,
                redis.Redis.from_url(servers.redis_url, decode_responses=True) as client,
            ):
                row = connection.execute("SELECT text FROM kept").fetchone()
                return row == (text,) and client.get("kept") == text
        except (psycopg.OperationalError, redis.RedisError):
            time.sleep(0.1)
    return False


@pytest.mark.parametrize("name", ["postgres", "redis"])
def test_a_server_that_is_killed_is_started_again_with_its_contents(folder: Path, name: str):
    servers = embedded.Servers(folder)
    servers.start(log=lambda _text: None)
    said = io.StringIO()
    supervisor = Supervisor(data_dir=folder, output=Output(said))
    watching = threading.Thread(target=supervisor.wait, args=(servers,))
    try:
        with psycopg.connect(servers.database_url, autocommit=True) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 'still here' AS text")
        with redis.Redis.from_url(servers.redis_url) as client:
            client.set("kept", "still here")
        time.sleep(1.5)  # Redis writes its log to the disk every second
        watching.start()

        os.kill(servers.processes()[name].pid, signal.SIGKILL)

        assert answers(servers, "still here")
        assert f"{name} ended (exit code -9) and is started again" in said.getvalue()
        deadline = time.monotonic() + 20
        while f"{name} is started again" not in said.getvalue():  # it answers a moment before it is noted
            assert time.monotonic() < deadline, said.getvalue()
            time.sleep(0.05)
        assert json.loads((folder / "servers.json").read_text())[name]["pid"] == servers.processes()[name].pid
    finally:
        supervisor._stop_requested.set()
        if watching.ident:
            watching.join()
        servers.stop()
