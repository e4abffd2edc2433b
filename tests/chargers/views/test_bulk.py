"""Chargers > chosen ones: one thing done at all of them."""

from datetime import UTC, datetime

import pytest

from authorization.models import AuditEntry
from chargers.models import Job, Tag
from tests.kit import charging
from tests.kit.jobs_pages import fleet, restart
from tests.kit.world import World

__all__ = ["fleet"]
pytestmark = pytest.mark.django_db


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


def test_a_part_of_the_page_refreshes_itself(fleet: World, client_of):
    client = client_of(fleet.owner)
    page = restart(client, charger=["CP1"]).headers["Location"]

    part = client.get(page, headers={"HX-Request": "true", "HX-Target": "job"}).content.decode()

    assert "<html" not in part
    assert 'hx-trigger="every 3s"' in part


def test_firmware_asks_for_waves_and_says_what_is_wrong(fleet: World, client_of):
    client = client_of(fleet.owner)
    asked = {"do": "firmware", "charger": ["CP1", "CP2"], "location": "https://fw.example/2", "waits_for_idle": "on"}

    wrong = client.post("/chargers/bulk/", {**asked, "wave_size": "0", "stops_at_pct": "10"}).content.decode()
    client.post("/chargers/bulk/", {**asked, "wave_size": "1", "stops_at_pct": "10"})

    assert "greater than or equal to 1" in wrong
    job = Job.objects.get()
    assert (job.wave_size, job.stops_at_pct, job.waits_for_idle) == (1, 10, True)
    assert sorted(job.items.values_list("wave", flat=True)) == [1, 2]


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
