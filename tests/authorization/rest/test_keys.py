"""Who calls the REST API, and how often."""

from datetime import UTC, datetime, timedelta
from html import unescape

import pytest

from authorization.members.acts import people as acts
from authorization.models import ApiKey, AuditEntry, Token, User
from authorization.people import access
from authorization.people.roles import KEY_SCOPES, RIGHTS, KeyScope, Right, Role
from chargers.models import Command
from tests.kit.callers import Api
from tests.kit.logging_in import after_log_in
from tests.kit.world import World, make_user

pytestmark = pytest.mark.django_db
CARD = {"uid": "04FFEEDDCC", "group": "residents"}


def key_of(person: User | None, world: World, **fields: object) -> Api:
    return Api(str(ApiKey.objects.create_key(name="ERP", host=world.host, made_by=person, **fields)[1]))


def test_a_key_of_somebody_who_was_removed_writes_no_token_and_is_named(world: World):
    second = make_user("second@example.com", world.host, "owner")
    api = key_of(second, world)
    assert api.post("tokens/", CARD).status_code == 201
    membership = second.memberships.get()

    said = after_log_in(world.owner).post(
        f"/people/sunset/members/{membership.pk}/", {"do": "remove", "reason": "Left"}, follow=True
    )

    key = ApiKey.objects.get()
    assert f"The API keys that they made no longer work: “ERP” ({key.prefix})." in unescape(said.content.decode())
    assert key.revoked
    assert api.post("tokens/", CARD | {"uid": "04FFEEDDCD"}).status_code == 401
    assert api.get("chargers/").status_code == 401
    assert Token.objects.filter(uid__startswith="04FFEEDD").count() == 1
    entry = AuditEntry.objects.get(verb="api_key.revoked")
    assert (entry.user, entry.reason) == (world.owner, "Its maker left the team.")


def test_a_key_of_somebody_who_became_read_only_reads_and_writes_nothing(world: World):
    second = make_user("second@example.com", world.host, "owner")
    api = key_of(second, world)
    acts.change_role(second.memberships.get(), role="read_only", reason="", by=world.owner, now=datetime.now(tz=UTC))

    refused = [
        api.post("tokens/", CARD),
        api.post(f"chargers/{world.charger.charger_id}/commands/", {"action": "ClearCache"}),
    ]

    assert api.get("chargers/").status_code == 200
    assert [answer.status_code for answer in refused] == [403, 403]
    assert "second@example.com made this key and may not do this" in refused[1].json()["detail"]
    assert not Command.objects.exists()
    assert not Token.objects.filter(uid="04FFEEDDCC").exists()


def test_a_key_of_a_closed_account_opens_nothing_and_says_whose_it_was(world: World):
    api = key_of(world.owner, world)
    User.objects.filter(pk=world.owner.pk).update(is_active=False)

    answer = api.get("chargers/")

    assert answer.status_code == 401
    assert "owner@example.com made this API key, and has no access here any more" in answer.json()["detail"]


def test_an_agents_key_ends_with_its_makers_being_an_agent(world: World):
    api = Api(str(ApiKey.objects.create_key(name="desk", is_agent=True, made_by=world.agent)[1]))
    assert api.get("chargers/").status_code == 200
    User.objects.filter(pk=world.agent.pk).update(is_agent=False)

    assert api.get("chargers/").status_code == 401


def test_a_reading_key_is_told_that_it_only_reads(world: World):
    api = key_of(world.owner, world, scopes=["read"])

    answer = api.post("tokens/", CARD)

    assert api.get("tokens/").status_code == 200
    assert answer.status_code == 403
    assert "This key only reads" in answer.json()["detail"]


def test_a_key_without_its_scope_is_told_which_one_it_lacks(world: World):
    key, _ = ApiKey.objects.create_key(name="till", host=world.host, made_by=world.owner, scopes=["read", "money"])

    with pytest.raises(access.KeyNotAllowedError, match="This key has no scope “operate”"):
        access.require_at(key, Right.OPERATE, world.charger)


@pytest.mark.parametrize("role", list(Role))
def test_a_key_has_no_right_that_its_maker_lacks(world: World, role: Role):
    maker = make_user("maker@example.com", world.host, role)
    for scopes in (["read"], ["read", "operate"], ["read", "money"], ["read", "operate", "money"]):
        key, _ = ApiKey.objects.create_key(name="x", host=world.host, made_by=maker, scopes=scopes)
        named = frozenset[Right]().union(*(KEY_SCOPES[KeyScope(scope)] for scope in scopes))

        assert access.rights_of(key) == RIGHTS[role] & named
        for right in Right:
            assert access.has_right(key, right, world.host) is (right in RIGHTS[role] & named)
            assert access.hosts_with(key, right).exists() is (right in RIGHTS[role] & named)


def test_a_key_that_has_ended_says_so(world: World):
    api = key_of(world.owner, world, expiry_date=datetime.now(tz=UTC) - timedelta(seconds=1))

    answer = api.get("chargers/")

    assert answer.status_code == 401
    assert "This API key has expired" in answer.json()["detail"]
