"""Chargers with another back office as Leader: the proxy's cost per call, its capacity, and how it catches up."""

import asyncio
import os
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta

from bench.load import KINDS, PASSWORD, charger_id

LED, BACKLOG = 300, 10_000
FIRST_BACKLOG, CALLS = 299, 200
Serving = Callable[[list[str]], AbstractContextManager[int]]
Load = Callable[[int, int, float, str], dict[str, float]]


def report(serving: Serving, gateway: list[str], load: Load, resident: Callable[[int], int]) -> None:
    """Prints the results.

    `serving` starts a program on a free port; `load` runs the generator; `resident` is a gateway's memory.
    """
    partner = [sys.executable, "-m", "bench.partner", "{port}"]
    with serving(partner) as upstream, _reaching(), serving(gateway) as port:
        _connect(upstream)
        print("\nA call every 20 ms: to the Leader itself, to us alone, through us to the Leader")
        for kind in ("MeterValues", "Authorize"):
            _compare(kind, upstream=upstream, port=port)
        print(f"\n{LED} chargers led by another back office, one process, one call outstanding each")
        os.environ["BENCH_WARM_UP_S"] = "10"  # until every connection to the Leader is open
        for kind in ("MeterValues", "Authorize"):
            _lead(first=0, count=LED, led=False)
            alone = load(port, LED, 5, kind)
            _lead(first=0, count=LED, led=True)
            through = load(port, LED, 5, kind)
            print(
                f"  {kind:14}{through['per_second']:>8,.0f} answers/s, p50 {through['p50_ms']:.0f} ms, "
                f"p99 {through['p99_ms']:.0f} ms; {through['per_second'] / alone['per_second']:.2f} of the "
                f"{alone['per_second']:,.0f} without another back office{_errors(through)}",
                flush=True,
            )
        del os.environ["BENCH_WARM_UP_S"]
        _memory(port, resident)
        _drain(port)


def _compare(kind: str, *, upstream: int, port: int) -> None:
    direct = asyncio.run(_paced(upstream, kind))
    _lead(first=0, count=LED, led=False)
    alone = asyncio.run(_paced(port, kind))
    _lead(first=0, count=LED, led=True)
    through = asyncio.run(_paced(port, kind))
    for name, share in (("p50", 50), ("p99", 99)):
        to_leader, to_us, both = (one[len(one) * share // 100] for one in (direct, alone, through))
        print(
            f"  {kind:14}{name}: {to_leader:6.2f} ms to the Leader, {to_us:6.2f} ms to us, {both:6.2f} ms through us; "
            f"the proxy adds {both - to_leader:.2f} ms to the Leader's answer, {both - to_us:.2f} ms to ours",
            flush=True,
        )


async def _paced(port: int, kind: str) -> list[float]:
    """Returns the milliseconds of each call of one charger that pauses between its calls, as chargers do; sorted."""
    from websockets.asyncio.client import connect

    took = []
    async with connect(_address(port, charger_id(0)), subprotocols=["ocpp1.6"], proxy=None) as ws:
        for count in range(-10, CALLS):
            await asyncio.sleep(0.02 if count else 1)
            text = KINDS[kind](0, time.time_ns(), b"").decode()
            began = time.perf_counter()
            await ws.send(text)
            while not (await ws.recv()).startswith("[3"):
                pass
            if count >= 0:
                took.append((time.perf_counter() - began) * 1000)
    return sorted(took)


def _errors(result: dict[str, float]) -> str:
    return f"  ERRORS: {result['errors']}" if result["errors"] else ""


@contextmanager
def _reaching() -> Iterator[None]:
    os.environ["OUTBOUND_ALLOWED_NETWORKS"] = "127.0.0.0/8"
    yield
    del os.environ["OUTBOUND_ALLOWED_NETWORKS"]


def _connect(upstream: int) -> None:
    from chargers.models import Charger, Upstream

    chargers = Charger.objects.filter(charger_id__in=[charger_id(n) for n in range(LED)])
    Upstream.objects.bulk_create(
        Upstream(charger=one, name="Leader", url=f"ws://127.0.0.1:{upstream}/ocpp", role="leader") for one in chargers
    )


def _lead(*, first: int, count: int, led: bool) -> None:
    """Activates or pauses the Leader of these chargers, for connections made after this."""
    from chargers.models import Upstream

    ids = [charger_id(n) for n in range(first, first + count)]
    paused = None if led else datetime.now(tz=UTC)
    Upstream.objects.filter(charger__charger_id__in=ids).update(paused_at=paused)


def _memory(port: int, resident: Callable[[int], int]) -> None:
    before = resident(port)

    async def stay() -> int:
        from websockets.asyncio.client import connect

        opened = []
        for number in range(LED - 1):
            address = _address(port, charger_id(number))
            opened.append(await connect(address, subprotocols=["ocpp1.6"], proxy=None))
        await asyncio.sleep(3)
        grown = resident(port) - before
        await asyncio.gather(*(one.close() for one in opened))
        return grown

    each = asyncio.run(stay()) / (LED - 1) / 1024
    print(f"  {each:.0f} kB more for each idle charger with its connection to the Leader", flush=True)


def _address(port: int, name: str) -> str:
    return f"ws://{name}:{PASSWORD}@127.0.0.1:{port}/ocpp/{name}"


def _drain(port: int) -> None:
    """Delivers ten thousand messages of a transaction that wait for one back office."""
    from chargers.lib import ids
    from chargers.models import Charger, Forward, Upstream

    charger = Charger.objects.get(charger_id=charger_id(FIRST_BACKLOG))
    upstream = Upstream.objects.get(charger=charger)
    began = datetime.now(tz=UTC) - timedelta(hours=1)
    payload = '{"connectorId":1,"transactionId":7,"meterValue":[]}'
    Forward.objects.bulk_create(
        Forward(
            id=ids.generate(now=began + timedelta(milliseconds=10 * n)),
            charger=charger,
            upstream=upstream,
            key=f"{n}",
            action="MeterValues",
            version="1.6",
            payload=payload,
            transaction_ref="7",
            claimed_by=uuid.UUID(int=0),
        )
        for n in range(BACKLOG)
    )
    waiting = Forward.objects.filter(charger=charger, delivered_at=None)

    async def stay() -> float:
        from asgiref.sync import sync_to_async
        from websockets.asyncio.client import connect

        async with connect(_address(port, charger.charger_id), subprotocols=["ocpp1.6"], proxy=None):
            started = time.perf_counter()
            while await sync_to_async(waiting.exists)():
                await asyncio.sleep(0.2)
            return time.perf_counter() - started

    took_s = asyncio.run(stay())
    print(f"  a backlog of {BACKLOG:,} messages was delivered in {took_s:.1f} s, {BACKLOG / took_s:,.0f}/s", flush=True)
