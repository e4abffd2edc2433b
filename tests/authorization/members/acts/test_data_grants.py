"""Personal data of guests: agents ask, owners answer, and neither does the other's part."""

from datetime import timedelta

import pytest

from authorization.members.acts import data_grants
from authorization.models import AuditEntry, DataGrant, User
from authorization.people.access import NotAllowedError
from tests.kit.drivers import NOW
from tests.kit.world import World

pytestmark = pytest.mark.django_db


def ask(world: World, by: User) -> DataGrant:
    return data_grants.ask(
        world.host,
        scope=DataGrant.Scope.STAYS,
        reason="A stay is missing",
        ticket="T-1001",
        until=NOW + timedelta(days=2),
        by=by,
        now=NOW,
    )


def test_only_agents_ask(world: World):
    with pytest.raises(NotAllowedError):
        ask(world, world.owner)

    grant = ask(world, world.agent)

    entry = AuditEntry.objects.get(verb="data_grant.asked")
    assert (entry.host, entry.reason, entry.after["scope"]) == (world.host, "A stay is missing", "stays")
    assert grant.agent == world.agent


@pytest.mark.parametrize("person", ["teammate", "stranger", "agent"])
def test_nobody_but_an_owner_answers(world: World, person: str):
    grant = ask(world, world.agent)

    with pytest.raises(NotAllowedError):
        data_grants.answer(grant, approves=True, by=getattr(world, person), now=NOW)

    grant.refresh_from_db()
    assert grant.approved_at is None


@pytest.mark.parametrize(("approves", "verb"), [(True, "data_grant.approved"), (False, "data_grant.declined")])
def test_the_answer_is_kept_with_who_gave_it(world: World, approves: bool, verb: str):
    grant = ask(world, world.agent)

    data_grants.answer(grant, approves=approves, by=world.owner, now=NOW)

    grant.refresh_from_db()
    assert ((grant.approved_at is not None), grant.answered_by) == (approves, "user:owner@example.com")
    assert AuditEntry.objects.filter(verb=verb).count() == 1


def test_an_agent_cannot_keep_what_the_host_ends(world: World):
    grant = ask(world, world.agent)
    data_grants.answer(grant, approves=True, by=world.owner, now=NOW)
    with pytest.raises(NotAllowedError):
        data_grants.revoke(grant, by=world.agent, now=NOW)

    data_grants.revoke(grant, by=world.owner, now=NOW)

    grant.refresh_from_db()
    assert grant.revoked_at == NOW
    assert AuditEntry.objects.filter(verb="data_grant.revoked").count() == 1
