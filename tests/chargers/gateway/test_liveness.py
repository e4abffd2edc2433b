"""Heartbeats of gateway processes, and the release of the chargers and commands of a dead one."""

import asyncio
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from chargers.gateway import liveness
from chargers.models import Charger, Gateway
from tests.kit.commands import order
from tests.kit.gateway import Device, looking
from tests.kit.two_gateways import age
from tests.kit.waiting import until


def test_a_gateway_that_was_taken_for_dead_takes_its_chargers_back(gateway, charger):
    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            await device.call("Heartbeat", {})
            mine = (await looking(Charger.objects.get)).gateway_id
            await until(lambda: Gateway.objects.filter(pk=mine).exists(), within_s=8)

            def bury():
                age(mine)
                return liveness.expire_dead(now=datetime.now(tz=UTC))

            assert await looking(bury) == 1
            assert not (await looking(Charger.objects.get)).is_online()
            await until(lambda: Charger.objects.get().is_online(), within_s=8)
            await looking(lambda: order("ClearCache"))
            assert (await device.receive())[2] == "ClearCache"

    asyncio.run(story())


@pytest.mark.django_db
def test_a_charger_that_moved_on_is_not_taken_back(charger):
    old, new, elsewhere = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
    Charger.objects.filter(pk=charger.pk).update(connection_id=elsewhere, gateway_id=new)

    assert liveness.take_back(old, {charger.pk: uuid.uuid4()}, now=datetime.now(tz=UTC)) == 0

    charger.refresh_from_db()
    assert (charger.connection_id, charger.gateway_id) == (elsewhere, new)


@pytest.mark.django_db
def test_nothing_is_buried_that_lives(charger):
    now = datetime.now(tz=UTC)
    assert not liveness.record_heartbeat(uuid.uuid4(), now=now - timedelta(seconds=29))

    assert liveness.expire_dead(now=now) == 0
