"""`make bench`: what the gateway and the engines do, beside floors of the same run. FULL=1 takes larger data."""

import argparse
import json
import os
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

ROOT = Path(__file__).resolve().parent.parent
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")

from tests.kit import servers  # noqa: E402 - claims the data directory, before Django's settings are read

FLOOR, EMPTY, OURS = "websockets echo", "empty Channels consumer", "this gateway"


def _bank_files(**_: bool) -> None:
    from bench import bank_files

    bank_files.report()


def _papers(**_: bool) -> None:
    from bench import papers

    papers.report()


def _payouts(*, full: bool) -> None:
    from bench import payouts

    payouts.report(full=full)


def _pages(*, full: bool) -> None:
    from bench import pages

    pages.report(full=full)


def _support(*, full: bool) -> None:
    from bench import support

    support.report(full=full)


def _live(*, full: bool) -> None:
    """With `full` the issue's 2,000 chargers and 200 pages; otherwise as many as a run of five minutes has time for."""
    from bench import live_pages

    chargers, pages, seconds = (2000, 200, 30.0) if full else (500, 50, 8.0)
    live_pages.report(_serving, _servers()[OURS], _load, chargers=chargers, pages=pages, seconds=seconds)
    live_pages.first_views(_serving, _servers()[OURS])


def _rating(*, full: bool) -> None:
    from bench import rating

    rating.report(full=full)


def _gateway(*, full: bool) -> None:
    for connections in (50, 500):
        title = f"MeterValues, six samples, {connections} connections, one call outstanding each"
        _compare(title, "MeterValues", connections, seconds=10 if full else 3)
    seconds = 10.0 if full else 3.0
    _authorizes(full=full)
    title = "StartTransaction and StopTransaction in turn (a pair is two answers), 50 connections"
    _compare(title, "StartStop", 50, seconds=seconds)
    _memory(connections=1000)


def _authorizes(*, full: bool) -> None:
    seconds = 10.0 if full else 3.0
    _compare("Authorize with decision and trace, 50 connections", "Authorize", 50, seconds=seconds)
    if full:
        _compare("Authorize, 1,000 connections", "Authorize", 1000, seconds=seconds)


def _compare(title: str, kind: str, connections: int, *, seconds: float) -> None:
    print(f"\n{title}")
    print(f"  {'':26}{'answers/s':>10}{'p50 ms':>9}{'p99 ms':>9}{'of echo':>9}{'of empty':>9}   stored")
    floors: dict[str, float] = {}
    for name, command in _servers().items():
        before = _stored(kind)
        with _serving(command) as port:
            result = _load(port, connections, seconds, kind)
        floors[name] = float(result["per_second"])
        stored = ""
        if name == OURS and kind != "MeterValues":
            _require_acceptance()
        if name == OURS:
            rows = _stored(kind) - before
            stored = f"{rows:,} rows of {result['sent']:,} calls"
            if rows < int(result["answered"]):
                raise SystemExit(f"{result['answered']} calls were answered, and only {rows} are stored")
        print(
            f"  {name:26}{result['per_second']:>10,.0f}{result['p50_ms']:>9.1f}{result['p99_ms']:>9.1f}"
            f"{floors[name] / floors[FLOOR]:>9.2f}"
            f"{floors[name] / floors[EMPTY] if EMPTY in floors else float('nan'):>9.2f}   {stored}"
            + (f"  ERRORS: {result['errors']}" if result["errors"] else ""),
            flush=True,
        )


def _require_acceptance() -> None:
    """A refusal at the first gate would be a cheaper decision than the one that is meant."""
    from authorization.models import Decision

    if Decision.objects.exclude(verdict="accepted").exists():
        raise SystemExit("the benchmark's cards were refused: its numbers would not be those of an acceptance")


def _memory(*, connections: int) -> None:
    """What the first chargers load into a process, once, is not counted: some come and go before."""
    print(f"\nMemory per idle connection, {connections} connections")
    for name, command in _servers().items():
        with _serving(command) as port:
            pid = _running[port]
            warm_up = [sys.executable, "-m", "bench.load", str(port), "50", "1", "idle"]
            subprocess.run(warm_up, cwd=ROOT, capture_output=True, check=True)
            base = _resident(pid)
            load = subprocess.Popen(
                [sys.executable, "-m", "bench.load", str(port), str(connections), "4", "idle"],
                cwd=ROOT,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
            )
            assert load.stderr is not None
            load.stderr.readline()
            time.sleep(2)
            print(f"  {name:26}{(_resident(pid) - base) / connections / 1024:>8.1f} kB", flush=True)
            load.communicate()


def _silent_provider(**_: bool) -> None:
    from bench import providers

    with _serving(_servers()[OURS]) as port:
        providers.report(port, _load)


