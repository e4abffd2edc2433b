"""Passwords and security profiles of chargers by the REST API."""

import uuid

import pytest

from authorization.models import ApiRequest, AuditEntry
from chargers.models import Charger, Command, PasswordChange
from chargers.security import keys
from tests.kit.callers import Callers
from tests.kit.world import World

pytestmark = pytest.mark.django_db


def address(world, end):
    return f"chargers/{world.charger.charger_id}/{end}/"


def test_a_password_for_typing_in_is_in_the_answer_this_once(callers: Callers, world: World):
    where, said, key = f"/api/v1/{address(world, 'password')}", {"way": "by_hand"}, {"Idempotency-Key": "k1"}
    answer = callers.owner.client.post(where, said, content_type="application/json", headers=key)
    again = callers.owner.client.post(where, said, content_type="application/json", headers=key)

    password = answer.json()["password"]
    world.charger.refresh_from_db()
    assert keys.is_next(world.charger, password)
    assert (again.json()["password"], PasswordChange.objects.count()) == (None, 1)
    assert password not in str(list(ApiRequest.objects.values()))
    assert AuditEntry.objects.get(verb="charger.password_set_by_hand").actor.startswith("api:")


def test_it_is_sent_over_the_air_and_withdrawn(callers: Callers, world: World):
    offline = callers.owner.post(address(world, "password"), {"way": "send"})
    assert (offline.status_code, offline.json()["errors"][0]["path"]) == (400, "way")
    Charger.objects.update(connection_id=uuid.uuid4(), ocpp_version="1.6")

    sent = callers.owner.post(address(world, "password"), {"way": "send"})
    assert (sent.json()["password"], sent.json()["password_change"]) == (None, "waiting")
    assert Command.objects.get().action == "ChangeConfiguration"
    assert callers.owner.post(address(world, "password"), {"way": "send"}).status_code == 400
    callers.owner.post(address(world, "password"), {"way": "withdraw"})
    assert callers.owner.get(address(world, "security")).json()["password_change"] != "waiting"


def test_it_sets_the_security_profile_and_warns(callers: Callers, world: World):
    changed = callers.owner.patch(address(world, "security"), {"security_profile": 3})

    assert changed.json()["security_profile"] == 3
    assert changed.json()["warning"].startswith("It has not used a certificate of ours yet")
    assert callers.owner.patch(address(world, "security"), {"security_profile": 7}).status_code == 400
    entry = AuditEntry.objects.get(verb="charger.security_profile_changed")
    assert (entry.before, entry.after) == ({"profile": 1}, {"profile": 3})


@pytest.mark.parametrize("who", ["stranger", "nobody"])
def test_it_is_nobody_elses(callers: Callers, world: World, who):
    caller = getattr(callers, who)

    assert caller.post(address(world, "password"), {"way": "by_hand"}).status_code in {401, 404}
    assert caller.patch(address(world, "security"), {"security_profile": 2}).status_code in {401, 404}


def test_it_sets_whether_the_charger_is_served(callers: Callers, world: World):
    where = address(world, "registration")
    assert callers.owner.get(where).json()["registration"] == "accepted"

    changed = callers.owner.post(where, {"registration": "Pending", "reason": "Serial number"})

    assert (changed.json()["registration"], changed.json()["held_by_support"]) == ("pending", False)
    assert changed.json()["sentence"].startswith("Its BootNotification is answered Pending")
    assert callers.owner.post(where, {"registration": "pending"}).status_code == 400
    assert callers.owner.post(where, {"registration": "maybe", "reason": "x"}).status_code == 400
    entry = AuditEntry.objects.get(verb="charger.registration_changed")
    assert (entry.before, entry.after["registration"], entry.reason) == (
        {"registration": "accepted"},
        "pending",
        "Serial number",
    )


def test_what_support_keeps_rejected_a_host_cannot_accept(callers: Callers, world: World):
    where = address(world, "registration")
    callers.agent.post(where, {"registration": "rejected", "reason": "Recalled"})

    refused = callers.owner.post(where, {"registration": "accepted", "reason": "Please"})

    assert (refused.status_code, refused.json()["errors"][0]["path"]) == (400, "registration")
    assert callers.owner.get(where).json() == {
        "registration": "rejected",
        "sentence": callers.agent.get(where).json()["sentence"],
        "held_by_support": True,
    }
    accepted = callers.agent.post(where, {"registration": "accepted", "reason": "Repaired"})
    assert accepted.json()["registration"] == "accepted"


@pytest.mark.parametrize("who", ["stranger", "nobody"])
def test_nobody_else_sets_whether_it_is_served(callers: Callers, world: World, who):
    answer = getattr(callers, who).post(address(world, "registration"), {"registration": "pending", "reason": "x"})

    assert answer.status_code in {401, 404}
    world.charger.refresh_from_db()
    assert world.charger.registration == "accepted"


def test_a_driver_s_app_is_refused_at_a_charger_that_is_kept_pending(callers: Callers, world: World):
    callers.owner.post(address(world, "registration"), {"registration": "pending", "reason": "Serial number"})

    answer = callers.owner.post(f"chargers/{world.charger.charger_id}/starts/", {"uid": "04A1B2C3D4"})

    assert answer.status_code == 409
    assert "Pending" in answer.json()["detail"]
    assert not Command.objects.exists()


def test_the_dry_run_says_so_too(callers: Callers, world: World):
    callers.owner.post(address(world, "registration"), {"registration": "rejected", "reason": "Recalled"})

    answer = callers.owner.post(f"chargers/{world.charger.charger_id}/decide/", {"uid": "04A1B2C3D4"}).json()

    assert (answer["verdict"], answer["reason"]) == ("refused", "charger_not_accepted")
