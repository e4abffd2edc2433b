"""A charger for guests, with a device that obeys."""

import asyncio
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from billing.models import Rate, RateAssignment, RateVersion
from chargers.models import Connector, Host, Property
from chargers.security import keys
from chargers.simulator.device import Device16, Identity
from tests.kit import gateway as gateways
from tests.kit.guest import RATE


@pytest.fixture
def site(world, transactional_db) -> Iterator[str]:
    Property.objects.update(access="guest")
    Connector.objects.update(max_power_w=400_000)
    Host.objects.update(legal_address="Sunset Stays LLC, 1 Boardwalk", tax_number="52-0000000")
    keys.set_imported(world.charger, "secret-password-1")
    world.charger.save()
    rate = Rate.objects.create(host=world.host, slug="standard", name="Standard", currency="USD")
    RateVersion.objects.create(rate=rate, number=1, definition=RATE, created_at=datetime.now(tz=UTC))
    RateAssignment.objects.create(rate=rate, property=world.site, audience="guest")
    with gateways.running() as gateway:
        yield gateway.url


class Charger:
    """A charger that runs next to the browser, in a thread with its own loop."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.connected, self.leave = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._live()))

    def __enter__(self) -> "Charger":
        self._thread.start()
        assert self.connected.wait(15)
        return self

    def __exit__(self, *_: object) -> None:
        self.leave.set()
        self._thread.join(15)

    async def _live(self) -> None:
        device = Device16(Identity(url=self._url, charger_id="CP1", password="secret-password-1"), log=lambda _: None)

        async def on_order(outlet: int, uid: str, _start_id: int | None) -> None:
            """Plugs in at once: 0.2 kWh in three seconds, which a port of 400 kW can do."""
            state = device.outlets[outlet]
            await device.report(outlet, "Preparing")
            await device.start(outlet, uid)
            await device.report(outlet, "Charging")
            await asyncio.sleep(3)
            state.register_wh += 200
            await device.meter(outlet, power_w=240_000)
            await state.stop_requested.wait()
            await device.stop(outlet, reason="Remote")
            await device.report(outlet, "Finishing")
            await device.report(outlet, "Available")

        device.on_start_order = on_order
        await device.connect()
        self.connected.set()
        while not self.leave.is_set():
            await asyncio.sleep(0.05)
        if device.link:
            await device.link.close()
