"""The REST API about local token groups: which cards open which doors, and when."""

import pytest

from authorization.models import (
    AuditEntry,
    TokenGroup,
)
from chargers.models import Unit
from tests.kit.callers import Callers
from tests.kit.imports_api import paths, prefix
from tests.kit.world import World

__all__ = ["prefix"]
pytestmark = pytest.mark.django_db


def test_it_makes_changes_and_deletes_a_group(callers: Callers, world: World, prefix):
    unit = Unit.objects.create(property=world.site, slug="2b", name="Apartment 2B")
    wanted = {
        "name": "Staff",
        "units": ["sunset-1/2b"],
        "chargers": ["CP1"],
        "schedule": [{"days": ["MON"], "from": "08:00", "to": "18:00"}],
    }

    made = callers.owner.post("token-groups/", wanted)

    assert made.status_code == 201, made.json()
    group = TokenGroup.objects.get(slug="staff")
    assert (list(group.units.all()), group.schedule) == ([unit], wanted["schedule"])
    assert made.json() | wanted == made.json()
    address = f"token-groups/{group.pk}/"
    changed = callers.owner.patch(address, {"enabled": False, "units": [], "properties": ["sunset-1"]}).json()
    assert (changed["enabled"], changed["units"], changed["properties"]) == (False, [], ["sunset-1"])
    assert (changed["chargers"], changed["schedule"], changed["name"]) == (["CP1"], wanted["schedule"], "Staff")
    assert callers.owner.delete(address).status_code == 204
    assert callers.owner.get(address).status_code == 404
    verbs = AuditEntry.objects.order_by("id").values_list("actor", "verb")
    assert list(verbs) == [(prefix, f"token_group.{verb}") for verb in ("added", "changed", "deleted")]


@pytest.mark.parametrize(
    ("change", "at"),
    [
        ({"properties": ["sunset-1", "lakeside-1"]}, ["properties[1]"]),
        ({"chargers": ["CP9"]}, ["chargers[0]"]),
        ({"units": ["sunset-1/9z"]}, ["units[0]"]),
        ({"schedule": [{"days": ["NEVERDAY"]}]}, ["schedule"]),
        ({"active_from": "2026-05-01T00:00:00Z", "active_to": "2026-04-01T00:00:00Z"}, ["active_to"]),
        ({"name": ""}, ["name"]),
    ],
)
def test_it_makes_no_group_that_is_wrong(callers: Callers, world: World, change, at):
    assert paths(callers.owner.post("token-groups/", {"name": "Staff", **change})) == at
    assert TokenGroup.objects.count() == 1


def test_it_asks_an_agent_whose_group_it_is_to_be(callers: Callers):
    assert paths(callers.agent.post("token-groups/", {"name": "Staff"})) == ["host"]
    assert paths(callers.owner.post("token-groups/", {"name": "Staff", "host": "lakeside"})) == ["host"]
    assert callers.agent.post("token-groups/", {"name": "Staff", "host": "lakeside"}).status_code == 201
