"""How many calls of a charger are worked on at once, and until when their answers are waited for."""

import asyncio

import pytest

from chargers.gateway.in_flight import InFlight


async def test_no_more_begin_than_are_allowed():
    calls = InFlight(2)
    await calls.begin()
    await calls.begin()

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(calls.begin(), timeout=0.01)

    assert calls.unanswered == 2


async def test_the_next_begins_when_work_is_done_though_the_answer_waits():
    calls = InFlight(1)
    await calls.begin()
    third = asyncio.create_task(calls.begin())
    calls.end_work()
    await third

    assert calls.unanswered == 2


async def test_nothing_to_answer_is_not_waited_for():
    await InFlight(1).until_all_answered()


async def test_it_waits_until_the_last_is_answered():
    calls = InFlight(2)
    await calls.begin()
    await calls.begin()
    waiting = asyncio.create_task(calls.until_all_answered())
    calls.answer()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not waiting.done()
    calls.answer()

    await waiting

    assert calls.unanswered == 0
