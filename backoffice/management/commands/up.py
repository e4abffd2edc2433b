"""`manage.py up`: runs the whole product with one command; `make demo` calls it.

The supervisor loads no models: programs that need them are forked once the code is loaded.
"""

import os
import shutil
import socket
import sys
import time
import urllib.request
from argparse import ArgumentParser
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import CommandError
from django.core.management.base import BaseCommand

from backoffice import embedded, site_address
from backoffice.forkserver import Forkserver, ForkserverError, Program
from backoffice.steps import Steps
from backoffice.supervisor import Output, Supervisor
from chargers.lib import private_files

_READY_TIMEOUT_S = 60.0
_CELERY = ("-A", "backoffice", "--quiet")
_OF_EACH_WORKER = ("--loglevel", "WARNING", "--without-gossip", "--without-mingle")
_WAITING = {
    "payments": ("payments", 16, 16),
    "office": ("mail,reports", 24, 16),
    "issuers": ("issuers", 256, 4),
}
"""Workers that wait for other systems, by name: their queues, threads, and database connections."""
_SMALL_WAITS_AT_ONCE = 16
_SMALL = (
    "small: one worker does all work. While many wait for card processors, mail servers or mobility providers, power "
    "sharing and settlement may wait, too: leave --small out for more than ten chargers or so"
)
_NETWORKS = "OUTBOUND_ALLOWED_NETWORKS"


class Command(BaseCommand):
    """Starts the servers (unless their addresses are set), web and gateway, workers, beat and simulated chargers."""

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
        except ForkserverError as exc:
            raise CommandError("The program could not be loaded: its lines above say why.") from exc
        finally:
            has_started = bool(supervisor.pids() or servers.processes())
            if has_started:
                output.line("up", "stopping")
            supervisor.stop()
            servers.stop()
            if has_started:
                (settings.DATA_DIR / site_address.FILE).unlink(missing_ok=True)
                output.line("up", "stopped; no process of ours is left")

    def _run(self, supervisor: Supervisor, servers: embedded.Servers, output: Output, options: dict[str, Any]) -> None:
        os.umask(private_files.OTHERS)  # also for all processes that we start
        if not servers.claim():
            raise CommandError(
                f"Another `up` is running in {settings.DATA_DIR}: stop it first, or set DATA_DIR to another folder."
            )
        if ended_names := embedded.end_left_behind(settings.DATA_DIR):
            output.line("up", f"ended what an earlier run left behind: {', '.join(ended_names)}")
        ports = _listeners(options)
        parties = [_listen("127.0.0.1", 0) for _ in range(2)] if options["demo"] else []
        started = time.monotonic()
        _make_fresh(_metrics_folder())
        settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
        inherited = [listener.fileno() for listener in (*ports, *parties)]
        environment = _environment(options)
        supervisor.preload(lambda: Forkserver("backoffice.preloaded", inherited=inherited, environment=environment))
        steps = Steps(lambda text: output.line("up", text))
        steps.begin("starting the database and the broker")
        servers.start(
            postgres=not os.environ.get("DATABASE_URL"),
            redis=not os.environ.get("REDIS_URL"),
            log=lambda text: output.line("servers", text),
        )
        steps.end()
        code = supervisor.run(_prepare(parties))
        if supervisor.stop_requested:
            return
        if code:
            raise CommandError("The database could not be brought up to date: the lines above say why.")
        programs = _programs(options, ports)
        if parties:
            provider, partner = parties
            programs[:0] = [
                _simulator_program("provider", provider),  # the provider of roaming cards, which is asked about them
                _simulator_program("partner", partner),  # another back office, which is the Leader of one charger
            ]
        if options["small"]:
            output.line("up", _SMALL)
        steps.begin(f"starting {', '.join(program.name for program in programs)}")
        for program in programs:
            supervisor.start(program)
        steps.begin("waiting until the pages answer")
        embedded.remember(settings.DATA_DIR, supervisor.pids() | {n: p.pid for n, p in servers.processes().items()})
        base_url = _base_url(options)
        if _wait_until_ready(supervisor, base_url):
            steps.end()
            (settings.DATA_DIR / site_address.FILE).write_text(base_url)
            supervisor.run(_guide(base_url, seconds=time.monotonic() - started, demo=options["demo"]))
            if died := supervisor.wait(servers):
                raise CommandError(f"{died}, so everything is stopped: its lines above say why.")


def _listeners(options: dict[str, Any]) -> list[socket.socket]:
    """Opens the plain port and, if requested, the encrypted one."""
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


def _listening_arguments(options: dict[str, Any], ports: list[socket.socket]) -> tuple[str, ...]:
    words = ("--fd", str(ports[0].fileno()))
    if len(ports) == 1:
        return words
    files = ("--tls-certificate", options["tls_certificate"], "--tls-key", options["tls_key"])
    return (*words, "--tls-fd", str(ports[1].fileno()), *files)


