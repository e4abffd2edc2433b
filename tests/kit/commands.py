"""Commands to a device of the tests: requested, and obeyed."""

import json
from datetime import UTC, datetime

from chargers.commands import queue
from chargers.models import Charger


def order(action, payload=None, **wish):
    charger = Charger.objects.get(charger_id="CP1")
    wish = queue.CommandRequest(action=action, payload=payload or {}, origin="user:host@example.com", **wish)
    return queue.request(charger, wish, now=datetime.now(tz=UTC))


async def obey(device, reply):
    """Takes the next CALL, answers it and returns it."""
    frame = await device.receive()
    assert frame[0] == 2
    await device.send(json.dumps(reply(frame[1])))
    return frame
