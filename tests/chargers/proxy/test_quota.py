"""A rate limit of so many in so many seconds, which keeps a flood out of the log. Pure but for the clock."""

import asyncio

from chargers.models import Message
from tests.kit import stories
from tests.kit.gateway import Device, looking
from tests.kit.stories import standing, until


def test_a_flood_of_commands_is_answered_and_leaves_a_sample(gateway, charger, other_charger, member):
    async def story():
        async with standing() as follower:
            await looking(lambda: stories.connect(charger, "Flood", follower))
            async with await Device.connect(gateway, "CP1") as device, await Device.connect(gateway, "CP2") as other:
                await device.call("Heartbeat", {})
                await until(lambda: "CP1" in follower.connections)
                answers = await asyncio.gather(
                    *(follower.command("CP1", "Reset", {"type": "Hard"}) for _ in range(300))
                )
                reads = [asyncio.create_task(follower.command("CP1", "GetConfiguration", {})) for _ in range(30)]
                await other.call("Heartbeat", {})
                busy = [one for one in await _first(reads, 22) if one[0] == 4]
                return answers, busy

    answers, busy = asyncio.run(story())

    assert [answer[2]["status"] for answer in answers] == ["Rejected"] * 300
    assert len(busy) == 22
    assert Message.objects.filter(upstream="Flood", action="Reset").count() <= 20


async def _first(tasks, count):
    done = []
    for one in asyncio.as_completed(tasks):
        done.append(await one)
        if len(done) == count:
            break
    for task in tasks:
        task.cancel()
    return done