def _flood(**_: bool) -> None:
    from bench import bystanders

    bystanders.report(_serving, _servers()[OURS], _load)


def _proxied(**_: bool) -> None:
    from bench import proxied

    proxied.report(_serving, _servers()[OURS], _load, lambda port: _resident(_running[port]))


def _landing_page(**_: bool) -> None:
    """What a guest waits for; the style sheet comes on top of the page once."""
    style = (ROOT / "static" / "portal.css").stat().st_size
    with _serving(_servers()[OURS]) as port:
        command = [sys.executable, "-m", "bench.guests", str(port), "200", "10"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    result = json.loads(done.stdout)
    print("\nLanding page, 200 guests, each looking every 5 s")
    print(f"  the very first page of a new process took {result['first_ms']:.0f} ms")
    print(f"  {result['pages']} pages, p50 {result['p50_ms']:.0f} ms, p99 {result['p99_ms']:.0f} ms")
    print(f"  page {result['bytes'] / 1024:.1f} kB and style sheet {style / 1024:.1f} kB", flush=True)


def _stays(**_: bool) -> None:
    from bench import stays

    stays.report(_serving, _servers()[OURS])


def _receipts(**_: bool) -> None:
    """The worker and beat of the product, as `up --small` starts them."""
    from backoffice.management.commands import up
    from bench import receipts

    schedule = ["--beat", "--schedule", str(Path(os.environ["DATA_DIR"]) / "bench-beat")]
    celery = [sys.executable, "-m", "celery", *up.small_worker().arguments, *schedule]
    with _serving(_servers()[OURS]) as port:
        worker = subprocess.Popen(celery, cwd=ROOT, stderr=subprocess.DEVNULL)
        try:
            time.sleep(8)
            receipts.report(port)
        finally:
            worker.terminate()
            worker.wait(timeout=30)


def _decisions(**_: bool) -> None:
    """The chain in this process, without a database: decisions a second."""
    from authorization.decide import engine
    from tests.kit.facts_of import MEMBER, facts, request

    asked = request()
    print("\nDecision engine, one core")
    for name, known in (("a member", facts(own=MEMBER)), ("nobody", facts())):
        count, started = 0, time.perf_counter()
        while time.perf_counter() - started < 2:
            engine.decide(request=asked, facts=known)
            count += 1
        print(f"  {name:>13}{count / (time.perf_counter() - started):>12,.0f} decisions/s with trace", flush=True)


def _imports(*, full: bool) -> None:
    """A host's file of cards with 37 bad rows: kept, compared as the preview does, applied."""
    from authorization.models import Token
    from authorization.tokens import token_imports
    from chargers.models import Host

    cards = 100_000 if full else 20_000
    bad = set(range(7, 37 * 100 + 7, 100))
    rows = [f"CAFE{n:08X},Card {n},{'nobody' if n in bad else 'bench-0'}" for n in range(cards)]
    content = "\n".join(["uid,visual_number,group", *rows]).encode()
    host, now = Host.objects.get(slug="bench"), datetime.now(tz=UTC)
    before, started = Token.objects.count(), time.perf_counter()
    kept = token_imports.keep(host, name="bench.csv", content=content, by="bench", now=now)
    compared = token_imports.compare(kept)
    previewed = time.perf_counter() - started
    token_imports.apply(kept.pk, host=host, now=now)
    took = time.perf_counter() - started
    made = Token.objects.count() - before
    if (made, compared.wrong_rows) != (cards - len(bad), len(bad)):
        raise SystemExit(f"{made} cards were made and {compared.wrong_rows} rows called wrong")
    print(f"\nImport of {cards:,} cards with {len(bad)} bad rows")
    print(f"  preview {previewed:.1f} s, applied after {took:.1f} s: {cards / took:,.0f} cards/s", flush=True)


def _servers() -> dict[str, list[str]]:
    launcher = [sys.executable, "-m", "backoffice.launcher", "--port", "{port}"]
    return {
        FLOOR: [sys.executable, "-m", "bench.floors", "{port}"],
        EMPTY: [*launcher, "--application", "bench.floors:application"],
        OURS: launcher,
    }


_running: dict[int, int] = {}


@contextmanager
def _serving(command: list[str]) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen([word.format(port=port) for word in command], cwd=ROOT)
    _running[port] = process.pid
    try:
        deadline = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=40)


def _load(port: int, connections: int, seconds: float, kind: str, pace: float = 0) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.load", str(port), str(connections), str(seconds), kind, str(pace)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"the load generator failed: {done.stderr[-2000:]}")
    return dict(json.loads(done.stdout))


