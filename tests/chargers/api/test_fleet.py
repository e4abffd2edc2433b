"""Chargers by API as the portal sets them up: added, changed, retired, licensed; lists, back offices, certificates."""

import pytest

from chargers.acts import job_runs
from chargers.models import Job, Licence, Tag
from tests.kit.callers import Callers
from tests.kit.fleet_api import verbs
from tests.kit.world import World

pytestmark = pytest.mark.django_db


def test_a_charger_is_added_set_up_retired_and_brought_back(callers: Callers, world: World):
    made = callers.owner.post("chargers/", {"id": "CP-9", "property": "sunset-1", "connectors": 2})
    assert made.status_code == 201
    assert len(made.json()["password"]) >= 16
    assert callers.owner.post("chargers/", {"id": "CP-9", "property": "sunset-1"}).status_code == 400
    assert callers.stranger.post("chargers/", {"id": "CP-8", "property": "sunset-1"}).status_code == 400

    change = {"name": "Left of the door", "configured": False, "outlets": [{"evse": 2, "max_power_w": 11000}]}
    shown = callers.owner.patch("chargers/CP-9/set-up/", change).json()
    assert (shown["name"], shown["configured"], shown["outlets"][1]["max_power_w"]) == (
        "Left of the door",
        False,
        11000,
    )
    assert callers.owner.patch("chargers/CP-9/set-up/", {"outlets": [{"evse": 7}]}).status_code == 400
    assert callers.stranger.patch("chargers/CP-9/set-up/", change).status_code == 404

    assert callers.owner.post("chargers/CP-9/retirement/", {}).status_code == 400
    assert callers.owner.post("chargers/CP-9/retirement/", {"reason": "Sold"}).json()["retired_at"] is not None
    assert callers.owner.delete("chargers/CP-9/retirement/").json()["retired_at"] is None
    assert verbs() == ["charger.added", "charger.set_up", "charger.retired", "charger.brought_back"]


def test_agents_license_one_charger_or_many(callers: Callers, world: World):
    until = {"state": "active", "expires_on": "2027-12-31"}
    assert callers.owner.put("chargers/CP1/licence/", until).status_code == 404
    assert callers.agent.put("chargers/CP1/licence/", until).json()["expires_on"] == "2027-12-31"
    many = {"chargers": ["CP1"], "licence": "inactive"}
    assert callers.owner.post("jobs/", many).status_code == 404

    job = callers.agent.post("jobs/", many)
    job_runs.run_due(now=Job.objects.get().created_at)

    assert (job.status_code, job.json()["what"]) == (202, "Licence: inactive")
    assert Licence.objects.get(charger=world.charger).state == "inactive"
    assert callers.agent.get(f"jobs/{job.json()['id']}/").json()["done"] == 1
    assert callers.owner.post(f"jobs/{job.json()['id']}/retry/", {}).status_code == 404


def test_tags_of_many_chargers(callers: Callers, world: World):
    body = {"chargers": ["CP1"], "tags": ["North", "Fast"]}
    assert callers.owner.post("tags/put-on/", body).json() == {"chargers": 1}
    assert callers.stranger.post("tags/put-on/", body).status_code == 400
    assert callers.owner.post("tags/take-off/", {"chargers": ["CP1"], "tags": ["fast"]}).status_code == 200
    assert list(Tag.objects.filter(chargers=world.charger).values_list("name", flat=True)) == ["North"]
