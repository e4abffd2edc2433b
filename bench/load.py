"""A cheap load generator: raw asyncio, one outstanding call per connection, answers checked.

Run as a separate program, so that it shares no interpreter with the server: `python -m bench.load PORT CONNECTIONS
SECONDS KIND [PER_SECOND]` prints one JSON object. Without PER_SECOND each connection sends the next call as soon as the
last is answered. With it, that many calls a second are due over all connections, and a call delayed by an unanswered
one is measured from when it was due.
"""

import asyncio
import base64
import json
import os
import struct
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime

PASSWORD = "0123456789abcdef0123456789abcdef"
_WARM_UP_S = float(os.environ.get("BENCH_WARM_UP_S", "1"))
_SAMPLES = (
    '"measurand":"Energy.Active.Import.Register","unit":"Wh"},'
    '{"value":"7400","measurand":"Power.Active.Import","unit":"W"},'
    '{"value":"10.7","measurand":"Current.Import","unit":"A","phase":"L1"},'
    '{"value":"10.6","measurand":"Current.Import","unit":"A","phase":"L2"},'
    '{"value":"231.4","measurand":"Voltage","unit":"V","phase":"L1-N"},'
    '{"value":"48","measurand":"SoC","unit":"Percent"}'
)


def charger_id(number: int) -> str:
    return f"BENCH-{number:05d}"


