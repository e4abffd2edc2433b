"""Lists: a page at a time by key, narrowed by filters, at a cost that does not grow with the rows."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from authorization.models import Token
from billing.models import Rate, RateVersion
from chargers.commands import queue
from chargers.commands.queue import CommandRequest
from chargers.models import Charger, Connector, Property
from tests.kit.callers import PLAIN, YESTERDAY, Api, Callers, more_sessions, paid, rate
from tests.kit.world import World, make_charger, tap

__all__ = ["more_sessions", "paid", "rate"]

pytestmark = pytest.mark.django_db


def ids_of(answer) -> list:
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["results"]]


def walk(api: Api, path: str, **query) -> list:
    """Follows `next` to the end."""
    answer, found = api.get(path, **query), []
    while True:
        found += ids_of(answer)
        following = answer.json()["next"]
        if following is None:
            return found
        answer = api.client.get(following)


def test_it_pages_by_key_newest_first(callers: Callers, world: World):
    for number in range(5):
        Token.objects.create(host=world.host, uid=f"AA0{number}", canonical_uid=f"AA0{number}")
    everything = list(Token.objects.order_by("-id").values_list("id", flat=True))

    first = callers.owner.get("tokens/", limit=2)

    assert ids_of(first) == everything[:2]
    assert f"before={everything[1]}" in first.json()["next"]
    assert walk(callers.owner, "tokens/", limit=2) == everything


def test_it_keeps_its_place_when_rows_come_meanwhile(callers: Callers, world: World):
    for number in range(3):
        Token.objects.create(host=world.host, uid=f"AA0{number}", canonical_uid=f"AA0{number}")
    first = callers.owner.get("tokens/", limit=2)
    Token.objects.create(host=world.host, uid="AA09", canonical_uid="AA09")

    second = callers.owner.client.get(first.json()["next"])

    assert ids_of(second) == list(Token.objects.order_by("-id").values_list("id", flat=True)[3:])


def test_it_keeps_the_filters_in_the_next_page(callers: Callers, world: World):
    for number in range(4):
        Token.objects.create(host=world.host, uid=f"AA0{number}", canonical_uid=f"AA0{number}", blocked=number % 2 == 0)

    found = walk(callers.owner, "tokens/", blocked="true", limit=1)

    assert found == list(Token.objects.filter(blocked=True).order_by("-id").values_list("id", flat=True))


def test_it_pages_chargers_in_the_order_of_their_ids(callers: Callers, world: World):
    for name in ("CP3", "CP2"):
        make_charger(world.site, name, station_id=f"S-{name}")

    assert walk(callers.owner, "chargers/", limit=1) == ["CP1", "CP2", "CP3"]


def test_it_filters_chargers(callers: Callers, world: World):
    other = Property.objects.create(host=world.host, slug="sunset-2", name="Sunset 2", time_zone="America/New_York")
    make_charger(other, "CP2", station_id="SUN002")
    world.charger.connection_id = "00000000-0000-7000-8000-000000000001"
    world.charger.save()

    assert ids_of(callers.owner.get("chargers/", property="sunset-2")) == ["CP2"]
    assert ids_of(callers.owner.get("chargers/", online="true")) == ["CP1"]
    assert ids_of(callers.owner.get("chargers/", online="false")) == ["CP2"]
    assert ids_of(callers.owner.get("chargers/", search="sun002")) == ["CP2"]


def test_it_filters_messages(callers: Callers, world: World):
    now = datetime.now(tz=UTC)
    old = tap(world.charger, "04A1B2C3D4", at=now - timedelta(hours=3))
    new = tap(world.charger, "FFFFFFFF", at=now)

    def found(**query):
        return ids_of(callers.owner.get("chargers/CP1/messages/", **query))

    assert found() == [str(new.id), str(old.id)]
    assert found(since=(now - timedelta(hours=1)).isoformat()) == [str(new.id)]
    assert found(until=(now - timedelta(hours=1)).isoformat()) == [str(old.id)]
    assert found(search="04a1b2c3d4") == [str(old.id)]
    assert found(action="authorize") == [str(new.id), str(old.id)]
    assert found(action="Heartbeat") == []
    assert found(direction="out") == []
    assert found(errors="true") == []


def test_it_filters_decisions_by_card_in_any_notation(callers: Callers, world: World):
    accepted, refused = tap(world.charger, "04A1B2C3D4"), tap(world.charger, "FFFFFFFF")

    def found(**query):
        return ids_of(callers.owner.get("decisions/", **query))

    assert found(uid="04:a1:b2:c3:d4") == [str(accepted.decision_id)]
    assert found(verdict="refused") == [str(refused.decision_id)]
    assert found(reason="token_unknown") == [str(refused.decision_id)]
    assert found(charger="CP9") == []
    assert found(since=(datetime.now(tz=UTC) + timedelta(hours=1)).isoformat()) == []


def test_it_finds_tokens_in_any_notation(callers: Callers, world: World):
    world.member.owner = "Kim"
    world.member.save()

    for query in ("04:A1:B2:C3:D4", "0x04a1b2c3d4", "04a1", "sun-1", "kim"):
        assert ids_of(callers.owner.get("tokens/", search=query)) == [world.member.pk], query
    assert ids_of(callers.owner.get("tokens/", search="nobody")) == []
    assert ids_of(callers.owner.get("tokens/", group="residents")) == [world.member.pk]
    assert ids_of(callers.owner.get("tokens/", group="nobody")) == []


def test_it_filters_commands(callers: Callers, world: World):
    command = queue.request(
        world.charger, CommandRequest(action="ClearCache", payload={}, origin="system"), now=YESTERDAY
    )

    assert ids_of(callers.owner.get("chargers/CP1/commands/", action="clearcache")) == [str(command.pk)]
    assert ids_of(callers.owner.get("chargers/CP1/commands/", action="Reset")) == []


def test_it_filters_sessions_and_receipts(callers: Callers, paid):
    receipt = paid.receipts.get()
    tomorrow = (paid.opened_at + timedelta(days=2)).isoformat()

    for query in ({"state": "settled"}, {"property": "sunset-1"}, {"since": paid.opened_at.isoformat()}):
        assert ids_of(callers.owner.get("sessions/", **query)) == [str(paid.pk)], query
    for query in ({"state": "held"}, {"property": "sunset-2"}, {"charger": "CP2"}, {"since": tomorrow}):
        assert ids_of(callers.owner.get("sessions/", **query)) == [], query
    assert ids_of(callers.owner.get("receipts/", session=str(paid.pk))) == [receipt.pk]
    assert ids_of(callers.owner.get("receipts/", property="sunset-2")) == []


def cost(api: Api, path: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert api.get(path).status_code == 200
    return len(queries)


LISTS = ("chargers/", "chargers/CP1/messages/", "chargers/CP1/commands/", "decisions/", "rates/", "receipts/",
         "sessions/", "tokens/")  # fmt: skip


def test_it_asks_the_database_as_often_for_many_rows_as_for_one(callers: Callers, world: World, paid, more_sessions):
    tap(world.charger, "04A1B2C3D4")
    queue.request(world.charger, CommandRequest(action="ClearCache", payload={}, origin="system"), now=YESTERDAY)
    for path in LISTS:
        callers.owner.get(path)  # what is cached for some seconds, such as domains of guest pages
    before = {path: cost(callers.owner, path) for path in LISTS}

    more_sessions(3)
    for number in range(3):
        tap(world.charger, f"AA0{number}")
        make_charger(world.site, f"CP{number + 2}", station_id=f"SUN00{number + 2}")
        Token.objects.create(host=world.host, uid=f"AA0{number}", canonical_uid=f"AA0{number}").groups.add(world.group)
        queue.request(world.charger, CommandRequest(action="ClearCache", payload={}, origin="system"), now=YESTERDAY)
        rate = Rate.objects.create(host=world.host, slug=f"r{number}", name="R", currency="USD")
        RateVersion.objects.create(rate=rate, number=1, definition=PLAIN, created_at=YESTERDAY - timedelta(days=30))

    assert all(len(ids_of(callers.owner.get(path))) >= 4 for path in LISTS)
    assert {path: cost(callers.owner, path) for path in LISTS} == before


def test_a_charger_that_support_keeps_pending_can_start_nothing(callers: Callers, world: World):
    Charger.objects.update(connection_id="00000000-0000-7000-8000-000000000001", ocpp_version="1.6")
    Connector.objects.update(status="Available")
    assert callers.owner.get("chargers/CP1/").json()["connectors"][0]["can_start"] is True

    Charger.objects.update(registration="pending")

    assert callers.owner.get("chargers/CP1/").json()["connectors"][0]["can_start"] is False
