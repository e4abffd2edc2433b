"""The REST API about the host's own cards: find, let in, block."""

import pytest

from authorization.models import AuditEntry, Token, TokenGroup
from tests.kit.callers import Callers
from tests.kit.world import World
from tests.kit.writes_api import prefix

__all__ = ["prefix"]
pytestmark = pytest.mark.django_db


def test_it_adds_a_card_to_a_local_group(callers: Callers, world: World, prefix: str):
    answer = callers.owner.post("tokens/", {"uid": "de:ad:be:ef", "group": "residents", "owner": "Kim"})

    assert answer.status_code == 201
    token = Token.objects.get(canonical_uid="DEADBEEF")
    assert (answer.json()["id"], answer.json()["groups"], token.owner) == (token.pk, ["residents"], "Kim")
    assert list(token.groups.all()) == [world.group]
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.user, entry.verb, entry.host) == (prefix, None, "token.whitelisted", world.host)
    assert entry.after == {"uid": "de:ad:be:ef", "group": "residents"}


def test_it_adds_a_card_once_however_often_it_is_asked(callers: Callers):
    first = callers.owner.post("tokens/", {"uid": "DEADBEEF", "group": "residents"})
    second = callers.owner.post("tokens/", {"uid": "de ad be ef", "group": "residents"})

    assert first.json()["id"] == second.json()["id"]
    assert Token.objects.filter(canonical_uid="DEADBEEF").count() == 1


def test_it_asks_an_agent_whose_group_it_is_when_several_have_it(callers: Callers, world: World):
    other = world.stranger.memberships.get().host
    TokenGroup.objects.create(host=other, slug="residents", name="Residents")

    unclear = callers.agent.post("tokens/", {"uid": "DEADBEEF", "group": "residents"})
    clear = callers.agent.post("tokens/", {"uid": "DEADBEEF", "group": "residents", "host": "lakeside"})

    assert [error["path"] for error in unclear.json()["errors"]] == ["host"]
    assert clear.status_code == 201
    assert Token.objects.get(canonical_uid="DEADBEEF").host == other


@pytest.mark.parametrize(
    ("body", "at"), [({"blocked": True}, "reason"), ({"reason": "No idea"}, ""), ({"valid": 7, "reason": "x"}, "valid")]
)
def test_it_changes_no_card_without_a_change_and_a_reason(callers: Callers, world: World, body, at):
    answer = callers.owner.patch(f"tokens/{world.member.pk}/", body)

    assert answer.status_code == 400
    assert [error["path"] for error in answer.json()["errors"]] == [at]
    assert not AuditEntry.objects.exists()
