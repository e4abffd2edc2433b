"""200 guests who open landing pages, each every few seconds over their own connection.

`python -m bench.guests PORT GUESTS SECONDS [COOKIES]` prints one JSON object. COOKIES is a JSON file with the Cookie
header of each guest, or an empty list.
"""

import asyncio
import json
import random
import sys
import time
from pathlib import Path

_PAUSE_S = 5.0


async def look(
    port: int, number: int, deadline: float, latencies: list[float], weights: list[int], *, cookie: str = ""
) -> None:
    """Opens the page repeatedly, at least once; measures the complete response."""
    await asyncio.sleep(random.uniform(0, _PAUSE_S) if deadline else 0)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    lines = [f"GET /c/B{number:05d} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Connection: keep-alive"]
    request = "\r\n".join([*lines, *([f"Cookie: {cookie}"] if cookie else []), "", ""]).encode()
    while time.perf_counter() < deadline or not latencies:
        began = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head[:200]
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        await reader.readexactly(length)
        latencies.append(time.perf_counter() - began)
        weights.append(length + len(head))
        await asyncio.sleep(random.uniform(0, 2 * _PAUSE_S) if deadline else 0)
    writer.close()


async def run(port: int, guests: int, seconds: float, cookies: list[str]) -> dict[str, float]:
    first: list[float] = []
    await look(port, 0, 0, first, [])
    latencies: list[float] = []
    weights: list[int] = []
    deadline = time.perf_counter() + seconds
    jar = cookies or [""] * guests
    await asyncio.gather(
        *(look(port, number, deadline, latencies, weights, cookie=jar[number]) for number in range(guests))
    )
    latencies.sort()
    return {
        "first_ms": first[0] * 1000,
        "pages": len(latencies),
        "p50_ms": latencies[len(latencies) // 2] * 1000,
        "p99_ms": latencies[len(latencies) * 99 // 100] * 1000,
        "bytes": max(weights),
    }


if __name__ == "__main__":
    read_cookies = json.loads(Path(sys.argv[4]).read_text()) if len(sys.argv) > 4 else []
    print(json.dumps(asyncio.run(run(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), read_cookies))))
