"""`manage.py up`: the whole product with one command; what `make demo` calls."""

import io
import os
import shutil
import socket
import sys
import time
import urllib.request
from argparse import ArgumentParser
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand
from django.db import connections

from backoffice import demo, diagnosis, embedded, release
from backoffice.supervisor import Output, Program, Supervisor
from chargers.fleet import presence
from chargers.gateway import liveness
from chargers.lib import partitions, private_files
from chargers.simulator import calendar, hotel
from chargers.simulator.partner import PATH
from chargers.simulator.provider import TOKENS_PATH

_WEEKS_BACK = 9
"""For what chargers deliver late, such as all of the month before."""
_READY_TIMEOUT_S = 60.0
_CELERY = [sys.executable, "-m", "celery", "-A", "backoffice", "--quiet"]
_OF_EACH_WORKER = ["--loglevel", "WARNING", "--without-gossip", "--without-mingle"]
_WAITING = {
    "payments": ("payments", 16, 16),
    "office": ("mail,reports", 24, 16),
    "issuers": ("issuers", 256, 4),
}
"""Workers that wait for others, by name: their queues, threads, and connections to the database."""
_SMALL_WAITS_AT_ONCE = 16
_SMALL = (
    "small: one worker does all work. While many wait for card processors, mail servers or mobility providers, power "
    "sharing and settlement may wait, too: leave --small out for more than ten chargers or so"
)
_SHOW_EVERY_S = 10.0
_NETWORKS = "OUTBOUND_ALLOWED_NETWORKS"


class _Progress(io.StringIO):
    """What `migrate` writes, as a line each few seconds with the number of migrations that are applied."""

    def __init__(self, output: Output) -> None:
        super().__init__()
        self._output = output
        self._applied = 0
        self._shown_at = time.monotonic()

    def write(self, text: str) -> int:
        self._applied += text.count(" OK")
        if self._applied and time.monotonic() - self._shown_at >= _SHOW_EVERY_S:
            self._shown_at = time.monotonic()
            self._output.line("up", f"{self._applied} migrations are applied")
        return len(text)


