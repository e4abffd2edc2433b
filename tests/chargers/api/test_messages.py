"""The REST API about the wire journal of a charger."""

import pytest

from tests.kit.callers import Callers
from tests.kit.world import World, tap

pytestmark = pytest.mark.django_db


def test_it_tells_an_exchange_as_it_was_on_the_wire(callers: Callers, world: World):
    message = tap(world.charger, "FFFFFFFF")

    told = callers.owner.get(f"chargers/CP1/messages/{message.id}/").json()

    assert (told["request"], told["answer"]) == (message.request, message.answer)
    assert (told["decision_id"], told["latency_ms"]) == (str(message.decision_id), 0)
