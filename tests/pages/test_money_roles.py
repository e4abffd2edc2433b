"""Amounts are for roles that see money: everybody else is told so, and sees none."""

import pytest

from chargers.models import Property
from tests.kit import charging
from tests.kit.world import World, make_user


@pytest.fixture
def charged(world: World) -> World:
    Property.objects.update(access="guest")
    charging.assign(charging.make_rate(world.host), world.site, "guest", "member")
    charging.charge(world.charger)
    return world


@pytest.mark.parametrize(
    ("role", "sees"),
    [("owner", True), ("manager", True), ("finance", True), ("read_only", True), ("operator", False),
     ("installer", False)],
)  # fmt: skip
def test_it_shows_amounts_to_roles_that_see_money(charged: World, client_of, role, sees):
    client = client_of(make_user(f"the-{role}@example.com", charged.host, role))

    dashboard, sessions = client.get("/").content.decode(), client.get("/sessions/").content.decode()

    assert ("$9.00" in dashboard) is ("Earned" in dashboard) is ("$9.00" in sessions) is sees
    assert ("Sessions are not in your role" in sessions) is not sees


@pytest.mark.fresh_log_in
@pytest.mark.parametrize(
    ("role", "status"), [("finance", 302), ("manager", 302), ("read_only", 404), ("operator", 404)]
)
def test_it_lets_roles_that_handle_money_bill_nothing(charged: World, client_of, role, status):
    session = charged.charger.sessions.get()
    client = client_of(make_user(f"the-{role}@example.com", charged.host, role))

    assert client.post(f"/sessions/{session.pk}/waive/", {"reason": "A gift"}).status_code == status
