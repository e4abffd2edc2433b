"""Cards that we accepted with a car plugged in, where no session began: the charger refused by itself."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from authorization.insight import unstarted_sessions
from tests.chargers.conftest import host, site
from tests.kit.calls_16 import CARD, status
from tests.kit.connected import _gateway, charger, gateway, member, residents
from tests.kit.gateway import Device, looking
from tests.kit.own_decisions import begin, hold

__all__ = ["_gateway", "charger", "gateway", "host", "member", "residents", "site"]


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
@pytest.mark.parametrize("begins", [True, False])
def test_it_says_nothing_where_a_session_began_or_no_car_was_there(gateway, charger, member, version, begins):
    async def story():
        async with await Device.connect(gateway, "CP1", version=version) as device:
            if begins and version == "1.6":
                await device.call("StatusNotification", status("Preparing"))
            await hold(device, version, CARD)
            if begins:
                await begin(device, version)
            later = datetime.now(tz=UTC) + timedelta(minutes=3)
            assert await looking(lambda: unstarted_sessions.notice(now=later)) == 0

    asyncio.run(story())
