"""What a key may change: cards, rates, commands; each with an entry of who did it and why."""

import uuid
from datetime import UTC, datetime

import pytest

from authorization.models import AuditEntry, Decision
from chargers.models import Charger, Command, Connector, Transaction
from tests.kit import charging
from tests.kit.callers import PLAIN, Callers
from tests.kit.world import World
from tests.kit.writes_api import prefix

__all__ = ["prefix"]
pytestmark = pytest.mark.django_db


def test_it_blocks_a_card_and_lets_it_in_again(callers: Callers, world: World, prefix: str):
    address = f"tokens/{world.member.pk}/"

    blocked = callers.owner.patch(address, {"blocked": True, "reason": "Reported lost"})
    refused = callers.owner.post("chargers/CP1/decide/", {"uid": "04A1B2C3D4"})
    freed = callers.owner.patch(address, {"blocked": False, "reason": "Found again"})
    accepted = callers.owner.post("chargers/CP1/decide/", {"uid": "04A1B2C3D4"})

    assert (blocked.json()["blocked"], blocked.json()["blocked_reason"]) == (True, "Reported lost")
    assert (refused.json()["verdict"], refused.json()["reason"]) == ("refused", "token_blocked")
    assert (freed.json()["blocked"], freed.json()["blocked_reason"]) == (False, "")
    assert accepted.json()["verdict"] == "accepted"
    first, second = AuditEntry.objects.order_by("id")
    assert (first.actor, first.verb, first.reason) == (prefix, "token.changed", "Reported lost")
    assert (first.before, first.after) == ({"valid": True, "blocked": False}, {"valid": True, "blocked": True})
    assert second.reason == "Found again"
    assert not Decision.objects.exists()


def test_it_puts_a_new_version_of_a_rate_in_force(callers: Callers, rate, prefix: str):
    dearer = PLAIN | {"connection_fee": "2.00"}

    answer = callers.owner.post(f"rates/{rate.rate_id}/versions/", {"definition": dearer})

    assert answer.status_code == 201
    assert (answer.json()["number"], answer.json()["definition"]) == (2, dearer)
    listed = callers.owner.get("rates/").json()["results"][0]
    assert (listed["slug"], listed["newest"]["number"], listed["newest"]["definition"]) == ("plain", 2, dearer)
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.verb, entry.before, entry.after) == (prefix, "rate.published", PLAIN, dearer)


def test_it_makes_no_version_that_says_the_same(callers: Callers, rate):
    answer = callers.owner.post(f"rates/{rate.rate_id}/versions/", {"definition": PLAIN})

    assert (answer.status_code, answer.json()["number"]) == (200, 1)
    assert rate.rate.versions.count() == 1


def test_it_names_every_place_of_a_rate_that_is_wrong(callers: Callers, rate):
    wrong = {
        "energy": [{"name": "day", "price": "0.40"}, {"name": "night", "price": "-0.10"}],
        "tax": {"mode": "exclusive", "energy": "120"},
        "colour": "red",
    }

    answer = callers.owner.post(f"rates/{rate.rate_id}/versions/", {"definition": wrong})

    assert answer.status_code == 400
    paths = {error["path"] for error in answer.json()["errors"]}
    assert {"definition.energy[1].price", "definition.colour"} <= paths
    assert any(path.startswith("definition.tax") for path in paths)
    assert rate.rate.versions.count() == 1


@pytest.mark.parametrize("body", [{}, {"definition": None}, {"definition": []}, {"definition": {"energy": ["\x00"]}}])
def test_it_takes_no_rate_that_is_none(callers: Callers, rate, body):
    assert callers.owner.post(f"rates/{rate.rate_id}/versions/", body).status_code == 400


def test_it_changes_who_is_admitted_and_decides_by_it(callers: Callers, world: World, prefix: str):
    world.site.access = "public_roaming"
    world.site.save()

    answer = callers.owner.patch("properties/sunset-1/", {"access": "private"})

    assert (answer.status_code, answer.json()["access"]) == (200, "private")
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.verb) == (prefix, "property.access_changed")
    assert (entry.before, entry.after) == ({"access": "public_roaming"}, {"access": "private"})
    refused = callers.owner.post("chargers/CP1/decide/", {"uid": "FFFFFFFF"}).json()
    assert refused["verdict"] == "refused"


