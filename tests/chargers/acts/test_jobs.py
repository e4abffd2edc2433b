"""Jobs over many chargers: started, cancelled, resumed and retried by a person."""

import uuid
from datetime import UTC, datetime

import pytest

from chargers.models import Job, JobItem, Licence
from tests.kit.jobs_pages import fleet, restart, run
from tests.kit.world import World

__all__ = ["fleet"]
pytestmark = pytest.mark.django_db


def test_the_rest_is_cancelled_and_the_failed_are_retried(fleet: World, client_of):
    client = client_of(fleet.owner)
    page = restart(client, charger=["CP1", "CP2"]).headers["Location"]
    Job.objects.get().items.filter(charger__charger_id="CP1").update(state="failed", ended_at=datetime.now(tz=UTC))

    assert "1 charger tried again." in client.post(page, {"do": "retry"}, follow=True).content.decode()
    assert "Cancelled" in client.post(page, {"do": "cancel"}, follow=True).content.decode()

    assert set(Job.objects.get().items.values_list("state", flat=True)) == {"skipped"}


def test_only_agents_license_many_chargers(fleet: World, client_of):
    asked = {"do": "licence", "charger": ["CP1", "CP2"], "state": "inactive", "expires_on": ""}
    owner, agent = client_of(fleet.owner), client_of(fleet.agent)

    assert "Set the licence" not in owner.post("/chargers/bulk/", asked).content.decode()
    assert not Job.objects.exists()
    assert "Set the licence" in agent.get("/chargers/bulk/", {"charger": "CP1"}).content.decode()
    page = agent.post("/chargers/bulk/", asked, follow=True).content.decode()
    run()

    assert "Licence: inactive" in page
    assert set(Licence.objects.filter(state="inactive").values_list("charger__charger_id", flat=True)) == {"CP1", "CP2"}
    assert set(JobItem.objects.values_list("state", flat=True)) == {"done"}


def test_a_form_that_is_posted_twice_makes_one_job(fleet: World, client_of):
    client, once = client_of(fleet.owner), str(uuid.uuid4())

    first, second = (restart(client, charger=["CP1"], once=once).headers["Location"] for _ in range(2))

    assert first == second
    assert Job.objects.count() == 1
