"""A simulated charger against a real gateway: what its owner may do to it does not end its story."""

import asyncio
from datetime import UTC, datetime

import pytest

from chargers import commands, passwords
from chargers.models import Charger, PasswordChange
from chargers.simulator.device import Identity
from chargers.simulator.station import DEVICES
from tests.chargers.ocpp.conftest import PASSWORD
from tests.chargers.ocpp.gateway import looking
from tests.chargers.ocpp.test_connections import until


def connected(gateway, version):
    identity = Identity(url=gateway.url, charger_id="CP1", password=PASSWORD)
    return DEVICES[version](identity, tell=lambda _: None)


@pytest.mark.parametrize("version", list(DEVICES))
def test_it_takes_a_new_password_and_comes_again_with_it(gateway, charger, version):
    def change():
        passwords.begin(Charger.objects.get(), origin="system", now=datetime.now(tz=UTC))

    async def story():
        device = connected(gateway, version)
        await device.connect()
        await looking(change)
        await until(lambda: PasswordChange.objects.get().state == "accepted")
        assert device.identity.password != PASSWORD
        while device.link.is_open:
            await asyncio.sleep(0.05)
        await device.connect()
        await until(lambda: PasswordChange.objects.get().state == "proved")
        await device.link.close()

    asyncio.run(story())


def test_a_restart_in_the_middle_is_a_lost_line_to_its_story(gateway, charger):
    def restart():
        wish = commands.Wish("Reset", {"type": "Soft"}, "system")
        commands.request(Charger.objects.get(), wish, now=datetime.now(tz=UTC))

    async def story():
        device = connected(gateway, "1.6")
        await device.connect()
        await looking(restart)
        while device.link.is_open:
            await asyncio.sleep(0.05)
        with pytest.raises(OSError, match="lost before the call"):
            await device.authorize("04A1B2C3D4")

    asyncio.run(story())
