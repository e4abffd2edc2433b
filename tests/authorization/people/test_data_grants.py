"""Grants of personal data: asked for once, answered once, and over when they end."""

from datetime import UTC, datetime, timedelta

import pytest

from authorization.models import DataGrant
from authorization.people import data_grants
from authorization.people.data_grants import GrantError
from tests.kit.world import World

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


def ask(world: World, *, until: datetime = NOON + DAY, now: datetime = NOON) -> DataGrant:
    return data_grants.ask(
        world.host,
        scope=DataGrant.Scope.SESSIONS,
        reason="A refund",
        ticket="T-1001",
        until=until,
        agent=world.agent,
        now=now,
    )


@pytest.mark.parametrize("until", [NOON, NOON - SECOND, NOON + data_grants.LONGEST + SECOND])
def test_it_ends_within_a_week_and_not_before_it_begins(world: World, until: datetime):
    with pytest.raises(GrantError, match="within 7 days"):
        ask(world, until=until)

    assert not DataGrant.objects.exists()


def test_it_may_last_a_week(world: World):
    assert ask(world, until=NOON + data_grants.LONGEST).ends_at == NOON + 7 * DAY


def test_nothing_is_seen_until_the_host_agrees_nor_after_the_end(world: World):
    grant = ask(world)
    assert not data_grants.list_for_agent(world.agent, now=NOON).exists()

    data_grants.answer(grant, approves=True, by="user:owner@example.com", now=NOON)

    assert list(data_grants.list_for_agent(world.agent, now=NOON + DAY - SECOND)) == [grant]
    assert not data_grants.list_for_agent(world.agent, now=NOON + DAY).exists()
    assert not data_grants.list_for_agent(world.owner, now=NOON).exists()


@pytest.mark.parametrize("is_approved", [False, True], ids=["not answered", "approved"])
def test_the_same_is_not_asked_twice(world: World, is_approved: bool):
    grant = ask(world)
    if is_approved:
        data_grants.answer(grant, approves=True, by="user:owner@example.com", now=NOON)

    with pytest.raises(GrantError, match="asked for this already"):
        ask(world)


def test_what_was_declined_or_is_over_may_be_asked_again(world: World):
    data_grants.answer(ask(world), approves=False, by="user:owner@example.com", now=NOON)
    ask(world)

    ask(world, now=NOON + DAY, until=NOON + 2 * DAY)

    assert DataGrant.objects.count() == 3


@pytest.mark.parametrize("at", [NOON, NOON + 2 * DAY], ids=["a second answer", "after its end"])
def test_it_is_answered_once_and_in_time(world: World, at: datetime):
    grant = ask(world)
    if at == NOON:
        data_grants.answer(grant, approves=True, by="user:owner@example.com", now=NOON)

    with pytest.raises(GrantError, match="answered already"):
        data_grants.answer(grant, approves=False, by="user:owner@example.com", now=at)

    grant.refresh_from_db()
    assert grant.declined_at is None


def test_it_ends_at_once_where_the_host_says_so(world: World):
    grant = ask(world)
    with pytest.raises(GrantError, match="does not hold"):
        data_grants.revoke(grant, now=NOON)
    data_grants.answer(grant, approves=True, by="user:owner@example.com", now=NOON)

    data_grants.revoke(grant, now=NOON + SECOND)

    assert not data_grants.list_for_agent(world.agent, now=NOON + SECOND).exists()
    with pytest.raises(GrantError):
        data_grants.revoke(grant, now=NOON + SECOND)


def test_what_was_opened_is_written_down(world: World):
    grant = ask(world)
    data_grants.note_opening(grant, "x" * 500, now=NOON)

    assert grant.openings.get().subject == "x" * 120