def test_it_admits_nobody_by_a_word_that_it_does_not_know(callers: Callers, world: World):
    answer = callers.owner.patch("properties/sunset-1/", {"access": "everybody"})

    assert [error["path"] for error in answer.json()["errors"]] == ["access"]
    assert not AuditEntry.objects.exists()


def test_it_makes_a_rate_that_nobody_pays_yet(callers: Callers, world: World, prefix: str):
    answer = callers.owner.post("rates/", {"name": "Night owl", "definition": PLAIN})

    assert answer.status_code == 201
    told = answer.json()
    assert (told["slug"], told["currency"], told["newest"]["definition"]) == ("night-owl", "USD", PLAIN)
    assert callers.owner.get(f"rates/{told['id']}/").json() == told
    assert callers.owner.get("rate-assignments/").json()["results"] == []
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.verb, entry.host) == (prefix, "rate.added", world.host)


def test_it_asks_an_agent_whose_rate_it_is_to_be(callers: Callers, world: World):
    unclear = callers.agent.post("rates/", {"name": "Plain", "definition": PLAIN})
    clear = callers.agent.post("rates/", {"name": "Plain", "host": "lakeside", "definition": PLAIN})

    assert [error["path"] for error in unclear.json()["errors"]] == ["host"]
    assert (clear.status_code, clear.json()["host"]) == (201, "lakeside")


@pytest.mark.parametrize(
    ("change", "at"),
    [
        ({"host": "lakeside"}, "host"),
        ({"currency": "XXX"}, "currency"),
        ({"name": ""}, "name"),
        ({"definition": {"energy": [{"name": "day", "price": "-1"}]}}, "definition.energy[0].price"),
    ],
)
def test_it_makes_no_rate_that_is_wrong(callers: Callers, change, at):
    answer = callers.owner.post("rates/", {"name": "Plain", "definition": PLAIN} | change)

    assert answer.status_code == 400
    assert [error["path"] for error in answer.json()["errors"]] == [at]


def test_it_lets_a_stranger_change_nothing(callers: Callers, world: World, rate):
    assignment = rate.rate.assignments.get()

    assert callers.stranger.patch("properties/sunset-1/", {"access": "private"}).status_code == 404
    assert callers.stranger.delete(f"rate-assignments/{assignment.pk}/").status_code == 404
    foreign = {"rate": rate.rate_id, "property": "sunset-1", "audience": "member"}
    assert callers.stranger.post("rate-assignments/", foreign).status_code == 400
    assert rate.rate.assignments.count() == 1


def test_it_bills_nothing_for_a_held_session_and_keeps_why(callers: Callers, world: World, rate, prefix: str):
    held = charging.guest(world.charger, wh=9_000_000)
    address = f"sessions/{held.pk}/waive/"

    silent = callers.owner.post(address, {})
    foreign = callers.stranger.post(address, {"reason": "Mine"})
    told = callers.owner.post(address, {"reason": "The meter was replaced"})

    assert [error["path"] for error in silent.json()["errors"]] == ["reason"]
    assert foreign.status_code == 404
    assert (told.status_code, told.json()["state"], told.json()["hold"]["state"]) == (200, "failed", "voided")
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.verb, entry.reason) == (prefix, "session.waived", "The meter was replaced")


def test_an_app_starts_where_a_car_waits_and_not_where_somebody_charges(callers: Callers, world: World):
    Charger.objects.update(connection_id=uuid.uuid4(), ocpp_version="1.6")
    Connector.objects.update(status="Preparing")
    wanted = {"uid": "04:a1:b2:c3:d4", "connector": 1}
    outlet = callers.owner.get("chargers/CP1/").json()["connectors"][0]
    assert (outlet["condition"], outlet["can_start"]) == ("Preparing", True)
    assert callers.owner.post("chargers/CP1/starts/", wanted).status_code == 202
    at = datetime.now(tz=UTC)
    Transaction.objects.create(
        charger=world.charger,
        transaction_id="7",
        id_token="STRANGER",
        started_at=at,
        start_received_at=at,
        authorization_status="Accepted",
        ocpp_version="1.6",
        evse_number=1,
        connector_number=1,
        meter_start_wh=0,
    )

    refused = callers.owner.post("chargers/CP1/starts/", wanted)

    assert refused.status_code == 400
    assert "Another guest is using this connector" in str(refused.json())
    listed = callers.owner.get("chargers/").json()["results"][0]["connectors"][0]
    assert listed["can_start"] is False
    assert Command.objects.count() == 1
