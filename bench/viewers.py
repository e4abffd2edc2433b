"""200 open pages that poll, as browsers do, each over its own connection.

`python -m bench.viewers PORT PAGES SECONDS COOKIE` prints one JSON object: the latencies of all answers, how many were
unchanged, and how many were errors.
"""

import asyncio
import json
import random
import sys
import time
from dataclasses import dataclass, field

from bench.load import charger_id

# The pages that people have open: the address, the part that polls, and how often (seconds), as in the templates.
_OPEN = (
    ("/chargers/", "fleet", 5.0),
    ("/chargers/{charger}/", "live", 10.0),
    ("/chargers/{charger}/head/", "head", 5.0),
    ("/", "live", 15.0),
)


@dataclass(slots=True)
class Seen:
    latencies: list[float] = field(default_factory=list)
    unchanged: int = 0
    errors: int = 0


async def watch(port: int, number: int, deadline: float, cookie: str, seen: Seen) -> None:
    address, target, every = _OPEN[number % len(_OPEN)]
    path = address.format(charger=charger_id(number))
    await asyncio.sleep(random.uniform(0, every))
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    version, is_first = "", True
    while time.perf_counter() < deadline:
        head = (
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: sessionid={cookie}\r\nAccept-Encoding: gzip\r\n"
        )
        head += f"HX-Request: true\r\nHX-Target: {target}\r\n" + (f"Live-Version: {version}\r\n" if version else "")
        began = time.perf_counter()
        writer.write(f"{head}\r\n".encode())
        status, headers = await _answer(reader)
        if not is_first:  # the first request of every page, without a version
            seen.latencies.append(time.perf_counter() - began)
            seen.unchanged += status == 204
        seen.errors += status not in {200, 204}
        is_first = False
        version = headers.get("live-version", version)
        await asyncio.sleep(every)
    writer.close()


async def _answer(reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    """Returns the status and the headers, after reading the whole body."""
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().rstrip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if headers.get("transfer-encoding") == "chunked":
        while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
            await reader.readexactly(size + 2)
        await reader.readuntil(b"\r\n")
    else:
        await reader.readexactly(int(headers.get("content-length", 0)))
    return int(first.split()[1]), headers


async def run(port: int, pages: int, seconds: float, cookie: str) -> dict[str, float]:
    seen, deadline = Seen(), time.perf_counter() + seconds
    await asyncio.gather(*(watch(port, number, deadline, cookie, seen) for number in range(pages)))
    found = sorted(seen.latencies) or [0.0]  # a warm-up may end before any page has polled twice
    return {
        "answers": len(seen.latencies),
        "per_second": len(seen.latencies) / seconds,
        "p50_ms": found[len(found) // 2] * 1000,
        "p95_ms": found[len(found) * 95 // 100] * 1000,
        "unchanged": seen.unchanged,
        "errors": seen.errors,
    }


if __name__ == "__main__":
    port, pages, seconds, cookie = sys.argv[1:]
    print(json.dumps(asyncio.run(run(int(port), int(pages), float(seconds), cookie))))
