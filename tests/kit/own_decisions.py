"""What the tests of flows.own_decisions and insight.unstarted share."""

from tests.kit import calls_2x as newer
from tests.kit.calls_16 import CARD, ago, start


async def begin(device, version, *, uid=CARD, offline=False):
    """Starts a card now, or reports the start late."""
    if version == "1.6":
        at = ago(minutes=30) if offline else ago(seconds=1)
        return await device.call("StartTransaction", start(idTag=uid, timestamp=at))
    token = {"idToken": uid, "type": "ISO14443"}
    fields = {"offline": True} if offline else {}
    return await device.call("TransactionEvent", newer.event("Started", 0, minutes=0, idToken=token, wh=1000, **fields))


async def hold(device, version, uid):
    """Presents a card to the reader; returns the answered status."""
    if version == "1.6":
        return (await device.call("Authorize", {"idTag": uid}))["idTagInfo"]["status"]
    answer = await device.call("Authorize", {"idToken": {"idToken": uid, "type": "ISO14443"}})
    return answer["idTokenInfo"]["status"]
