"""Every recorded frame through a real socket: the kind of answer it must get, and the journal that keeps it."""

import asyncio
import json

import pytest

from chargers.models import Message, MeterValue, Transaction
from tests.kit import recorded
from tests.kit.gateway import Device


@pytest.mark.parametrize("frame", recorded.parameters())
def test_it_answers_as_a_robust_central_system(gateway, charger, frame):
    async def story():
        async with await Device.connect(gateway, "CP1", version=frame.version) as device:
            await device.send(frame.text)
            await device.send('[2,"alive","Heartbeat",{}]')
            first = await device.receive()
            if first[1] == "alive":
                return None
            alive = await device.receive()
            assert alive[:2] == [3, "alive"]
            return first

    answer = asyncio.run(story())

    if frame.answer is not None:
        assert answer is not None
        assert answer[0] in frame.answer
        assert answer[1] == json.loads(frame.text)[1]
    kept = Message.objects.get(request=frame.text)
    assert (kept.answer is not None) == (answer is not None)
    assert kept.answer is None or json.loads(kept.answer) == answer


def text_of(name):
    return next((frame.text for frame in recorded.frames() if name in frame.text), None)


@pytest.mark.parametrize(
    ("part", "register_wh"),
    [("733.255884", 733256), ("1785508.0", 1785508), ('"506121"', 506121), ('"7160"', 7160)],
)
def test_it_reads_the_register_out_of_them(gateway, charger, part, register_wh):
    text = text_of(part)
    if text is None:
        pytest.skip("the recorded frames are not beside the project")

    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            await device.exchange(text)

    asyncio.run(story())

    assert list(MeterValue.objects.filter(register_wh=register_wh).values_list("transaction_id", flat=True)) == [None]
    assert not Transaction.objects.exists()
