"""The REST API about decisions: the stored ones with their traces, and the dry run."""

import pytest

from tests.kit.callers import Callers
from tests.kit.world import World, tap

pytestmark = pytest.mark.django_db


def test_it_tells_a_decision_with_every_step(callers: Callers, world: World):
    message = tap(world.charger, "FFFFFFFF")

    told = callers.owner.get(f"decisions/{message.decision_id}/").json()

    assert (told["verdict"], told["reason"], told["charger"]) == ("refused", "token_unknown", "CP1")
    assert any(line["outcome"] == "failed" and line["sentence"] for line in told["trace"])
