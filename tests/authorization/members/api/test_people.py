"""The REST API about people: who belongs to a host as what, and which outsiders were let in. To be read only."""

from datetime import UTC, datetime, timedelta

import pytest

from authorization.models import AuditEntry, User
from tests.kit.people_pages import text_of
from tests.kit.world import World, make_user

pytestmark = pytest.mark.fresh_log_in
PEOPLE = "/people/sunset/"


@pytest.mark.parametrize("said", [{"do": "remove"}, {"do": "change", "role": "manager"}])
def test_it_keeps_the_last_owner(world: World, client_of, said):
    mine = world.host.memberships.get(user=world.owner)
    gone = make_user("gone@example.com", world.host, "owner")
    User.objects.filter(pk=gone.pk).update(is_active=False)

    response = client_of(world.owner).post(f"{PEOPLE}members/{mine.pk}/", said)

    assert "is the last owner of Sunset Stays: make somebody else an owner first." in text_of(response)
    mine.refresh_from_db()
    assert mine.role == "owner"
    assert not AuditEntry.objects.exists()

    make_user("second@example.com", world.host, "owner")
    client_of(world.owner).post(f"{PEOPLE}members/{mine.pk}/", said)
    assert not world.host.memberships.filter(pk=mine.pk, role="owner").exists()


@pytest.mark.parametrize("person", ["owner", "agent", "new@example.com"])
def test_a_new_owner_can_be_removed_by_earlier_ones_by_agents_and_by_themselves(world: World, client_of, person):
    newcomer = make_user("new@example.com", world.host, "owner")
    newcomer.memberships.update(role_since=datetime.now(tz=UTC) - timedelta(days=1))
    by = newcomer if "@" in person else getattr(world, person)

    client_of(by).post(f"{PEOPLE}members/{newcomer.memberships.get().pk}/", {"do": "remove", "reason": "Left"})

    assert not newcomer.memberships.exists()


def test_an_agent_removes_an_earlier_owner_and_a_new_owner_other_members(world: World, client_of):
    newcomer = make_user("new@example.com", world.host, "owner")
    newcomer.memberships.update(role_since=datetime.now(tz=UTC) - timedelta(days=1))
    for by, gone in ((newcomer, world.teammate), (world.agent, world.owner)):
        client_of(by).post(f"{PEOPLE}members/{gone.memberships.get().pk}/", {"do": "remove", "reason": "Left"})
        assert not gone.memberships.exists()
