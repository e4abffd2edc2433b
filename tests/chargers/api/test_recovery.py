"""The REST API about the safe ladder: which steps a property allows, and what was tried at its chargers."""

from chargers.models import (
    Recovery,
)
from tests.kit.callers import Callers
from tests.kit.recovery_pages import tried
from tests.kit.world import World

__all__ = ["tried"]
API = "properties/sunset-1/ladder/"


def test_the_same_by_api(world: World, tried: Recovery, callers: Callers):
    assert callers.owner.get(API).json() == {"steps": ["trigger", "ticket"]}
    assert callers.owner.put(API, {"steps": ["reset_soft", "trigger"]}).json() == {"steps": ["trigger", "reset_soft"]}
    assert callers.owner.put(API, {"steps": ["explode"]}).status_code == 400
    assert callers.stranger.put(API, {"steps": []}).status_code == 404
    [row] = callers.owner.get("chargers/CP1/recoveries/").json()["results"]
    assert [(one["step"], one["effect"]) for one in row["steps"]] == [("trigger", "none"), ("ticket", "none")]
    assert callers.stranger.get("chargers/CP1/recoveries/").status_code == 404


def test_a_charger_s_ladder_by_api(world: World, callers: Callers):
    address = "chargers/CP1/ladder/"

    assert callers.owner.put(address, {"steps": ["ticket", "trigger"]}).json() == {
        "own": ["trigger", "ticket"], "steps": ["trigger", "ticket"], "why": [],
    }  # fmt: skip
    assert callers.owner.put(address, {"steps": None}).json()["own"] is None
    assert callers.owner.put(address, {"steps": ["explode"]}).status_code == 400
    assert callers.stranger.put(address, {"steps": []}).status_code == 404
