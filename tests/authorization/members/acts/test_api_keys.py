"""Keys of the REST API: made and revoked by owners, and revoked when their maker leaves."""

from datetime import timedelta

import pytest

from authorization.members.acts import api_keys
from authorization.models import ApiKey, AuditEntry, User
from authorization.people.access import NotAllowedError
from tests.kit.drivers import NOW
from tests.kit.world import World

pytestmark = pytest.mark.django_db


def make(world: World, by: User, *, name: str = "Sync", scopes: tuple[str, ...] = ("operate",)) -> ApiKey:
    ends_at = NOW + timedelta(days=90)
    key, text = api_keys.make(world.host, name=name, scopes=scopes, ends_at=ends_at, by=by, now=NOW)
    assert ApiKey.objects.get_from_key(text) == key
    return key


@pytest.mark.parametrize(
    ("scopes", "held"),
    [((), ["read"]), (("money",), ["read", "money"]), (("money", "operate", "root"), ["read", "operate", "money"])],
)
def test_a_key_may_read_and_what_is_named(world: World, scopes: tuple[str, ...], held: list[str]):
    assert make(world, world.owner, scopes=scopes).scopes == held


@pytest.mark.parametrize("person", ["teammate", "stranger"])
def test_only_owners_make_and_revoke_keys(world: World, person: str):
    key = make(world, world.owner)

    with pytest.raises(NotAllowedError):
        make(world, getattr(world, person))
    with pytest.raises(NotAllowedError):
        api_keys.revoke(key, by=getattr(world, person), now=NOW)

    assert ApiKey.objects.get().revoked is False


def test_a_key_is_revoked_once(world: World):
    key = make(world, world.owner)

    assert api_keys.revoke(key, by=world.owner, now=NOW)
    assert not api_keys.revoke(key, by=world.owner, now=NOW)
    assert AuditEntry.objects.filter(verb="api_key.revoked").count() == 1


def test_keys_of_agents_are_not_a_host_s_to_revoke(world: World):
    key, _ = ApiKey.objects.create_key(name="desk", host=None, is_agent=True)

    with pytest.raises(NotAllowedError):
        api_keys.revoke(key, by=world.owner, now=NOW)


def test_a_member_s_keys_end_with_the_membership(world: World):
    first, second = make(world, world.owner, name="B"), make(world, world.owner, name="A")
    gone = make(world, world.owner, name="C")
    api_keys.revoke(gone, by=world.owner, now=NOW)
    ApiKey.objects.create_key(name="of nobody", host=world.host, is_agent=False)

    ended = api_keys.revoke_of_member(world.owner, world.host, by=world.agent, now=NOW)

    assert ended == [second, first]
    assert ApiKey.objects.filter(revoked=False).get().name == "of nobody"
    assert AuditEntry.objects.filter(reason="Its maker left the team.").count() == 2
