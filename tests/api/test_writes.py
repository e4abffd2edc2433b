"""What a key may change: cards, rates, commands; each with an entry of who did it and why."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from authorization.models import ApiKey, AuditEntry, Decision, Token, TokenGroup
from billing.pricing.rates import resolver
from billing.pricing.rates.resolver import Payer
from chargers.models import Charger, Command, Connector, Reservation, Transaction
from tests.kit import charging
from tests.kit.callers import PLAIN, Callers
from tests.kit.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def prefix(callers: Callers, world: World) -> str:
    return f"api:{ApiKey.objects.get(host=world.host).prefix}"


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


@pytest.mark.parametrize(
    ("body", "at"), [({"blocked": True}, "reason"), ({"reason": "No idea"}, ""), ({"valid": 7, "reason": "x"}, "valid")]
)
def test_it_changes_no_card_without_a_change_and_a_reason(callers: Callers, world: World, body, at):
    answer = callers.owner.patch(f"tokens/{world.member.pk}/", body)

    assert answer.status_code == 400
    assert [error["path"] for error in answer.json()["errors"]] == [at]
    assert not AuditEntry.objects.exists()


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


def test_it_assigns_a_rate_and_takes_it_away_again(callers: Callers, world: World, rate, prefix: str):
    wanted = {"rate": rate.rate_id, "property": "sunset-1", "charger": "CP1", "audience": "member"}

    made = callers.owner.post("rate-assignments/", wanted)
    again = callers.owner.post("rate-assignments/", wanted)
    resolved = resolver.resolve(world.charger, driver=Payer(audience="member"), at=datetime.now(tz=UTC))
    gone = callers.owner.delete(f"rate-assignments/{made.json()['id']}/")

    assert (made.status_code, again.status_code, gone.status_code) == (201, 200, 204)
    assert made.json() == again.json()
    assert made.json() == made.json() | wanted
    assert resolved.version == rate
    assert resolver.resolve(world.charger, driver=Payer(audience="member"), at=datetime.now(tz=UTC)).version is None
    assert [(entry.actor, entry.verb) for entry in AuditEntry.objects.order_by("id")] == [
        (prefix, "rate.assigned"),
        (prefix, "rate.unassigned"),
    ]


@pytest.mark.parametrize(
    ("change", "at"),
    [
        ({"rate": 999_999}, "rate"),
        ({"rate": 2**40}, "rate"),
        ({"property": "lakeside-1"}, "property"),
        ({"charger": "CP9"}, "charger"),
        ({"audience": "everybody"}, "audience"),
    ],
)
def test_it_assigns_nothing_to_what_is_not_there(callers: Callers, rate, change, at):
    wanted = {"rate": rate.rate_id, "property": "sunset-1", "audience": "member"} | change

    answer = callers.owner.post("rate-assignments/", wanted)

    assert answer.status_code == 400
    assert [error["path"] for error in answer.json()["errors"]] == [at]


def test_it_lets_a_stranger_change_nothing(callers: Callers, world: World, rate):
    assignment = rate.rate.assignments.get()

    assert callers.stranger.patch("properties/sunset-1/", {"access": "private"}).status_code == 404
    assert callers.stranger.delete(f"rate-assignments/{assignment.pk}/").status_code == 404
    foreign = {"rate": rate.rate_id, "property": "sunset-1", "audience": "member"}
    assert callers.stranger.post("rate-assignments/", foreign).status_code == 400
    assert rate.rate.assignments.count() == 1


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
