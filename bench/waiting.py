"""Chargers whose drivers wait for a mobility provider that never answers, while each sends Heartbeats.

`python -m bench.waiting PORT FIRST COUNT` prints "connected" on stderr before the first card is presented, and one JSON
object when all are answered.
"""

import asyncio
import base64
import json
import sys
import time
from dataclasses import dataclass

from websockets.asyncio.client import connect

from bench.load import PASSWORD, charger_id

_SETTLE_S = 6.0
_BEFORE_S = 3.0
_BEGIN_WITHIN_S = 12.0
"""Cards come one after the other, and at the end all wait at the same time: the limit of the wait is 15 s."""


def card(number: int) -> str:
    """Returns the roaming card for this charger; every other card may charge if the provider does not answer."""
    return f"NLDEAD{number:06d}"


@dataclass(frozen=True)
class Waited:
    heartbeat_s: float
    authorize_s: float
    status: str


async def wait(port: int, number: int, everybody: asyncio.Barrier) -> Waited:
    name = charger_id(number)
    token = base64.b64encode(f"{name}:{PASSWORD}".encode()).decode()
    headers = {"Authorization": f"Basic {token}"}
    address = f"ws://127.0.0.1:{port}/ocpp/{name}"
    async with connect(address, subprotocols=["ocpp1.6"], additional_headers=headers, proxy=None) as ws:
        is_first = await everybody.wait() == 0
        await asyncio.sleep(_SETTLE_S)  # the burst of handshakes is not measured
        if is_first:
            print("connected", file=sys.stderr, flush=True)
        await asyncio.sleep(_BEFORE_S)
        await asyncio.sleep(_BEGIN_WITHIN_S * (number % everybody.parties) / everybody.parties)
        asked_at = time.perf_counter()
        await ws.send(f'[2,"asked","Authorize",{{"idTag":"{card(number)}"}}]')
        await asyncio.sleep(5)
        beat_at = time.perf_counter()
        await ws.send('[2,"beat","Heartbeat",{}]')
        first = json.loads(await ws.recv())
        beat_s = time.perf_counter() - beat_at
        if first[1] != "beat":
            raise SystemExit(f"{name} was answered before its provider's time was over: {first}")
        answer = json.loads(await ws.recv())
        return Waited(beat_s, time.perf_counter() - asked_at, answer[2]["idTagInfo"]["status"])


async def run(port: int, first: int, count: int) -> dict[str, object]:
    everybody = asyncio.Barrier(count)
    waited = await asyncio.gather(*(wait(port, number, everybody) for number in range(first, first + count)))
    return {
        "heartbeat_max_ms": max(one.heartbeat_s for one in waited) * 1000,
        "authorize_max_s": max(one.authorize_s for one in waited),
        "accepted": sum(one.status == "Accepted" for one in waited),
        "refused": sum(one.status == "Invalid" for one in waited),
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(run(*(int(word) for word in sys.argv[1:])))))
