"""The REST API about commands: what is asked of a charger, and what became of it."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from authorization.models import AuditEntry, Decision, Token
from chargers.models import Charger, Command, Connector, Reservation
from tests.kit.callers import Callers
from tests.kit.world import World
from tests.kit.writes_api import prefix

__all__ = ["prefix"]
pytestmark = pytest.mark.django_db


def test_it_asks_a_charger_and_shows_what_became_of_it(callers: Callers, prefix: str):
    answer = callers.owner.post("chargers/CP1/commands/", {"action": "Reset", "payload": {"type": "Soft"}})

    assert answer.status_code == 202
    command = Command.objects.get()
    assert command.origin == prefix
    assert callers.owner.get(f"commands/{command.pk}/").json()["state"] == command.state
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.verb, entry.after) == (prefix, "charger.command", {"action": "Reset", "type": "Soft"})


@pytest.mark.parametrize(
    "body",
    [
        {"action": "Dance"},
        {"action": "Reset", "payload": {"type": "Gentle"}},
        {"action": "DataTransfer", "payload": {"vendorId": "a\x00b"}},
        {"action": "DataTransfer", "payload": {"vendorId": "a\ud800b"}},
    ],
)
def test_it_sends_no_order_that_the_version_does_not_know(callers: Callers, body):
    answer = callers.owner.post("chargers/CP1/commands/", body)

    assert answer.status_code == 400
    assert answer.json()["errors"]
    assert not Command.objects.exists()


def test_a_text_that_is_none_is_named_by_its_path(callers: Callers):
    body = '{"action": "DataTransfer", "payload": {"vendorId": "a", "data": [{"x": "\\ud800"}], "\\udfff": 1}}'

    answer = callers.owner.client.post("/api/v1/chargers/CP1/commands/", body, content_type="application/json")

    assert answer.status_code == 400
    assert {one["path"] for one in answer.json()["errors"]} == {"payload", "payload.data[0].x"}


def test_it_starts_for_anybody_by_the_hosts_own_command_and_for_members_by_an_app(callers: Callers, world: World):
    address, start = "chargers/CP1/commands/", {"idTag": "STRANGER", "connectorId": 1}

    by_host = callers.owner.post(address, {"action": "RemoteStartTransaction", "payload": start})
    of_stranger = callers.owner.post("chargers/CP1/starts/", {"uid": "STRANGER"})
    of_member = callers.owner.post("chargers/CP1/starts/", {"uid": "04:a1:b2:c3:d4"})

    assert (by_host.status_code, of_stranger.status_code, of_member.status_code) == (202, 409, 202)
    problem = of_stranger.json()
    assert (problem["type"], problem["reason"]) == ("urn:problem:refused", "token_unknown")
    assert problem["next_steps"]["guest"]
    kept = Decision.objects.order_by("id").values_list("kind", "verdict", "granted_by")
    assert list(kept) == [
        ("remote_start", "accepted", "start_ordered"),
        ("remote_start", "refused", ""),
        ("remote_start", "accepted", "local_group"),
    ]
    assert str(Decision.objects.get(verdict="refused").pk) == problem["decision"]


def test_an_app_starts_on_its_drivers_own_reservation_and_not_on_anothers(callers: Callers, world: World):
    Charger.objects.update(connection_id=uuid.uuid4(), ocpp_version="1.6")
    Connector.objects.update(status="Preparing")
    at = datetime.now(tz=UTC)
    Reservation.objects.create(
        charger=world.charger,
        number=1,
        evse_number=1,
        id_token="04A1B2C3D4",
        state="active",
        until=at + timedelta(minutes=30),
        created_at=at,
    )
    wanted = {"uid": "04A1B2C3D4", "connector": 1}

    assert callers.owner.post("chargers/CP1/starts/", wanted).status_code == 202
    Reservation.objects.update(id_token="STRANGER")
    assert callers.owner.post("chargers/CP1/starts/", wanted).status_code == 400


def test_it_orders_no_start_that_the_charger_would_refuse_all_the_same(callers: Callers, world: World):
    Token.objects.update(blocked=True)
    start = {"action": "RemoteStartTransaction", "payload": {"idTag": world.member.uid}}

    refused = callers.owner.post("chargers/CP1/commands/", start)

    assert (refused.status_code, refused.json()["reason"]) == (409, "token_blocked")
    assert not Command.objects.exists()
