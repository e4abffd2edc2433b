"""Guests of stays: their landing pages, the way from a tap to the charger, a night's sync, and a burst of webhooks.

Each figure stands beside one of the same run: a landing page without a booking, a Heartbeat on the same socket, the
same rows written in bulk, an address that stores nothing.
"""

import asyncio
import base64
import hashlib
import hmac
import http.client
import ipaddress
import json
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import transaction
from django.test import Client
from websockets.asyncio.client import connect

from bench.load import PASSWORD, charger_id

if TYPE_CHECKING:
    from authorization.models import PmsConnection

ROOT: Final = Path(__file__).resolve().parent.parent
GUESTS: Final = 200
_TAPS: Final = 50
_FIRST_TAP: Final = 400
"""The chargers that are tapped; those before it are on the landing pages."""
_STAYS: Final = 10_000
_WEBHOOKS: Final = 1_000
_CONNECTIONS: Final = 20
_SECRET: Final = "whsec_c2VjcmV0LXNlY3JldA=="
_DAY: Final = timedelta(days=1)
_CARD: Final = "4242424242424242"

Serving = Callable[[list[str]], AbstractContextManager[int]]


def report(serving: Serving, command: list[str]) -> None:
    sync_ten_thousand()
    with _private_property() as source:
        cookies = _keys_of_guests(source)
        with serving(command) as port:
            look_at_landing_pages(port, cookies)
            tap_to_wire(port, cookies)
            burst_of_webhooks(port, source)


@contextmanager
def _private_property() -> Iterator["PmsConnection"]:
    """The bench's property admits nobody but guests of a system whose bookings have come."""
    from chargers.models import Property
    from tests.kit import bookings

    property_ = Property.objects.select_related("host").get(slug="bench")
    Property.objects.filter(pk=property_.pk).update(access="private")
    secret = json.dumps({"webhook_secret": _SECRET})
    try:
        yield bookings.connection(property_.host, credentials_encrypted=_encrypt(secret))
    finally:
        Property.objects.filter(pk=property_.pk).update(access="guest")


def _encrypt(text: str) -> str:
    from chargers.lib import secrets as encrypted

    return encrypted.encrypt(text)


def _keys_of_guests(source: "PmsConnection") -> list[str]:
    """Books a stay for each guest, proves it by its code, and returns the cookies of their phones."""
    from chargers.models import Property
    from tests.kit.bookings import booking

    property_ = Property.objects.get(slug="bench")
    cookies = []
    for number in range(GUESTS):
        booking(source, property_, None, code=f"HMBENCH{number:04}", guest_name=f"Guest {number}")
        phone = Client(REMOTE_ADDR=f"10.1.{number // 250}.{number % 250 + 1}")
        answer = phone.post(f"/c/B{number:05d}/booking", {"code": f"HMBENCH{number:04}"}, SERVER_NAME="localhost")
        if answer.status_code != http.HTTPStatus.FOUND:
            raise SystemExit(f"the booking's code was refused: {answer.status_code}")
        cookies.append("; ".join(f"{name}={morsel.value}" for name, morsel in phone.cookies.items()))
    return cookies


def look_at_landing_pages(port: int, cookies: list[str]) -> None:
    print(f"\nLanding page, {GUESTS} guests, each looking every 5 s")
    print(f"  {'':26}{'pages':>8}{'p50 ms':>9}{'p99 ms':>9}{'kB':>7}")
    results = {}
    for name, jar in (("without a booking", []), ("with a stay's key", cookies)):
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(jar, file)
            file.flush()
            words = [sys.executable, "-m", "bench.guests", str(port), str(GUESTS), "10", file.name]
            done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
        results[name] = result = json.loads(done.stdout)
        print(
            f"  {name:26}{result['pages']:>8,}{result['p50_ms']:>9.0f}{result['p99_ms']:>9.0f}"
            f"{result['bytes'] / 1024:>7.1f}",
            flush=True,
        )
    plain, keyed = results.values()
    print(f"  a stay's key costs {keyed['p50_ms'] / plain['p50_ms']:.2f} of the page without, at the median")


def tap_to_wire(port: int, cookies: list[str]) -> None:
    """From the guest's tap on "Pay and start" to the RemoteStartTransaction at the charger."""
    waits, beats = asyncio.run(_tap_all(port, cookies))
    print(f"\nFrom the tap to RemoteStartTransaction on the wire, {len(waits)} guests one after another")
    print(f"  {'':26}{'p50 ms':>9}{'p99 ms':>9}")
    for name, values in (("Heartbeat, there and back", beats), ("tap to RemoteStart", waits)):
        values.sort()
        print(f"  {name:26}{_percentile(values, 50):>9.1f}{_percentile(values, 99):>9.1f}", flush=True)
    print(f"  a tap takes as long as {_percentile(waits, 50) / _percentile(beats, 50):.1f} Heartbeats, at the median")


