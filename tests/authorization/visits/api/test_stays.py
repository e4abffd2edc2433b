"""The REST API about stays: a guest's card at a unit, from arrival to departure."""

from datetime import UTC, datetime, timedelta

import pytest

from authorization.models import (
    AuditEntry,
    Stay,
)
from chargers.models import Charger, Unit
from tests.kit.callers import Callers
from tests.kit.imports_api import STAY, paths, prefix, verdict
from tests.kit.world import World

__all__ = ["prefix"]
pytestmark = pytest.mark.django_db
UID = "04FFEE0042"


def test_it_makes_lists_and_ends_a_stay(callers: Callers, world: World, prefix):
    Charger.objects.update(unit=Unit.objects.create(property=world.site, slug="2b", name="Apartment 2B"))
    at = datetime.now(tz=UTC)
    wanted = {
        "property": "sunset-1", "unit": "2b", "guest_name": "Robin", "cards": ["04:ff:ee:00:42"],
        "arrives_at": (at - timedelta(hours=1)).isoformat(), "departs_at": (at + timedelta(days=2)).isoformat(),
    }  # fmt: skip

    made = callers.owner.post("stays/", wanted)

    assert made.status_code == 201, made.json()
    [stay] = made.json()
    assert (stay["uid"], stay["unit"], stay["state"]) == ("04:ff:ee:00:42", "2b", "running")
    assert verdict(callers) == "accepted"
    assert [one["id"] for one in callers.owner.get("stays/", search="robin").json()["results"]] == [stay["id"]]
    assert callers.owner.post(f"stays/{stay['id']}/end/", {}).json()["state"] == "over"
    assert verdict(callers) == "outside_stay"
    assert [entry.verb for entry in AuditEntry.objects.order_by("id")] == ["stay.added", "stay.ended"]
    wrong = {**wanted, "departs_at": wanted["arrives_at"]}
    assert paths(callers.owner.post("stays/", wrong)) == ["departs_at"]
    assert paths(callers.owner.post("stays/", {**wanted, "cards": [UID, "Я"]})) == ["cards[1]"]
    assert paths(callers.owner.post("stays/", {**wanted, "unit": "9z"})) == ["unit"]
    assert paths(callers.stranger.post("stays/", wanted)) == ["property"]
    assert Stay.objects.count() == 1


def test_it_makes_an_equal_stay_once(callers: Callers, prefix):
    first, again = (callers.owner.post("stays/", {**STAY, "cards": ["04FFEE0042"]}).json() for _ in range(2))
    other = callers.owner.post("stays/", {**STAY, "guest_name": "Sam", "cards": ["04FFEE0042"]}).json()

    assert first == again != other
    assert Stay.objects.count() == 2
    assert AuditEntry.objects.filter(verb="stay.added").count() == 2