def _base_url(options: dict[str, Any]) -> str:
    return f"http://{options['host']}:{options['port']}"


def _environment(options: dict[str, Any]) -> dict[str, str]:
    """Returns the additions to the environment of all programs."""
    environment = {
        "PYTHONUNBUFFERED": "1",
        "PROMETHEUS_MULTIPROC_DIR": str(_metrics_folder()),
        "PUBLIC_BASE_URL": os.environ.get("PUBLIC_BASE_URL", _base_url(options)),
        "PYTHONPATH": str(settings.BASE_DIR),
        "CELERY_SKIP_CHECKS": "1",  # Django's checks of the code: workers do not need them, and they take 20 MB in each
        # Celery warns about root because of pickled tasks; ours are JSON.
        "PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges",
    }
    if options["demo"] and not os.environ.get(_NETWORKS):
        environment[_NETWORKS] = "127.0.0.0/8"  # the demo's own provider runs on this machine
    if options["tls_port"] is not None and not os.environ.get("CHARGER_TLS_URL"):
        environment["CHARGER_TLS_URL"] = f"wss://{options['host']}:{options['tls_port']}/ocpp"
    return environment


def _programs(options: dict[str, Any], ports: list[socket.socket]) -> list[Program]:
    schedule = ("--schedule", str(settings.DATA_DIR / "beat-schedule"))
    # Every page runs in its own thread: without a pool each would open a connection, and a crowd would open too many.
    pool = {"DATABASE_POOL": os.environ.get("DATABASE_POOL", "24")}
    programs = [
        Program(
            name="web" if options["gateways"] == 1 else f"web-{number}",
            module="backoffice.launcher",
            arguments=_listening_arguments(options, ports),
            environment=pool,
            inherited=tuple(port.fileno() for port in ports),
        )
        for number in range(1, options["gateways"] + 1)
    ]
    if options["small"]:
        small = small_worker()
        programs.append(replace(small, arguments=(*small.arguments, "--beat", *schedule)))
    else:
        beat = (*_CELERY, "beat", "--loglevel", "WARNING", *schedule, "--pidfile=")
        programs += [*workers(), Program(name="beat", module="celery", arguments=beat)]
    if options["demo"]:
        url = _base_url(options).replace("http", "ws", 1) + "/ocpp"
        programs.append(_command_program("chargers", "simulate", "--stories", "--url", url))
    return programs


def _metrics_folder() -> Path:
    return settings.DATA_DIR / "metrics"


def _make_fresh(folder: Path) -> None:
    """Empties the folder, because figures of ended processes would be added to the new ones."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def workers() -> list[Program]:
    """Returns two workers for power sharing and sweeps, and workers with threads for each kind of work that waits.

    A periodic task runs only once at a time in each, so as many threads as it has tasks are enough.
    """
    programs = [_worker(f"worker-{number}", queues="celery", threads=1) for number in (1, 2)]
    for name, (queues, threads, connections_at_most) in _WAITING.items():
        worker = _worker(name, queues=queues, threads=threads)
        programs.append(replace(worker, environment={"DATABASE_POOL": str(connections_at_most)}))
    return programs


def _worker(name: str, *, queues: str, threads: int) -> Program:
    words = ("--queues", queues, "--pool", "threads", "--concurrency", str(threads), "--hostname", f"{name}@%h")
    return Program(name=name, module="celery", arguments=(*_CELERY, "worker", *words, *_OF_EACH_WORKER))


def small_worker() -> Program:
    """Returns one process for all workers' tasks: a thread for each periodic task, and some for other tasks."""
    queues = ",".join(["celery", *settings.TASKS_BY_QUEUE])
    threads = len(settings.CELERY_BEAT_SCHEDULE) + _SMALL_WAITS_AT_ONCE
    return replace(_worker("worker", queues=queues, threads=threads), environment={"DATABASE_POOL": "8"})


def _command_program(name: str, *words: str, listener: socket.socket | None = None) -> Program:
    """Returns a program that runs a command of `manage.py`."""
    inherited = (listener.fileno(),) if listener is not None else ()
    return Program(name=name, module="manage", arguments=words, inherited=inherited)


def _simulator_program(name: str, listener: socket.socket) -> Program:
    """Returns a program that simulates one of the demo's other parties."""
    return _command_program(name, f"simulate_{name}", "--fd", str(listener.fileno()), listener=listener)


def _prepare(parties: list[socket.socket]) -> Program:
    """Returns the program `prepare`; with the addresses of the demo's other parties it loads the demo's data."""
    names = ("--demo-provider", "--demo-partner")
    ports = [f"{name}=127.0.0.1:{party.getsockname()[1]}" for name, party in zip(names, parties, strict=False)]
    return _command_program("up", "prepare", *ports)


def _guide(base_url: str, *, seconds: float, demo: bool) -> Program:
    return _command_program("", "guide", base_url, "--seconds", f"{seconds:.0f}", *(["--demo"] if demo else []))


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
