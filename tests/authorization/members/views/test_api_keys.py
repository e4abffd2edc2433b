"""An API key is its maker: it can do what they can at that moment, in its scopes, until its end."""

from datetime import UTC, datetime, timedelta

import pytest

from authorization.models import ApiKey, AuditEntry
from tests.kit.logging_in import after_log_in, logged_in
from tests.kit.world import World

pytestmark = pytest.mark.django_db


def test_making_a_key_asks_for_a_fresh_log_in_and_keeps_what_was_typed(world: World):
    stolen = logged_in(world.owner)
    form = {"name": "Mine now", "scopes": ["operate", "money"], "lasts_days": "30"}

    asked = stolen.post("/settings/api-keys/sunset/", form)

    assert asked.headers["Location"].startswith("/accounts/reauthenticate/")
    assert not ApiKey.objects.exists()
    after_log_in(world.owner).post("/settings/api-keys/sunset/", form)
    key = ApiKey.objects.get()
    assert key.scopes == ["read", "operate", "money"]
    assert key.expiry_date is not None
    assert timedelta(days=29) < key.expiry_date - datetime.now(tz=UTC) < timedelta(days=31)


@pytest.mark.parametrize(
    ("address", "form"),
    [
        ("/people/sunset/invite/", {"email": "puppet@example.com", "role": "owner"}),
        ("/settings/join-codes/sunset/", {"name": "Lobby", "role": "operator"}),
    ],
)
def test_a_stolen_session_lets_nobody_in(world: World, address: str, form: dict[str, str]):
    asked = logged_in(world.owner).post(address, form)

    assert asked.headers["Location"].startswith("/accounts/reauthenticate/")
    assert not world.host.invitations.exists()
    assert not AuditEntry.objects.filter(verb__in=("invitation.made", "join_code.made")).exists()
    assert after_log_in(world.owner).post(address, form).headers.get("Location", "") != asked.headers["Location"]
    assert AuditEntry.objects.filter(verb__in=("invitation.made", "join_code.made")).count() == 1


def test_a_stolen_session_makes_no_owner_of_a_member(world: World):
    address = f"/people/sunset/members/{world.teammate.memberships.get().pk}/"
    form = {"do": "change", "role": "owner", "reason": ""}

    assert logged_in(world.owner).post(address, form).headers["Location"].startswith("/accounts/reauthenticate/")
    assert world.teammate.memberships.get().role == "read_only"
    after_log_in(world.owner).post(address, form)
    assert world.teammate.memberships.get().role == "owner"
