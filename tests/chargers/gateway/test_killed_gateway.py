"""A gateway that is killed over and over under load: what was answered is stored, and what is repeated counts once."""

import asyncio
import json
import os
import random
import signal
import uuid
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import websockets

from authorization.models import Decision
from chargers.models import Charger, Message, MeterValue, Transaction
from chargers.security import keys
from tests.chargers.conftest import make_charger
from tests.kit import gateway as gateways
from tests.kit.connected import PASSWORD
from tests.kit.gateway import Device

pytestmark = pytest.mark.django_db(transaction=True)
CHARGERS, KILLS = 20, 5
BEGAN = datetime(2026, 3, 10, tzinfo=UTC)


@dataclass
class Memory:
    """A charger as it is through all restarts: what it has to say next, and a journal of all that was answered."""

    charger_id: str
    step: int = 0
    pending: tuple[str, dict[str, Any]] | None = None
    transaction: int = 0
    answered: list[tuple[str, str]] = field(default_factory=list)
    starts: dict[str, set[int]] = field(default_factory=dict)
    stops: int = 0
    samples: int = 0

    def next(self) -> tuple[str, dict[str, Any]]:
        """Boot to stop and again, one call after the other; an unanswered one is said again, in the same words."""
        if self.pending is None:
            self.pending = self._call()
            self.step += 1
        return self.pending

    def _call(self) -> tuple[str, dict[str, Any]]:
        stamp = (BEGAN + timedelta(seconds=self.step)).isoformat().replace("+00:00", "Z")
        match self.step % 5:
            case 0:
                return "Authorize", {"idTag": "04A1B2C3D4"}
            case 1:
                started = {"connectorId": 1, "idTag": "04A1B2C3D4", "meterStart": self.step, "timestamp": stamp}
                return "StartTransaction", started
            case 2:
                status = {"connectorId": 1, "status": "Charging", "errorCode": "NoError", "timestamp": stamp}
                return "StatusNotification", status
            case 3:
                values = [{"timestamp": stamp, "sampledValue": [{"value": str(self.step)}]}]
                return "MeterValues", {"connectorId": 1, "transactionId": self.transaction, "meterValue": values}
            case _:
                stopped = {"transactionId": self.transaction, "meterStop": self.step, "timestamp": stamp}
                return "StopTransaction", stopped

    def hears(self, message_id: str, payload: dict[str, Any]) -> None:
        assert self.pending is not None
        action, said = self.pending
        self.answered.append((message_id, action))
        if action == "StartTransaction":
            self.starts.setdefault(said["timestamp"], set()).add(payload["transactionId"])
            self.transaction = payload["transactionId"]
        self.stops += action == "StopTransaction"
        self.samples += action == "MeterValues"
        self.pending = None


async def live(gateway: gateways.Gateway, memory: Memory) -> None:
    """Speaks until the line breaks."""
    async with await Device.connect(gateway, memory.charger_id) as device:
        while True:
            action, payload = memory.next()
            message_id = str(uuid.uuid4())
            await device.send(json.dumps([2, message_id, action, payload]))
            frame = await device.receive()
            assert frame[:2] == [3, message_id], frame
            memory.hears(message_id, frame[2])


async def until_killed(gateway: gateways.Gateway, memories: list[Memory], after_s: float) -> None:
    lives = [asyncio.create_task(live(gateway, memory)) for memory in memories]
    await asyncio.sleep(after_s)
    os.kill(gateway.process.pid, signal.SIGKILL)
    for ended in await asyncio.gather(*lives, return_exceptions=True):
        assert isinstance(ended, websockets.ConnectionClosed | websockets.InvalidHandshake | OSError), ended


async def finish(gateway: gateways.Gateway, memories: list[Memory]) -> None:
    """Each says what was left unanswered once more, and is heard."""

    async def last(memory: Memory) -> None:
        async with await Device.connect(gateway, memory.charger_id) as device:
            action, payload = memory.next()
            message_id = str(uuid.uuid4())
            frame = await device.exchange(json.dumps([2, message_id, action, payload]))
            memory.hears(message_id, frame[2])

    await asyncio.gather(*(last(memory) for memory in memories))


def test_no_answered_frame_is_lost_and_nothing_counts_twice(site, member):
    made = [make_charger(site, f"CP{number}", outlets=1) for number in range(CHARGERS)]
    keys.set_imported(made[0], PASSWORD)
    Charger.objects.update(key_kind=made[0].key_kind, key_hash=made[0].key_hash)
    member.may_charge_concurrently = True
    member.save()
    memories = [Memory(one.charger_id) for one in made]

    for _ in range(KILLS):
        with gateways.running() as gateway:
            asyncio.run(until_killed(gateway, memories, 0.6 + random.random()))
    with gateways.running() as gateway:
        asyncio.run(finish(gateway, memories))

    answered = [one for memory in memories for one in memory.answered]
    stored = set(Message.objects.exclude(answer=None).values_list("message_id", "action"))
    assert len(answered) > CHARGERS, "on a busy machine, too"
    assert [one for one in answered if one not in stored] == []
    assert all(len(ids) == 1 for memory in memories for ids in memory.starts.values()), "the same start, the same id"
    started = Counter(Transaction.objects.values_list("charger__charger_id", flat=True))
    assert {memory.charger_id: len(memory.starts) for memory in memories if memory.starts} == started
    assert Transaction.objects.exclude(stopped_at=None).count() == sum(memory.stops for memory in memories)
    assert MeterValue.objects.count() == sum(memory.samples for memory in memories)
    assert Decision.objects.filter(kind="start").count() == sum(len(memory.starts) for memory in memories)
