"""The REST API about maintenance of a property's chargers: listed, planned, ended early."""

from tests.kit.callers import Callers
from tests.kit.maintenance_pages import _that_morning
from tests.kit.world import World

__all__ = ["_that_morning"]


def test_the_api_plans_lists_and_ends(world: World, callers: Callers):
    at = "properties/sunset-1/maintenance/"
    plan = {"begins_at": "2026-03-10T12:00:00Z", "ends_at": "2026-03-10T14:00:00Z", "reason": "x"}

    made = callers.owner.post(at, plan | {"refuses_starts": False, "chargers": ["CP1"]})
    assert (made.status_code, made.json()["chargers"], made.json()["refuses_starts"]) == (201, ["CP1"], False)
    assert callers.owner.post(at, plan).json()["errors"][0]["path"] == "begins_at"
    assert callers.owner.post(at, plan | {"chargers": ["CP9"]}).json()["errors"][0]["path"] == "chargers"
    [listed] = callers.owner.get(at).json()["results"]
    end = f"{at}{listed['id']}/end/"
    assert callers.stranger.post(end, {}).status_code == 404
    assert callers.owner.post(end, {}).json()["ended_at"] is not None
    assert callers.owner.post(end, {}).status_code == 409
