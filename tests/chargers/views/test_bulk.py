"""Chargers > chosen ones: one thing done at all of them."""

import uuid
from datetime import UTC, datetime

import pytest

from authorization.models import AuditEntry
from chargers.models import Job, JobItem, Licence, SettingTemplate, Tag
from tests.kit import charging
from tests.kit.jobs_pages import fleet, restart, run
from tests.kit.world import World

__all__ = ["fleet"]
pytestmark = pytest.mark.django_db


def test_it_names_the_chosen_and_offers_what_can_be_done(fleet: World, client_of):
    SettingTemplate.objects.create(name="Alfen", family="1.6")
    charging.make_rate(fleet.host)

    text = client_of(fleet.owner).get("/chargers/bulk/", {"charger": ["CP1", "CP3"]}).content.decode()

    assert "2 chargers</h1>" in text
    assert "SUN002" not in text
    for words in (
        "Send a command",
        "Update the firmware",
        "Alfen",
        "Change a setting",
        "Plain",
        "Tags",
        "Print labels",
    ):
        assert words in text


def test_a_restart_waits_by_default_and_says_how_many_charge(fleet: World, client_of):
    charging.start(fleet.charger, uid="04A1B2C3D4", at=datetime.now(tz=UTC))
    client = client_of(fleet.owner)

    text = client.get("/chargers/bulk/", {"charger": ["CP1", "CP2"]}).content.decode()
    restart(client, charger=["CP1"], waits_for_idle="on")
    restart(client, charger=["CP1"], command="trigger:Heartbeat", waits_for_idle="on")

    box = next(line for line in text.split("<input") if 'id="command-waits_for_idle"' in line)
    assert "checked" in box[: box.index(">")]
    assert "1 car charges there now." in text
    assert list(Job.objects.order_by("created_at").values_list("waits_for_idle", flat=True)) == [True, False]


def test_it_takes_all_that_match_the_filter(fleet: World, client_of):
    text = client_of(fleet.owner).get("/chargers/bulk/", {"all": "1", "q": "SUN002"}).content.decode()

    assert "1 charger</h1>" in text
    assert '<input type="hidden" name="q" value="SUN002">' in text


def test_it_does_nothing_without_a_charger(fleet: World, client_of):
    client = client_of(fleet.owner)

    assert "Choose at least one charger." in client.get("/chargers/bulk/", follow=True).content.decode()
    assert client_of(fleet.stranger).get("/chargers/bulk/", {"charger": "CP1"}).status_code == 302


def test_a_part_of_the_page_refreshes_itself(fleet: World, client_of):
    client = client_of(fleet.owner)
    page = restart(client, charger=["CP1"]).headers["Location"]

    part = client.get(page, headers={"HX-Request": "true", "HX-Target": "job"}).content.decode()

    assert "<html" not in part
    assert 'hx-trigger="every 3s"' in part


def test_the_rest_is_cancelled_and_the_failed_are_retried(fleet: World, client_of):
    client = client_of(fleet.owner)
    page = restart(client, charger=["CP1", "CP2"]).headers["Location"]
    Job.objects.get().items.filter(charger__charger_id="CP1").update(state="failed", ended_at=datetime.now(tz=UTC))

    assert "1 charger tried again." in client.post(page, {"do": "retry"}, follow=True).content.decode()
    assert "Cancelled" in client.post(page, {"do": "cancel"}, follow=True).content.decode()

    assert set(Job.objects.get().items.values_list("state", flat=True)) == {"skipped"}


def test_firmware_asks_for_waves_and_says_what_is_wrong(fleet: World, client_of):
    client = client_of(fleet.owner)
    asked = {"do": "firmware", "charger": ["CP1", "CP2"], "location": "https://fw.example/2", "waits_for_idle": "on"}

    wrong = client.post("/chargers/bulk/", {**asked, "wave_size": "0", "stops_at_pct": "10"}).content.decode()
    client.post("/chargers/bulk/", {**asked, "wave_size": "1", "stops_at_pct": "10"})

    assert "greater than or equal to 1" in wrong
    job = Job.objects.get()
    assert (job.wave_size, job.stops_at_pct, job.waits_for_idle) == (1, 10, True)
    assert sorted(job.items.values_list("wave", flat=True)) == [1, 2]


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


def test_tags_are_put_on_and_taken_off(fleet: World, client_of):
    client = client_of(fleet.owner)

    client.post("/chargers/bulk/", {"do": "tags_on", "charger": ["CP1", "CP2"], "names": "Garage, Roof, garage"})
    assert sorted(Tag.objects.values_list("name", flat=True)) == ["Garage", "Roof"]
    client.post("/chargers/bulk/", {"do": "tags_off", "charger": ["CP1", "CP2"], "names": "ROOF"})

    assert list(Tag.objects.values_list("name", "chargers__charger_id").order_by("chargers__charger_id")) == [
        ("Garage", "CP1"),
        ("Garage", "CP2"),
    ]
    assert AuditEntry.objects.filter(verb="tag.put_on").count() == 2


def test_a_form_that_is_posted_twice_makes_one_job(fleet: World, client_of):
    client, once = client_of(fleet.owner), str(uuid.uuid4())

    first, second = (restart(client, charger=["CP1"], once=once).headers["Location"] for _ in range(2))

    assert first == second
    assert Job.objects.count() == 1
