"""Transaction messages that a back office has not received: delivered in order, read from the database in batches."""

import asyncio
import signal

from chargers.models import Forward
from tests.kit import gateway as gateways
from tests.kit import stories
from tests.kit.calls_16 import sampled, start
from tests.kit.gateway import Device, looking
from tests.kit.stories import standing, until, until_stored


def test_a_backlog_survives_the_death_of_the_gateway(transactional_db, charger, member):
    number = stories.port()
    networks = {"OUTBOUND_ALLOWED_NETWORKS": "127.0.0.0/8"}

    async def charges(gateway):
        async with await Device.connect(gateway, "CP1") as device:
            ours = (await device.call("StartTransaction", start()))["transactionId"]
            for wh in range(2000, 7000, 1000):
                await device.call("MeterValues", sampled(wh, transaction_id=ours))
        gateway.process.send_signal(signal.SIGKILL)
        gateway.process.wait()

    async def comes_back(gateway):
        async with standing(number, first=31) as follower, await Device.connect(gateway, "CP1") as device:
            await device.call("Heartbeat", {})
            await until(lambda: len(follower.received("MeterValues")) == 5)
            await until_stored(lambda: not Forward.objects.filter(delivered_at=None).exists())
            return follower

    stories.connect(charger, "Watching", f"ws://127.0.0.1:{number}/ocpp")
    with gateways.running(more=networks) as first:
        asyncio.run(charges(first))
    with gateways.running(more=networks) as second:
        follower = asyncio.run(comes_back(second))

    assert len(follower.received("StartTransaction")) == 1
    assert [one["transactionId"] for one in follower.received("MeterValues")] == [31] * 5
    told = [one["meterValue"][0]["sampledValue"][0]["value"] for one in follower.received("MeterValues")]
    assert told == ["2000", "3000", "4000", "5000", "6000"]


def test_a_charger_that_changes_the_gateway_takes_its_backlog_along(gateway, charger, member):
    number = stories.port()

    async def story(second):
        await looking(lambda: stories.connect(charger, "Watching", f"ws://127.0.0.1:{number}/ocpp"))
        async with await Device.connect(gateway, "CP1") as before:
            ours = (await before.call("StartTransaction", start()))["transactionId"]
            await before.call("MeterValues", sampled(2000, transaction_id=ours))
            async with standing(number, first=31) as follower, await Device.connect(second, "CP1") as after:
                await after.call("MeterValues", sampled(3000, transaction_id=ours))
                await until(lambda: len(follower.received("MeterValues")) == 2, within_s=30)
                await until_stored(lambda: not Forward.objects.filter(delivered_at=None).exists())
                await asyncio.sleep(1)
                return follower

    with gateways.running(more={"OUTBOUND_ALLOWED_NETWORKS": "127.0.0.0/8"}) as second:
        follower = asyncio.run(story(second))

    delivered = [one for one in follower.seen if one.action in {"StartTransaction", "MeterValues"}]
    assert [one.action for one in delivered] == ["StartTransaction", "MeterValues", "MeterValues"]
    assert {one.payload["transactionId"] for one in delivered[1:]} == {31}