def meter_values(number: int, count: int, _last: bytes) -> bytes:
    """Returns a MeterValues call with six samples at its own time."""
    stamp = datetime.now(tz=UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    values = f'{{"timestamp":"{stamp}","sampledValue":[{{"value":"{100_000 + count}",{_SAMPLES}]}}'
    text = f'[2,"{number}-{count}","MeterValues",{{"connectorId":1,"meterValue":[{values}]}}]'
    return text.encode()


def authorize(number: int, count: int, _last: bytes) -> bytes:
    """Returns an Authorize call of a card in a group of the property."""
    return f'[2,"{number}-{count}","Authorize",{{"idTag":"{(number * 7919 + count) % TOKENS:08X}"}}]'.encode()


def start_stop(number: int, count: int, last: bytes) -> bytes:
    """Returns StartTransaction, then StopTransaction with the id from the answer, and so on."""
    stamp = datetime.now(tz=UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if count % 2 == 0:
        card = f"{(number * 7919 + count) % TOKENS:08X}"
        said = f'{{"connectorId":1,"idTag":"{card}","meterStart":{count},"timestamp":"{stamp}"}}'
        return f'[2,"{number}-{count}","StartTransaction",{said}]'.encode()
    transaction_id = json.loads(last)[2].get("transactionId", 1)  # the floors' answers are empty
    said = f'{{"transactionId":{transaction_id},"meterStop":{count},"timestamp":"{stamp}"}}'
    return f'[2,"{number}-{count}","StopTransaction",{said}]'.encode()


def heartbeat(number: int, count: int, _last: bytes) -> bytes:
    return f'[2,"{number}-{count}","Heartbeat",{{}}]'.encode()


def idle(_number: int, _count: int, _last: bytes) -> bytes:
    return b""


TOKENS = int(os.environ.get("BENCH_TOKENS", "10000"))
Make = Callable[[int, int, bytes], bytes]
KINDS: dict[str, Make] = {
    "MeterValues": meter_values,
    "Authorize": authorize,
    "StartStop": start_stop,
    "Heartbeat": heartbeat,
    "idle": idle,
}


class Client(asyncio.Protocol):
    """One charger. A call is due every `every` seconds; 0: as soon as the last one is answered."""

    def __init__(self, number: int, port: int, make: Make, *, every: float) -> None:
        self._number, self._port, self._make, self._every = number, port, make, every
        self._last = b""
        self._due_at = 0.0
        self._buffer = b""
        self._upgraded = False
        self._sent_at = 0.0
        self._running = True
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.count = 0
        self.answered = 0
        self.latencies: list[float] = []
        self.errors = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        name = charger_id(self._number)
        token = base64.b64encode(f"{name}:{PASSWORD}".encode()).decode()
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(  # type: ignore[attr-defined]
            f"GET /ocpp/{name} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: ocpp1.6\r\n"
            f"Authorization: Basic {token}\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._upgraded:
            if b"\r\n\r\n" not in self._buffer:
                return
            head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
            self._upgraded = b" 101 " in head.partition(b"\r\n")[0]
            if not self._upgraded:
                self.ready.set_exception(ConnectionError(head.partition(b"\r\n")[0].decode()))
                return
            self.ready.set_result(None)
        while frame := self._take():
            self._answered(frame)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.ready.done():
            self.ready.set_exception(exc or ConnectionError("closed"))
        elif self._running:
            self.errors += 1

    def send(self) -> None:
        if not self._running:
            return
        payload = self._make(self._number, self.count, self._last)
        if not payload:
            return
        self.count += 1
        head = (
            struct.pack("!BBH", 0x81, 0x80 | 126, len(payload))
            if len(payload) > 125
            else struct.pack("!BB", 0x81, 0x80 | len(payload))
        )
        self._sent_at = self._due_at or time.perf_counter()
        # A mask of four zero bytes: valid on the wire, and costs nothing here.
        self._transport.write(head + b"\0\0\0\0" + payload)  # type: ignore[attr-defined]

    def begin(self, *, share: float) -> None:
        """Sends the first call; if calls are paced, after a share of the interval."""
        if not self._every:
            self.send()
            return
        self._due_at = time.perf_counter() + share * self._every
        asyncio.get_running_loop().call_later(share * self._every, self.send)

    def stop(self) -> None:
        self._running = False

    def close(self) -> None:
        self._running = False
        self._transport.write(struct.pack("!BBHH", 0x88, 0x82, 0, 0) + struct.pack("!H", 1000))  # type: ignore[attr-defined]
        self._transport.close()

    def _take(self) -> bytes | None:
        if len(self._buffer) < 2:
            return None
        length, start = self._buffer[1] & 0x7F, 2
        if length == 126:
            if len(self._buffer) < 4:
                return None
            length, start = struct.unpack_from("!H", self._buffer, 2)[0], 4
        if len(self._buffer) < start + length:
            return None
        opcode = self._buffer[0] & 0x0F
        frame, self._buffer = self._buffer[start : start + length], self._buffer[start + length :]
        if opcode == 9:  # ping
            self._transport.write(struct.pack("!BB", 0x8A, 0x80 | length) + b"\0\0\0\0" + frame)  # type: ignore[attr-defined]
            return self._take()
        return frame if opcode == 1 else None

    def _answered(self, frame: bytes) -> None:
        self.answered += 1
        self.latencies.append(time.perf_counter() - self._sent_at)
        if not frame.startswith((b"[3,", b"[3 ,")):
            self.errors += 1
        self._last = frame
        if not self._every:
            self.send()
            return
        self._due_at += self._every
        asyncio.get_running_loop().call_later(max(0.0, self._due_at - time.perf_counter()), self.send)


async def run(port: int, connections: int, seconds: float, kind: str, per_second: float) -> dict[str, object]:
    loop = asyncio.get_running_loop()
    every = connections / per_second if per_second else 0.0
    clients = []
    for start in range(0, connections, 50):
        numbers = range(start, min(start + 50, connections))
        made = [Client(number, port, KINDS[kind], every=every) for number in numbers]
        await asyncio.gather(*(loop.create_connection(lambda c=client: c, "127.0.0.1", port) for client in made))
        await asyncio.gather(*(client.ready for client in made))
        clients += made
    print("connected", file=sys.stderr, flush=True)
    for place, client in enumerate(clients):
        client.begin(share=place / connections)
    await asyncio.sleep(_WARM_UP_S if kind != "idle" else 0)
    for client in clients:
        client.latencies.clear()
    began = time.perf_counter()
    await asyncio.sleep(seconds)
    took = time.perf_counter() - began
    latencies = sorted(latency for client in clients for latency in client.latencies)
    for client in clients:
        client.stop()
    await asyncio.sleep(1)
    for client in clients:
        client.close()
    return {
        "per_second": len(latencies) / took,
        "p50_ms": latencies[len(latencies) // 2] * 1000 if latencies else 0,
        "p99_ms": latencies[len(latencies) * 99 // 100] * 1000 if latencies else 0,
        "sent": sum(client.count for client in clients),
        "answered": sum(client.answered for client in clients),
        "errors": sum(client.errors for client in clients),
    }


if __name__ == "__main__":
    port, connections, seconds, kind, *pace = sys.argv[1:]
    print(
        json.dumps(asyncio.run(run(int(port), int(connections), float(seconds), kind, float(pace[0] if pace else 0))))
    )
