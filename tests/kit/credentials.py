"""What the tests of flows.credentials and security.passwords share."""

import asyncio
import contextlib
import json
from datetime import UTC, datetime

import websockets

from chargers.models import Charger, PasswordChange
from chargers.security import passwords
from tests.kit.gateway import Device, looking


def now():
    return datetime.now(tz=UTC)


def change():
    return passwords.begin(Charger.objects.get(charger_id="CP1"), origin="user:owner@example.com", now=now())


async def told_a_password(device, *, answer):
    """Obeys the command that sets a password; returns the password."""
    _, message_id, action, payload = await device.receive()
    if action == "ChangeConfiguration":
        assert payload["key"] == "AuthorizationKey"
        await device.send(json.dumps([3, message_id, {"status": answer}]))
        return payload["value"]
    setting = payload["setVariableData"][0]
    assert (setting["component"]["name"], setting["variable"]["name"]) == ("SecurityCtrlr", "BasicAuthPassword")
    result = {"component": setting["component"], "variable": setting["variable"], "attributeStatus": answer}
    await device.send(json.dumps([3, message_id, {"setVariableResult": [result]}]))
    return setting["attributeValue"]


async def settled(state):
    for _ in range(100):
        found = await looking(PasswordChange.objects.get)
        if found.state == state:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"the change is still {found.state}")


async def is_let_in(gateway, password, version="1.6"):
    with contextlib.suppress(websockets.InvalidStatus):
        async with await Device.connect(gateway, "CP1", password=password, version=version) as device:
            return "currentTime" in await device.call("Heartbeat", {})
    return False