async def _tap_all(port: int, cookies: list[str]) -> tuple[list[float], list[float]]:
    version = await sync_to_async(_rate_version)()
    waits: list[float] = []
    beats: list[float] = []
    for number in range(_FIRST_TAP, _FIRST_TAP + _TAPS):
        name = charger_id(number)
        basic = base64.b64encode(f"{name}:{PASSWORD}".encode()).decode()
        async with connect(
            f"ws://127.0.0.1:{port}/ocpp/{name}",
            subprotocols=["ocpp1.6"],
            additional_headers={"Authorization": f"Basic {basic}"},
        ) as socket:
            await _call(socket, "BootNotification", {"chargePointVendor": "Bench", "chargePointModel": "B1"})
            status = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
            await _call(socket, "StatusNotification", status)
            began = time.perf_counter()
            await _call(socket, "Heartbeat", {})
            beats.append((time.perf_counter() - began) * 1000)
            post = {"card": _CARD, "version": str(version), "email": ""}
            tap = asyncio.create_task(
                asyncio.to_thread(_post_form, port, f"/c/B{number:05d}/1", cookies[number % GUESTS], post)
            )
            began = time.perf_counter()
            while (frame := json.loads(await asyncio.wait_for(socket.recv(), 20)))[2] != "RemoteStartTransaction":
                await socket.send(json.dumps([3, frame[1], {"status": "Rejected", "unknownKey": []}]))
            waits.append((time.perf_counter() - began) * 1000)
            await socket.send(json.dumps([3, frame[1], {"status": "Accepted"}]))
            assert await tap == http.HTTPStatus.FOUND
    return waits, beats


async def _call(socket: Any, action: str, payload: dict[str, Any]) -> None:
    """Sends a call and waits for its answer; rejects what the back office asks meanwhile."""
    key = secrets.token_hex(8)
    await socket.send(json.dumps([2, key, action, payload]))
    while (frame := json.loads(await asyncio.wait_for(socket.recv(), 20)))[1] != key:
        await socket.send(json.dumps([3, frame[1], {"status": "Rejected", "unknownKey": []}]))


def sync_ten_thousand() -> None:
    """A night's sync by Guesty's paged API from a server on this machine: all new, nothing new, a tenth moved."""
    from authorization.models import Stay
    from authorization.pms import sync
    from tests.kit import site as sites
    from tests.kit.connected_systems import connect as connect_system
    from tests.kit.property_systems import standing

    settings.OUTBOUND_ALLOWED_NETWORKS = [ipaddress.ip_network("127.0.0.0/8")]
    site = sites.build("stays", charger_id="STAYS-1")
    now = datetime.now(tz=UTC)
    rows = [_reservation(number, moved=False, now=now) for number in range(_STAYS)]
    seconds: dict[str, float] = {}
    with standing() as systems:
        with transaction.atomic():
            source = connect_system(site, "guesty", systems.url, mapped="L1")
        for at, (name, reservations) in enumerate(
            {
                "all new": rows,
                "nothing new": rows,
                "a tenth moved": [_reservation(number, moved=number % 10 == 0, now=now) for number in range(_STAYS)],
            }.items()
        ):
            systems.reservations = reservations
            began = time.perf_counter()
            outcome = sync.run(source.pk, now=now + at * _DAY)
            seconds[name] = time.perf_counter() - began
            assert outcome is not None
            if outcome.failure is not None or Stay.objects.filter(connection=source).count() != _STAYS:
                raise SystemExit(f"the sync failed: {outcome}")
    floor = _write_in_bulk(source.pk)
    print(f"\nA night's sync of {_STAYS:,} stays in 100 pages, from a server on this machine")
    print(f"  {'the rows alone, in bulk':26}{floor:>9.2f} s")
    for name, taken in seconds.items():
        rate = f"{_STAYS / taken:>10,.0f} stays/s{taken / floor:>7.1f} times the rows"
        print(f"  {name:26}{taken:>9.2f} s{rate}", flush=True)
    Stay.objects.filter(connection=source).delete()


def _reservation(number: int, *, moved: bool, now: datetime) -> dict[str, object]:
    arrives = (now + (number % 200) * _DAY).date() + timedelta(days=int(moved))
    return {
        "_id": f"{number:06}",
        "confirmationCode": f"GY{number:06}",
        "status": "confirmed",
        "listingId": "L1",
        "guest": {"fullName": "Guest", "phone": f"+1 555 {number:06}"},
        "checkInDateLocalized": f"{arrives}",
        "checkOutDateLocalized": f"{arrives + timedelta(days=3)}",
        "lastUpdatedAt": f"{now + int(moved) * timedelta(minutes=1):%Y-%m-%dT%H:%M:%SZ}",
    }


