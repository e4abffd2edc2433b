"""The REST API about the other back offices of a charger: who leads, and how each connection does."""

import pytest

from chargers.models import Upstream
from tests.kit.callers import Callers
from tests.kit.world import World

pytestmark = pytest.mark.django_db


def test_it_tells_who_leads_a_charger_and_how_its_back_offices_do(callers: Callers, world: World):
    row = {"charger": world.charger, "url": "wss://partner.example/ocpp", "password_encrypted": "never told"}
    Upstream.objects.create(name="Leading", role="leader", **row)
    Upstream.objects.create(name="Watching", **row)

    answer = callers.owner.get("chargers/CP1/proxy/")

    told = answer.json()
    assert (told["leader"], told["while_leader_is_away"], told["limit_s"]) == ("Leading", "own_rules", 15)
    assert [(one["name"], one["role"], one["state"], one["backlog"]) for one in told["upstreams"]] == [
        ("Leading", "leader", "offline", 0),
        ("Watching", "follower", "offline", 0),
    ]
    assert "never told" not in answer.text