class Command(BaseCommand):
    """Starts the servers (unless their addresses are set), web and gateway, worker, beat and simulated chargers."""

    help = "Runs everything under one supervisor and stops cleanly on Ctrl-C."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--demo", action="store_true", help="load demo data and run simulated chargers")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--tls-port", type=int, metavar="PORT", help="a second, encrypted port for chargers")
        parser.add_argument("--tls-certificate", metavar="FILE", help="PEM: its certificate and chain")
        parser.add_argument("--tls-key", metavar="FILE", help="PEM: its private key")
        parser.add_argument("--gateways", type=int, default=1, metavar="N", help="processes for pages and chargers")
        parser.add_argument("--small", action="store_true", help="fewer processes, for a machine of 1 GB")

    def handle(self, *_: Any, **options: Any) -> None:
        output = Output(sys.stdout)
        servers = embedded.Servers(settings.DATA_DIR)
        supervisor = Supervisor(data_dir=settings.DATA_DIR, output=output)
        supervisor.watch_signals()
        try:
            self._run(supervisor, servers, output, options)
        except embedded.EmbeddedError as exc:
            raise CommandError(str(exc)) from exc
        finally:
            has_started = bool(supervisor.pids() or servers.processes())
            if has_started:
                output.line("up", "stopping")
            connections.close_all()
            supervisor.stop()
            servers.stop()
            if has_started:
                (settings.DATA_DIR / diagnosis.ADDRESS_FILE).unlink(missing_ok=True)
            if has_started:
                output.line("up", "stopped; no process of ours is left")

    def _run(self, supervisor: Supervisor, servers: embedded.Servers, output: Output, options: dict[str, Any]) -> None:
        os.umask(private_files.OTHERS)  # of all that we start, too
        if not servers.claim():
            raise CommandError(
                f"Another `up` is running in {settings.DATA_DIR}: stop it first, or set DATA_DIR to another folder."
            )
        if left := embedded.end_left_behind(settings.DATA_DIR):
            output.line("up", f"ended what an earlier run left behind: {', '.join(left)}")
        listeners = _listeners(options)
        provider, partner = (_listen("127.0.0.1", 0) if options["demo"] else None for _ in range(2))
        started = time.monotonic()
        servers.start(
            postgres=not os.environ.get("DATABASE_URL"),
            redis=not os.environ.get("REDIS_URL"),
            log=lambda text: output.line("servers", text),
        )
        output.line("up", "bringing the database up to date (ten seconds or so, once)")
        if release.is_of_another_version():
            raise CommandError(release.STRANGE_DATABASE)
        call_command("migrate", verbosity=1, interactive=False, no_color=True, stdout=_Progress(output))
        call_command("articles", stdout=io.StringIO())
        now = datetime.now(tz=UTC)
        partitions.ensure(now=now, weeks_back=min(_WEEKS_BACK, settings.MESSAGE_RETENTION_DAYS // 7))
        presence.disconnect_all(now=now)
        liveness.forget_all()
        settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
        if options["demo"]:
            demo.load(
                provider_url=_url(provider, "http", TOKENS_PATH),
                partner_url=_url(partner, "ws", PATH),
                calendar_url=_url(provider, "http", calendar.PATH),
                hotel_url=_url(provider, "http", hotel.PATH),
                now=now,
                log=lambda text: output.line("up", text),
            )
        if supervisor.stop_requested:
            return
        base_url = f"http://{options['host']}:{options['port']}"
        programs = _programs(options, listeners, base_url)
        if provider is not None and partner is not None:
            environment = programs[0].environment
            programs[:0] = [
                _simulated("provider", provider, environment),  # of roaming cards, which is asked about them
                _simulated("partner", partner, environment),  # another back office, which leads one charger
            ]
        if options["small"]:
            output.line("up", _SMALL)
        for program in programs:
            output.line("up", f"starting {program.name}")
            supervisor.start(program)
        output.line("up", "waiting until its pages answer")
        embedded.remember(settings.DATA_DIR, supervisor.pids() | {n: p.pid for n, p in servers.processes().items()})
        if _wait_until_ready(supervisor, base_url):
            (settings.DATA_DIR / diagnosis.ADDRESS_FILE).write_text(base_url)
            output.plain(demo.summary(base_url, seconds=time.monotonic() - started, demo=options["demo"]))
            if died := supervisor.wait(servers):
                raise CommandError(f"{died}, so everything is stopped: its lines above say why.")


def _listeners(options: dict[str, Any]) -> list[socket.socket]:
    """The plain port and, if one is wanted, the encrypted one."""
    if options["tls_port"] is None:
        return [_listen(options["host"], options["port"])]
    if not options["tls_certificate"] or not options["tls_key"]:
        raise CommandError("An encrypted port needs --tls-certificate and --tls-key.")
    from backoffice import tls  # noqa: PLC0415 - Twisted, which nothing else here needs

    try:
        tls.context_of(Path(options["tls_certificate"]), Path(options["tls_key"]))
    except tls.UnusableCertificateError as exc:
        raise CommandError(str(exc)) from exc
    return [_listen(options["host"], port) for port in (options["port"], options["tls_port"])]


def _launched(options: dict[str, Any], listeners: list[socket.socket]) -> list[str]:
    command = [sys.executable, "-m", "backoffice.launcher", "--fd", str(listeners[0].fileno())]
    if len(listeners) == 1:
        return command
    files = ["--tls-certificate", options["tls_certificate"], "--tls-key", options["tls_key"]]
    return [*command, "--tls-fd", str(listeners[1].fileno()), *files]


def _programs(options: dict[str, Any], listeners: list[socket.socket], base_url: str) -> list[Program]:
    python = sys.executable
    manage = str(settings.BASE_DIR / "manage.py")
    beat_file = ["--schedule", str(settings.DATA_DIR / "beat-schedule")]
    environment = {
        "PYTHONUNBUFFERED": "1",
        "PROMETHEUS_MULTIPROC_DIR": str(_fresh_folder(settings.DATA_DIR / "metrics")),
        "PUBLIC_BASE_URL": os.environ.get("PUBLIC_BASE_URL", base_url),
        "PYTHONPATH": str(settings.BASE_DIR),
        # The demo's own provider is on this machine.
        **({_NETWORKS: "127.0.0.0/8"} if options["demo"] and not os.environ.get(_NETWORKS) else {}),
        # Celery warns about root because of pickled tasks; ours are JSON.
        "PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges",
    }
    if options["tls_port"] is not None and not os.environ.get("CHARGER_TLS_URL"):
        environment["CHARGER_TLS_URL"] = f"wss://{options['host']}:{options['tls_port']}/ocpp"
    programs = [
        Program(
            name="web" if options["gateways"] == 1 else f"web-{number}",
            command=_launched(options, listeners),
            environment=environment,
            pass_fds=tuple(listener.fileno() for listener in listeners),
        )
        for number in range(1, options["gateways"] + 1)
    ]
    if options["small"]:
        small = small_worker(environment)
        programs.append(replace(small, command=[*small.command, "--beat", *beat_file]))
    else:
        programs += workers(environment)
        beat = [*_CELERY, "beat", "--loglevel", "WARNING", *beat_file, "--pidfile="]
        programs.append(Program(name="beat", command=beat, environment=environment))
    if options["demo"]:
        url = base_url.replace("http", "ws", 1) + "/ocpp"
        command = [python, manage, "simulate", "--stories", "--url", url]
        programs.append(Program(name="chargers", command=command, environment=environment))
    return programs


def _fresh_folder(folder: Path) -> Path:
    """Figures of processes that are no more would be added to those of today."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def workers(environment: Mapping[str, str]) -> list[Program]:
    """One for power sharing and sweeps, and others, with threads, for each kind of work that waits for somebody.

    A periodic task runs once at a time in each, so that as many threads as it has tasks are enough for all.
    """
    worker = [*_CELERY, "worker", "--concurrency", "2", *_OF_EACH_WORKER]
    programs = [Program(name="worker", command=worker, environment=environment)]
    for name, (queues, threads, connections_at_most) in _WAITING.items():
        command = [*_CELERY, "worker", "--queues", queues, "--pool", "threads", "--concurrency", str(threads)]
        command += ["--hostname", f"{name}@%h", *_OF_EACH_WORKER]
        pool = {"DATABASE_POOL": str(connections_at_most)}
        programs.append(Program(name=name, command=command, environment={**environment, **pool}))
    return programs


def small_worker(environment: Mapping[str, str]) -> Program:
    """One process for all that workers do: a thread for each periodic task, and some for what is ordered beside."""
    queues = ["celery", *settings.TASKS_BY_QUEUE]
    threads = len(settings.CELERY_BEAT_SCHEDULE) + _SMALL_WAITS_AT_ONCE
    command = [*_CELERY, "worker", "--queues", ",".join(queues), "--pool", "threads", "--concurrency", str(threads)]
    command += _OF_EACH_WORKER
    return Program(name="worker", command=command, environment={**environment, "DATABASE_POOL": "8"})


def _simulated(name: str, listener: socket.socket, environment: Mapping[str, str]) -> Program:
    """One of the demo's other parties."""
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), f"simulate_{name}", "--fd"]
    return Program(
        name=name,
        command=[*command, str(listener.fileno())],
        environment=environment,
        pass_fds=(listener.fileno(),),
    )


def _url(listener: socket.socket | None, scheme: str, path: str) -> str:
    return f"{scheme}://127.0.0.1:{listener.getsockname()[1]}{path}" if listener else ""


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(4096)
    except OSError as exc:
        raise CommandError(
            f"Port {port} on {host} cannot be used ({exc.strerror}): "
            f"stop what uses it, or choose another, such as `make demo PORT={port + 1}`."
        ) from exc
    listener.setblocking(False)
    return listener


def _wait_until_ready(supervisor: Supervisor, base_url: str) -> bool:
    deadline = time.monotonic() + _READY_TIMEOUT_S
    while not supervisor.stop_requested:
        if ended := supervisor.ended():
            raise CommandError(f"{ended} ended while starting: its lines above say why.")
        try:
            with urllib.request.urlopen(f"{base_url}/readyz", timeout=2):  # noqa: S310 - our own address
                return True
        except OSError as exc:
            if time.monotonic() > deadline:
                raise CommandError(f"The pages did not become ready in {_READY_TIMEOUT_S:.0f} s: {exc}") from exc
            time.sleep(0.2)
    return False
