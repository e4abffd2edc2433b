"""A simulated charger against a real gateway: what its owner may do to it does not end its story."""

import asyncio
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from chargers.commands import queue
from chargers.models import Charger, PasswordChange
from chargers.power import profiles
from chargers.power.profiles import Profile, Purpose, Unit
from chargers.security import passwords
from chargers.simulator.device import Identity
from chargers.simulator.station import DEVICES
from tests.kit.connected import PASSWORD
from tests.kit.gateway import looking
from tests.kit.waiting import until


def connected(gateway, version):
    identity = Identity(url=gateway.url, charger_id="CP1", password=PASSWORD)
    return DEVICES[version](identity, log=lambda _: None)


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
        wish = queue.CommandRequest("Reset", {"type": "Soft"}, "system")
        queue.request(Charger.objects.get(), wish, now=datetime.now(tz=UTC))

    async def story():
        device = connected(gateway, "1.6")
        await device.connect()
        await looking(restart)
        while device.link.is_open:
            await asyncio.sleep(0.05)
        with pytest.raises(OSError, match="lost before the call"):
            await device.authorize("04A1B2C3D4")

    asyncio.run(story())


@pytest.mark.parametrize("version", list(DEVICES))
def test_it_draws_no_more_than_the_profiles_of_its_outlet_allow(version):
    device = DEVICES[version](Identity(url="ws://nowhere", charger_id="CP1", outlets=2), log=lambda _: None)
    device.outlets[1].transaction_id, device.outlets[2].transaction_id = "7", "8"

    def told(amps, *, purpose, outlet=1, unit="A"):
        known = {"evse_number": outlet, "purpose": purpose, "amps": Decimal(amps), "unit": Unit(unit), "phases": 3}
        profile = Profile(**known, voltage_v=230, transaction_id="7")
        payload = profiles.set_payload(profile, version=version)
        return asyncio.run(device.obey("SetChargingProfile", payload))

    def allowed(outlet=1, power_w=11_000):
        return device.power_allowed(outlet, power_w=power_w, elapsed_s=60)

    assert allowed() == 11_000
    assert told("8", purpose=Purpose.DEFAULT) == {"status": "Accepted"}
    assert (allowed(), allowed(2), allowed(power_w=3_000)) == (5_520, 11_000, 1_840)
    told("10", purpose=Purpose.TRANSACTION, unit=Unit.WATTS)
    assert allowed() == 6_900
    assert [composite(device, version, outlet=n, unit="A") for n in (1, 2)] == [10, 32]
    assert composite(device, version, outlet=1, unit="W") == 6_900
    told("0", purpose=Purpose.TRANSACTION)
    assert allowed() == 0
    clear = profiles.clear_payload(Purpose.TRANSACTION, evse_number=1, version=version)
    assert asyncio.run(device.obey("ClearChargingProfile", clear)) == {"status": "Accepted"}
    assert allowed() == 5_520


def composite(device, version, *, outlet, unit):
    """The first limit of the schedule that the charger tells."""
    place = {"connectorId" if version == "1.6" else "evseId": outlet}
    asked = {**place, "duration": 600, "chargingRateUnit": unit}
    reply = asyncio.run(device.obey("GetCompositeSchedule", asked))
    schedule = reply["chargingSchedule"] if version == "1.6" else reply["schedule"]
    return schedule["chargingSchedulePeriod"][0]["limit"]