def _write_in_bulk(source: int) -> float:
    """Returns the seconds that PostgreSQL and the ORM need for the rows of the sync, without anything around them."""
    from authorization.models import Stay

    rows = list(Stay.objects.filter(connection=source))
    Stay.objects.filter(connection=source).delete()
    for row in rows:
        row.pk = None
    began = time.perf_counter()
    Stay.objects.bulk_create(rows, batch_size=1000)
    return time.perf_counter() - began


def burst_of_webhooks(port: int, source: "PmsConnection") -> None:
    """Signed events, as many at once as connections; the floor is an answer that reads and stores nothing."""
    address = f"/webhooks/pms/{source.webhook_key}/"
    print(f"\nA burst of {_WEBHOOKS:,} webhooks over {_CONNECTIONS} connections")
    print(f"  {'':26}{'/s':>9}{'p50 ms':>9}{'p99 ms':>9}")
    floor, latencies = _burst(port, lambda _: ("GET", "/healthz", b"", {}))
    _show_burst("/healthz", floor, latencies)
    rate, latencies = _burst(port, lambda number: ("POST", address, *_sign_event(number)))
    _show_burst("webhooks", rate, latencies)
    source.refresh_from_db()
    if source.next_due_at > datetime.now(tz=UTC) + timedelta(minutes=1):
        raise SystemExit("the events did not bring the next reading forward")
    print(f"  {rate / floor:.2f} of /healthz", flush=True)


def _show_burst(name: str, rate: float, latencies: list[float]) -> None:
    p50, p99 = _percentile(latencies, 50), _percentile(latencies, 99)
    print(f"  {name:26}{rate:>9,.0f}{p50:>9.1f}{p99:>9.1f}", flush=True)


def _sign_event(number: int) -> tuple[bytes, dict[str, str]]:
    """Returns body and headers of an event as Guesty sends it (standardwebhooks.com)."""
    body = json.dumps({"event": "reservation.updated.v2", "reservation": {"_id": f"{number:06}"}}).encode()
    name, at = f"msg_{number}", f"{int(time.time())}"
    key = base64.b64decode(_SECRET.removeprefix("whsec_"))
    digest = base64.b64encode(hmac.new(key, f"{name}.{at}.".encode() + body, hashlib.sha256).digest()).decode()
    return body, {"svix-id": name, "svix-timestamp": at, "svix-signature": f"v1,{digest}"}


Request = tuple[str, str, bytes, dict[str, str]]


def _burst(port: int, build_request: Callable[[int], Request]) -> tuple[float, list[float]]:
    """Returns the requests answered per second, and the latencies in ms. Each must be answered with 200 or 204."""

    def send(first: int) -> list[float]:
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        latencies = []
        for number in range(first, _WEBHOOKS, _CONNECTIONS):
            method, path, body, headers = build_request(number)
            began = time.perf_counter()
            client.request(method, path, body=body, headers=headers)
            response = client.getresponse()
            response.read()
            latencies.append((time.perf_counter() - began) * 1000)
            if response.status not in {http.HTTPStatus.OK, http.HTTPStatus.NO_CONTENT}:
                raise SystemExit(f"{path} answered {response.status}")
        client.close()
        return latencies

    began = time.perf_counter()
    with ThreadPoolExecutor(_CONNECTIONS) as pool:
        latencies = [latency for part in pool.map(send, range(_CONNECTIONS)) for latency in part]
    return _WEBHOOKS / (time.perf_counter() - began), latencies


def _post_form(port: int, path: str, cookies: str, fields: dict[str, str]) -> int:
    """Posts a form as a browser does that has just loaded its page; returns the status."""
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    token = secrets.token_hex(16)
    headers = {
        "Cookie": f"{cookies}; csrftoken={token}",
        "Content-Type": "application/x-www-form-urlencoded",
        "Origin": f"http://127.0.0.1:{port}",
    }
    client.request("POST", path, body=urlencode({**fields, "csrfmiddlewaretoken": token}), headers=headers)
    status = client.getresponse().status
    client.close()
    return status


def _rate_version() -> int:
    from billing.models import RateVersion

    return RateVersion.objects.get(rate__slug="bench").pk


def _percentile(values: list[float], percent: int) -> float:
    values = sorted(values)
    return values[min(len(values) * percent // 100, len(values) - 1)]