def _resident(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise ProcessLookupError(pid)


def _stored(kind: str) -> int:
    from authorization.models import Decision
    from chargers.models import MeterValue, Transaction

    match kind:
        case "MeterValues":
            return MeterValue.objects.count()
        case "StartStop":
            return Transaction.objects.count() + Transaction.objects.exclude(stopped_at=None).count()
        case _:
            return Decision.objects.count()


def _database(*, chargers: int, tokens: int, groups: int) -> None:
    """A property with chargers and groups of cards, in a database of this run's own servers."""
    from django.core.management import call_command
    from django.db import connection

    from authorization.models import Token, TokenGroup
    from bench.load import PASSWORD, charger_id
    from billing.models import Rate, RateAssignment, RateVersion
    from chargers.lib import partitions
    from chargers.models import Charger, Connector, Evse, Host, Licence, Property
    from chargers.security import keys

    call_command("migrate", verbosity=0, interactive=False)
    with connection.cursor() as cursor:  # the books let nobody empty them: their guards look away on this server only
        cursor.execute("SET session_replication_role = replica")
        call_command("flush", verbosity=0, interactive=False)
        cursor.execute("SET session_replication_role = DEFAULT")
    partitions.ensure(now=datetime.now(tz=UTC))
    host = Host.objects.create(slug="bench", name="Bench", currency="USD", country="US")
    place = Property.objects.create(host=host, slug="bench", name="Bench", time_zone="America/New_York", access="guest")
    made = [Charger(charger_id=charger_id(n), station_id=f"B{n:05d}", property=place) for n in range(chargers)]
    for charger in made:
        keys.set_generated(charger, PASSWORD)
    Charger.objects.bulk_create(made)
    now = datetime.now(tz=UTC)
    Charger.objects.filter(pk__in=[one.pk for one in made[:200]]).update(connection_id=uuid.uuid4(), connected_at=now)
    rate = Rate.objects.create(host=host, slug="bench", name="Bench", currency="USD")
    definition = {"energy": [{"name": "all day", "price": "0.35"}]}
    RateVersion.objects.create(rate=rate, number=1, definition=definition, created_at=now)
    RateAssignment.objects.create(rate=rate, property=place, audience="guest")
    RateAssignment.objects.create(rate=rate, property=place, audience="member")
    Licence.objects.bulk_create([Licence(charger=charger) for charger in made])
    evses = Evse.objects.bulk_create([Evse(charger=charger, number=1) for charger in made])
    Connector.objects.bulk_create([Connector(evse=evse, number=1, status="Available") for evse in evses])
    named = [TokenGroup(host=host, slug=f"bench-{n}", name=f"Bench {n}") for n in range(groups)]
    opening = TokenGroup.objects.bulk_create(named)
    place.token_groups.add(*opening)
    for start in range(0, tokens, 50_000):
        cards = Token.objects.bulk_create(
            [
                Token(uid=f"{n:08X}", canonical_uid=f"{n:08X}", host=host)
                for n in range(start, min(start + 50_000, tokens))
            ]
        )
        Token.groups.through.objects.bulk_create(
            [Token.groups.through(token_id=card.pk, tokengroup_id=opening[card.pk % groups].pk) for card in cards]
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


_PARTS: Final[Mapping[str, Callable[..., None]]] = {
    "gateway": _gateway,
    "silent": _silent_provider,
    "flood": _flood,
    "proxied": _proxied,
    "landing": _landing_page,
    "stays": _stays,
    "receipts": _receipts,
    "rating": _rating,
    "papers": _papers,
    "payouts": _payouts,
    "live": _live,
    "pages": _pages,
    "support": _support,
    "bank-files": _bank_files,
    "decisions": _decisions,
    "cards": _authorizes,
    "imports": _imports,
}
"""In the order of a whole run; each takes `full`."""
_OF_OTHERS: Final = frozenset({"cards"})
"""Parts that another part includes: run alone only."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="larger data")
    parser.add_argument("--only", nargs="+", choices=list(_PARTS), metavar="PART", help=f"any of: {', '.join(_PARTS)}")
    options = parser.parse_args()
    chosen = options.only or [name for name in _PARTS if name not in _OF_OTHERS]
    if chosen == ["bank-files"]:  # needs no servers
        _bank_files()
        return
    chargers, tokens, groups = (1000, 1_000_000, 1000) if options.full else (1000, 20_000, 50)
    if set(chosen) <= {"live", "pages", "support"}:
        chargers, tokens, groups = 2000, 1000, 5
    os.environ["BENCH_TOKENS"] = str(tokens)
    try:
        import django

        servers.start()
        django.setup()
        _database(chargers=chargers, tokens=tokens, groups=groups)
        for name in chosen:
            _PARTS[name](full=options.full)
    finally:
        servers.pytest_unconfigure()


if __name__ == "__main__":
    main()
