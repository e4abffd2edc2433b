"""One exchange of frames: parsed, handled by its flow, answered, and recorded in the wire journal."""

import asyncio

import pytest

from chargers.gateway import exchange
from chargers.models import Message
from tests.kit.faults import Plugged

pytestmark = pytest.mark.django_db(transaction=True)


def test_it_answers_internal_error_where_the_fault_is_ours_and_stays(charger, monkeypatch):
    real = exchange.messages.handle

    def broken(connection, event, *, now):
        if type(event).__name__ == "AuthorizeRequested":
            raise ZeroDivisionError("a fault of ours")
        return real(connection, event, now=now)

    monkeypatch.setattr(exchange.messages, "handle", broken)

    async def story():
        async with Plugged(charger) as plugged:
            await plugged.ask('[2,"1","Authorize",{"idTag":"A"}]')
            await plugged.ask('[2,"2","Heartbeat",{}]')
            return await plugged.answer(), await plugged.answer()

    first, second = asyncio.run(story())

    assert first[:3] == [4, "1", "InternalError"]
    assert second[:2] == [3, "2"]
    kept = Message.objects.get(message_id="1")
    assert (kept.action, kept.is_error, kept.verdict) == ("Authorize", True, "InternalError")
    assert "ZeroDivisionError" in kept.fault
