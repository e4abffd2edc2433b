"""Maintenance of a property's chargers: planned by its people, ended early or cancelled."""

from tests.kit.maintenance_pages import _that_morning
from tests.kit.world import World

__all__ = ["_that_morning"]
PAGE = "/properties/sunset-1/maintenance/"
FORM = {"begins_at": "2026-03-10T12:00", "ends_at": "2026-03-10T14:00", "reason": "New cable", "refuses_starts": "yes"}


def test_who_only_reads_plans_nothing(world: World, client_of):
    teammate = client_of(world.teammate)

    assert "Plan it" not in teammate.get(PAGE).content.decode()
    assert teammate.post(PAGE, FORM).status_code == 404
    assert client_of(world.stranger).get(PAGE).status_code == 404
