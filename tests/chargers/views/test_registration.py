"""Whether a charger is served: Accepted, Pending or Rejected, set on its Connection page, by the API or the admin."""

import asyncio
import json
from typing import Any

import pytest

from authorization.models import AuditEntry
from chargers.models import Charger
from chargers.security import keys
from tests.kit.gateway import Device, looking
from tests.kit.logging_in import logged_in
from tests.kit.world import World

BOOT_16 = {"chargePointVendor": "V", "chargePointModel": "M"}


@pytest.mark.django_db
@pytest.mark.parametrize(("person", "status"), [("owner", 302), ("agent", 302), ("teammate", 404), ("stranger", 404)])
def test_a_manager_sets_the_registration_on_the_chargers_page(world: World, person, status):
    said = {"registration": "pending", "reason": "The serial number is not ours"}

    response = logged_in(getattr(world, person)).post("/chargers/CP1/connection/registration/", said)

    assert response.status_code == status
    world.charger.refresh_from_db()
    entries = [(e.actor, e.verb, e.reason, e.after["registration"]) for e in AuditEntry.objects.all()]
    if status == 404:
        assert (world.charger.registration, entries) == ("accepted", [])
        return
    verb = "charger.registration_changed"
    assert world.charger.registration == "pending"
    assert entries == [(f"user:{person}@example.com", verb, "The serial number is not ours", "pending")]
    page = logged_in(world.owner).get("/chargers/CP1/connection/").content.decode()
    assert "Its BootNotification is answered Pending, with a retry after a minute" in page
    assert ("Support keeps this charger Pending" in page) is (person == "agent")


@pytest.mark.django_db
@pytest.mark.parametrize("said", [{"registration": "pending"}, {"registration": "gone", "reason": "x"}, {}])
def test_it_asks_for_a_known_registration_and_a_reason(world: World, said):
    page = logged_in(world.owner).post("/chargers/CP1/connection/registration/", said, follow=True).content.decode()

    world.charger.refresh_from_db()
    assert world.charger.registration == "accepted"
    assert "Not changed: choose Accepted, Pending or Rejected, and say why." in page
    assert not AuditEntry.objects.exists()


def test_a_manager_ends_the_quarantine_and_the_next_connection_is_served(gateway, world: World):
    Charger.objects.update(registration="pending")
    keys.set_imported(world.charger, "secret-password-1")
    world.charger.registration = "pending"
    world.charger.save()
    said = {"registration": "accepted", "reason": "Checked"}

    async def story() -> tuple[Any, Any]:
        async with await Device.connect(gateway, "CP1") as device:
            first = await device.exchange(json.dumps([2, "1", "BootNotification", BOOT_16]))
            client = await looking(lambda: logged_in(world.owner))
            await looking(lambda: client.post("/chargers/CP1/connection/registration/", said))
            await asyncio.wait_for(device.ws.wait_closed(), 10)
        async with await Device.connect(gateway, "CP1") as device:
            return first, await device.exchange(json.dumps([2, "2", "BootNotification", BOOT_16]))

    first, second = asyncio.run(story())

    assert (first[2]["status"], second[2]["status"]) == ("Pending", "Accepted")
