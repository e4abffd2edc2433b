"""Jobs by the API: started, followed, cancelled, resumed and retried."""

import uuid
from datetime import UTC, datetime

import pytest

from chargers.acts import job_runs
from chargers.commands import queue
from chargers.fleet import presence
from chargers.models import Command, Job
from tests.kit.callers import Callers
from tests.kit.world import World, make_charger

pytestmark = pytest.mark.django_db


@pytest.fixture
def fleet(world: World) -> World:
    for charger in (world.charger, make_charger(world.site, "CP2", station_id="SUN002")):
        presence.connect(charger, connection_id=uuid.uuid4(), version="1.6", now=datetime.now(tz=UTC))
    return world


def run() -> None:
    job_runs.run_due(now=datetime.now(tz=UTC))


def test_it_restarts_many_chargers_and_says_how_each_ended(fleet: World, callers: Callers):
    made = callers.owner.post("jobs/", {"chargers": ["CP1", "CP2"], "command": "reset_soft"})
    assert made.status_code == 202
    assert (made.json()["what"], made.json()["waiting"]) == ("Restart softly", 2)

    run()
    assert set(Command.objects.values_list("origin", flat=True)) == {Job.objects.get().origin}
    for command in Command.objects.all():
        queue.take_next(command.charger, connection_id=uuid.uuid4(), now=datetime.now(tz=UTC))
        queue.close(command.pk, state="rejected", outcome=(), reply={}, now=datetime.now(tz=UTC))
    run()

    address = f"jobs/{made.json()['id']}/"
    assert (callers.owner.get(address).json()["state"], callers.owner.get(address).json()["failed"]) == ("finished", 2)
    items = callers.owner.get(f"{address}items/", state="failed").json()["results"]
    assert {one["reason"] for one in items} == {"Reset: Rejected by the charger"}
    assert callers.owner.post(f"{address}retry/", {}).json()["waiting"] == 2
    assert callers.owner.post(f"{address}cancel/", {}).json()["skipped"] == 2
    assert callers.owner.post(f"{address}resume/", {}).json()["state"] == "cancelled"


def test_a_key_that_was_revoked_sends_nothing_more(fleet: World, callers: Callers):
    callers.owner.post("jobs/", {"chargers": ["CP1"], "command": "reset_soft"})
    type(fleet.host.api_keys.get()).objects.update(revoked=True)

    run()

    assert not Command.objects.exists()
    assert "has no account or key any more" in Job.objects.get().items.get().reason


@pytest.mark.parametrize(
    "body",
    [
        {"chargers": ["CP1"]},
        {"chargers": ["CP1"], "command": "reset_soft", "setting": "X", "value": "1"},
        {"chargers": ["CP1"], "command": "availability", "choice": "Sideways"},
        {"chargers": ["CP1"], "setting": "HeartbeatInterval"},
        {"chargers": ["CP9"], "command": "reset_soft"},
        {"chargers": [], "command": "reset_soft"},
    ],
)
def test_it_refuses_what_is_no_job(fleet: World, callers: Callers, body):
    assert callers.owner.post("jobs/", body).status_code == 400
    assert not Job.objects.exists()


def test_a_stranger_neither_sees_nor_steers_a_job(fleet: World, callers: Callers):
    job = callers.owner.post("jobs/", {"chargers": ["CP1"], "command": "reset_soft"}).json()["id"]

    assert callers.stranger.get("jobs/").json()["results"] == []
    for address in (f"jobs/{job}/", f"jobs/{job}/items/"):
        assert callers.stranger.get(address).status_code == 404
    assert callers.stranger.post(f"jobs/{job}/cancel/", {}).status_code == 404
    assert callers.stranger.post("jobs/", {"chargers": ["CP1"], "command": "reset_soft"}).status_code == 400
