"""Whether a charger is served: Accepted, Pending or Rejected, set by the host or by support."""

import pytest

from authorization.models import AuditEntry
from chargers.models import Charger
from tests.kit.logging_in import logged_in
from tests.kit.world import World


@pytest.mark.django_db
def test_an_agent_ends_the_quarantine_in_the_admin(world: World):
    Charger.objects.update(registration="pending")
    agent = logged_in(world.agent)
    page = logged_in(world.owner).get("/chargers/CP1/connection/").content.decode()

    address = f"/admin/chargers/charger/{world.charger.pk}/change/"
    agent.post(address, {"registration": "accepted", "reason": "Serial number checked"})

    assert "Pending: this charger may connect, and nobody can charge at it." in page
    world.charger.refresh_from_db()
    assert world.charger.registration == "accepted"
    assert AuditEntry.objects.get().verb == "charger.registration_changed"
    after = logged_in(world.owner).get("/chargers/CP1/connection/").content.decode()
    assert "nobody can charge at it" not in after


@pytest.mark.django_db
@pytest.mark.parametrize("how", ["portal", "admin"])
def test_a_host_does_not_end_what_support_has_set(world: World, how):
    said = {"registration": "rejected", "reason": "Recalled"}
    address = {
        "portal": "/chargers/CP1/connection/registration/",
        "admin": f"/admin/chargers/charger/{world.charger.pk}/change/",
    }[how]
    logged_in(world.agent).post(address, said)
    accepted = {"registration": "accepted", "reason": "We want it"}

    page = logged_in(world.owner).post("/chargers/CP1/connection/registration/", accepted, follow=True)

    world.charger.refresh_from_db()
    assert world.charger.registration == "rejected"
    assert "only support can change that" in page.content.decode()
    assert AuditEntry.objects.count() == 1
