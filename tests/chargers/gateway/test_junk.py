"""Whatever a charger sends: never an exception, never a dead socket, never a frame without its answer."""

import asyncio
import json
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from chargers.models import Message
from chargers.protocol import events, frames, schemas
from chargers.protocol.events import Misfit, NoticeReceived, Understood
from chargers.protocol.frames import Call, CallError, Unreadable, Version
from chargers.protocol.schemas import PayloadPart
from chargers.protocol.versions import v16, v21, v201
from tests.kit import junk
from tests.kit.gateway import Device

TRANSLATORS = {Version.V16: v16, Version.V201: v201, Version.V21: v21}
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
NUL = "\x00"


@settings(max_examples=1500, deadline=None)
@given(junk.call_texts(list(Version)))
def test_it_understands_or_refuses_any_call(found):
    version, text = found
    frame = frames.parse(text, version=version)

    if isinstance(frame, Unreadable):
        assert frame.answer is None or frames.dump(frame.answer)
        return
    assert isinstance(frame, Call)
    read = TRANSLATORS[version].read(frame.action, frame.payload, now=NOON)
    assert isinstance(read, Understood | Misfit)
    if isinstance(read, Misfit):
        assert read.sentence
        return
    stored = [*texts_in(read.event), *texts_in(read.deviations)]
    assert not any(NUL in one for one in stored)
    assert not any("\ud800" <= char <= "\udfff" for one in stored for char in one)
    if isinstance(read.event, NoticeReceived):
        json.dumps(frames.parse_json_text(read.event.payload), allow_nan=False)
        answer = TRANSLATORS[version].answer(read.event.reply or events.Acknowledged())
        assert schemas.violations(version=version, action=frame.action, part=PayloadPart.RESPONSE, payload=answer) == ()


@settings(max_examples=800, deadline=None)
@given(st.sampled_from(list(Version)), st.text(max_size=80) | st.sampled_from(junk.RAW))
def test_it_reads_any_text_as_a_frame_or_says_why_not(version, text):
    frame = frames.parse(text, version=version)

    assert not isinstance(frame, Unreadable) or frame.sentence


@settings(max_examples=500, deadline=None)
@given(st.sampled_from(list(Version)), st.integers(0, 9), st.lists(st.sampled_from(junk.RAW), max_size=5))
def test_it_reads_any_array_as_a_frame_or_says_why_not(version, kind, items):
    frame = frames.parse(f"[{','.join([str(kind), *items])}]", version=version)

    assert not isinstance(frame, Unreadable) or frame.sentence
    assert not isinstance(frame, CallError) or frames.dump(frame)


async def answered(device, text):
    """The answer to our call. New firmware in a boot: its settings are asked for some seconds later, at any moment."""
    answer = await device.exchange(text)
    while answer[0] == 2:
        await device.send(json.dumps([4, answer[1], "NotSupported", "", {}]))
        answer = await device.receive()
    return answer


@pytest.mark.parametrize("version", Version)
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
@given(data=st.data())
def test_it_answers_every_call_and_stays(gateway, charger, member, version, data):
    texts = data.draw(st.lists(junk.call_texts([version]).map(lambda one: one[1]), min_size=40, max_size=40))
    numbered = [text.replace('"j"', f'"j{number}"', 1) for number, text in enumerate(texts)]

    async def story():
        async with await Device.connect(gateway, "CP1", version=version.value) as device:
            for number, text in enumerate(numbered):
                answer = await answered(device, text)
                assert answer[0] in {3, 4}
                assert answer[1] in {f"j{number}", "-1"}
                assert answer[:3] != [4, f"j{number}", "InternalError"], text
            assert (await answered(device, '[2,"last","Heartbeat",{}]'))[0:2] == [3, "last"]

    asyncio.run(story())

    assert not Message.objects.filter(verdict="InternalError").exists()


def texts_in(value):
    """Every text inside an event."""
    match value:
        case str():
            yield value
        case tuple():
            for item in value:
                yield from texts_in(item)
        case _ if hasattr(value, "__dataclass_fields__"):
            for name in value.__dataclass_fields__:
                yield from texts_in(getattr(value, name))
