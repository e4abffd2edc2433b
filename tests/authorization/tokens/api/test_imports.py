"""Groups, cards in bulk, provider blocks, stays, reimbursement and people by the REST API."""

from datetime import UTC, datetime, timedelta

import pytest

from authorization import tasks
from authorization.models import (
    AccessGrant,
    AuditEntry,
    Token,
)
from authorization.tokens import token_imports
from tests.kit.callers import Callers
from tests.kit.imports_api import STAY, paths, prefix
from tests.kit.world import World, make_user

__all__ = ["prefix"]
pytestmark = pytest.mark.django_db
UID = "04FFEE0042"


def test_a_card_may_charge_at_several_chargers_at_once(callers: Callers, world: World):
    address = f"tokens/{world.member.pk}/"

    assert callers.owner.patch(address, {"may_charge_concurrently": True}).json()["may_charge_concurrently"] is True
    entry = AuditEntry.objects.get(verb="token.edited")
    assert (entry.before["may_charge_concurrently"], entry.after["may_charge_concurrently"]) == ("no", "yes")


def test_it_notes_whose_card_it_is_and_takes_it_out_of_a_group(callers: Callers, world: World, prefix):
    address = f"tokens/{world.member.pk}/"

    noted = callers.owner.patch(address, {"owner": "Kim", "expires_at": "2030-01-01T00:00:00Z"})
    left = callers.owner.delete(f"{address}groups/residents/")
    again = callers.owner.delete(f"{address}groups/residents/")

    assert (noted.json()["owner"], noted.json()["expires_at"]) == ("Kim", "2030-01-01T00:00:00Z")
    assert (left.status_code, again.status_code) == (204, 404)
    assert not world.member.groups.exists()
    assert list(AuditEntry.objects.order_by("id").values_list("actor", "verb")) == [
        (prefix, "token.edited"),
        (prefix, "token.left_group"),
    ]


def test_it_compares_a_file_of_cards_and_applies_it_once(callers: Callers, world: World, prefix):
    content = "uid,owner,group\n04A1B2C3D4,Kim,\n04FFEE0042,Robin,residents\nЯ,,\n"

    compared = callers.owner.post("token-imports/", {"csv": content, "name": "may.csv"})

    assert compared.status_code == 201
    told = compared.json()
    assert (told["new"], told["changed"], told["unchanged"], told["wrong_rows"]) == (1, 1, 0, 1)
    assert [(wrong["row"], wrong["column"]) for wrong in told["wrong"]] == [(4, "uid")]
    assert not Token.objects.filter(canonical_uid=UID).exists()
    address = f"token-imports/{told['id']}/"
    assert callers.owner.get(address).json() == told
    assert callers.stranger.post(f"{address}apply/", {}).status_code == 404
    applied = callers.owner.post(f"{address}apply/", {})
    assert (applied.status_code, applied.json()["id"], applied.json()["new"]) == (200, None, 1)
    assert callers.owner.post(f"{address}apply/", {}).status_code == 404
    assert Token.objects.get(canonical_uid=UID).groups.get() == world.group
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.verb, entry.after["new"]) == (prefix, "tokens.imported", 1)


def test_it_leaves_a_long_file_to_a_worker(callers: Callers, prefix, monkeypatch):
    monkeypatch.setattr(token_imports, "AT_ONCE", 1)
    told = callers.owner.post("token-imports/", {"csv": "uid\n04FFEE0041\n04FFEE0042\n"}).json()
    address = f"token-imports/{told['id']}/"

    asked = callers.owner.post(f"{address}apply/", {})

    assert (told["state"], asked.status_code, asked.json()["state"]) == ("waits", 202, "being_written")
    assert callers.owner.delete(address).status_code == 409
    tasks.apply_token_imports()
    done = callers.owner.get(address).json()
    assert (done["state"], done["new"], done["wrong_rows"]) == ("written", 2, 0)
    assert AuditEntry.objects.get().actor == prefix
    assert callers.owner.delete(address).status_code == 204


def test_it_discards_a_file_and_refuses_what_is_none(callers: Callers):
    told = callers.owner.post("token-imports/", {"csv": "uid\n04A1B2C3D4\n"}).json()

    assert callers.owner.delete(f"token-imports/{told['id']}/").status_code == 204
    assert callers.owner.get(f"token-imports/{told['id']}/").status_code == 404
    assert paths(callers.owner.post("token-imports/", {"csv": "number\n7\n"})) == ["csv"]


def test_it_reads_members_and_grants(callers: Callers, world: World):
    at = datetime.now(tz=UTC)
    for ends_at in (at + timedelta(days=1), at - timedelta(days=1)):
        AccessGrant.objects.create(
            user=world.stranger,
            host=world.host,
            charger=world.charger,
            role="installer",
            reason="Ticket 7",
            granted_by=world.owner,
            granted_at=at - timedelta(days=2),
            ends_at=ends_at,
        )
    make_user("operator@example.com", world.host, "operator")

    members = {one["email"]: one for one in callers.owner.get("members/").json()["results"]}
    live = callers.owner.get("grants/", live="true").json()["results"]

    assert {email: one["role"] for email, one in members.items()} == {
        "owner@example.com": "owner",
        "teammate@example.com": "read_only",
        "operator@example.com": "operator",
    }
    assert members["operator@example.com"]["rights"] == ["see", "operate"]
    assert [(one["charger"], one["email"], one["granted_by"]) for one in live] == [
        ("CP1", "stranger@example.com", "owner@example.com")
    ]
    assert len(callers.owner.get("grants/").json()["results"]) == 2
    assert [one["email"] for one in callers.stranger.get("members/").json()["results"]] == ["stranger@example.com"]
    assert callers.stranger.get("grants/").json()["results"] == []
    assert len(callers.agent.get("members/").json()["results"]) == 4


@pytest.mark.parametrize(
    ("address", "sent", "at"),
    [
        ("tokens/", {"uid": 5, "group": "residents"}, "uid"),
        ("tokens/", {"uid": "04 Я", "group": "residents"}, "uid"),
        ("reimbursements/", {"uid": 4_000_000_000, "name": "Kim", "per_kwh": "0.25"}, "uid"),
        ("stays/", {**STAY, "cards": ["04FFEE0042", 5]}, "cards[1]"),
    ],
    ids=["a number", "no UID", "a number for home", "a number for a stay"],
)
def test_it_takes_no_uid_that_lost_its_zeros(callers: Callers, address, sent, at):
    assert at in paths(callers.owner.post(address, sent))
