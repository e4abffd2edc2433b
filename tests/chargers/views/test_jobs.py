"""One thing done at many chargers: chosen in the list, followed on the job's page."""

import csv
import uuid
from datetime import UTC, datetime
from io import StringIO

import pytest

from chargers.commands import queue
from chargers.models import Command, Job, Tag
from tests.kit.jobs_pages import fleet, restart, run
from tests.kit.world import World

__all__ = ["fleet"]
pytestmark = pytest.mark.django_db


def test_a_job_shows_its_progress_and_ends_with_a_file(fleet: World, client_of):
    client = client_of(fleet.owner)

    page = restart(client, charger=["CP1", "CP2"]).headers["Location"]

    assert page == f"/chargers/jobs/{Job.objects.get().pk}/"
    assert "Waiting 2" in client.get(page).content.decode()
    run()
    for command, state in zip(Command.objects.order_by("charger__station_id"), ("accepted", "rejected"), strict=True):
        queue.take_next(command.charger, connection_id=uuid.uuid4(), now=datetime.now(tz=UTC))
        queue.close(command.pk, state=state, outcome=(), reply={}, now=datetime.now(tz=UTC))
    run()
    text = client.get(page).content.decode()
    assert ("Done 1" in text, "Failed 1" in text, "Retry 1 failed" in text) == (True, True, True)
    found = list(csv.DictReader(StringIO(client.get(f"{page}items.csv").content.decode("utf-8-sig"))))
    assert [(one["charger"], one["state"], one["reason"]) for one in found] == [
        ("CP1", "done", ""),
        ("CP2", "failed", "Reset: Rejected by the charger"),
    ]
    assert "Restart softly" in client.get("/chargers/jobs/").content.decode()


def test_who_reads_only_has_no_choice_and_changes_nothing(fleet: World, client_of):
    client = client_of(fleet.teammate)

    assert 'name="charger"' not in client.get("/chargers/").content.decode()
    text = client.get("/chargers/bulk/", {"all": "1"}).content.decode()
    assert "Commands are not in your role" in text
    assert 'name="do"' not in text
    assert restart(client, charger=["CP1"]).status_code == 404
    assert client.post("/chargers/bulk/", {"do": "tags_on", "charger": ["CP1"], "names": "Garage"}).status_code == 404
    assert not Job.objects.exists()
    assert not Tag.objects.exists()


def test_a_stranger_sees_no_job(fleet: World, client_of):
    page = restart(client_of(fleet.owner), charger=["CP1"]).headers["Location"]

    stranger = client_of(fleet.stranger)

    assert stranger.get(page).status_code == 404
    assert stranger.get(f"{page}items.csv").status_code == 404
    assert "No job yet" in stranger.get("/chargers/jobs/").content.decode()
