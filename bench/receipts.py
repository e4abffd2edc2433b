"""The time from StopTransaction to the provisional receipt, with a running worker and beat."""

import asyncio
import json
import time
from typing import Any

from asgiref.sync import sync_to_async

from bench.load import PASSWORD, charger_id
from chargers.simulator.device import Device16, Identity

_TIMEOUT_S = 30.0


async def run(port: int, *, sessions: int) -> dict[str, Any]:
    """Starts and stops sessions one after another on separate chargers; returns the waits in seconds."""
    waits = sorted(await asyncio.gather(*(_one(port, 300 + number) for number in range(sessions))))
    return {"p50_s": waits[len(waits) // 2], "p99_s": waits[len(waits) * 99 // 100], "count": len(waits)}


async def _one(port: int, number: int) -> float:
    url = f"ws://127.0.0.1:{port}/ocpp"
    device = Device16(Identity(url=url, charger_id=charger_id(number), password=PASSWORD), log=lambda _: None)
    await device.connect()
    await device.start(1, f"{number:08X}")
    await asyncio.sleep(3 + number % 10 / 5)
    device.outlets[1].register_wh += 5
    await device.stop(1, reason="Local")
    stopped = time.perf_counter()
    while time.perf_counter() - stopped < _TIMEOUT_S:
        if await sync_to_async(_is_rated)(charger_id(number)):
            if device.link:
                await device.link.close()
            return time.perf_counter() - stopped
        await asyncio.sleep(0.05)
    raise TimeoutError(f"no receipt for {charger_id(number)}")


def _is_rated(name: str) -> bool:
    from billing.models import Rating

    return Rating.objects.filter(session__charger__charger_id=name).exists()


def report(port: int) -> None:
    result = asyncio.run(run(port, sessions=100))
    print("\nFrom StopTransaction to the provisional receipt, 100 sessions, one worker and beat")
    print(f"  p50 {result['p50_s']:.2f} s, p99 {result['p99_s']:.2f} s (of {json.dumps(result['count'])})", flush=True)
