"""What a charger's consumer does where something behind it fails."""

import asyncio
import time
from types import SimpleNamespace

from chargers.gateway.consumer import MAX_IN_FLIGHT, ChargerConsumer
from chargers.gateway.in_flight import InFlight
from chargers.gateway.pace import PATIENCE_S, Pace
from chargers.journal.group_commit import Later
from chargers.proxy.call_values import ForwardedResult


def consumer(relay=None):
    found = ChargerConsumer()
    found.connection = SimpleNamespace(relay=relay)
    found._in_flight = InFlight(MAX_IN_FLIGHT)
    found._tasks, found._alive, found.sent = set(), True, []

    async def send(text):
        found.sent.append(text)

    found.send = send
    return found


class BrokenRelay:
    def forward(self, _result):
        raise RuntimeError("broken")


def test_it_answers_and_stays_reachable_where_nothing_can_be_passed_on():
    async def story():
        one = consumer(BrokenRelay())
        for _ in range(MAX_IN_FLIGHT + 1):
            await asyncio.wait_for(one._in_flight.begin(), 1)
            await one._answer(ForwardedResult(forwarded_call=None, answer="[3,1,{}]"))
        return one.sent

    assert asyncio.run(story()) == ["[3,1,{}]"] * (MAX_IN_FLIGHT + 1)


def test_it_stays_reachable_where_what_is_waited_for_fails():
    async def fails():
        raise RuntimeError("broken")

    async def story():
        one = consumer()
        for _ in range(MAX_IN_FLIGHT + 1):
            await asyncio.wait_for(one._in_flight.begin(), 1)
            await one._answer(Later(wait=fails, work=None, failed=None))

    asyncio.run(story())


def test_it_ends_a_charger_that_floods_on_with_1008():
    closed = []

    async def close(code):
        closed.append(code)

    async def story():
        one = consumer()
        one.scope, one.close, one._pace = {"path": "/ocpp/CP1"}, close, Pace(now=time.monotonic())
        one._pace.slowed_s = PATIENCE_S + 1
        one._pace.frames = 0
        await one.receive('[2,"1","Heartbeat",{}]')

    asyncio.run(story())

    assert closed == [1008]
