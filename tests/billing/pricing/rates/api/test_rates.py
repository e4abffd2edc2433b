"""Which rate holds and why, versions that are planned, and the decision on a held session."""

from datetime import timedelta

import pytest

from authorization.models import AuditEntry
from billing.models import Session
from billing.sessions.holds import holds
from billing.sessions.lifecycle import lifecycle
from tests.kit import charging
from tests.kit.callers import PLAIN, Callers, rate
from tests.kit.charging import YESTERDAY
from tests.kit.world import World

__all__ = ["rate"]


@pytest.fixture
def held(world: World, rate) -> Session:
    """5 kWh in half an hour, and then a register that went astray."""
    session = lifecycle.open_for_guest(lifecycle.GuestOrder(charger=world.charger, evse_number=1), now=YESTERDAY)
    hold = holds.open_hold(session, amount_minor=4000, now=YESTERDAY)
    holds.authorize(hold, card="4242 4242 4242 4242", now=YESTERDAY)
    row = charging.start(world.charger, uid=session.id_token, at=YESTERDAY)
    charging.read(row, 6000, at=YESTERDAY + timedelta(minutes=30))
    return charging.finish(row, wh=9_000_000, at=YESTERDAY + timedelta(hours=2))


def test_it_says_which_rate_holds_and_why(callers: Callers, world: World, rate):
    told = callers.owner.get("chargers/CP1/rate/", audience="guest", connector=1).json()
    nobody = callers.owner.get("chargers/CP1/rate/", audience="roaming").json()

    assert (told["rate"], told["version"]["number"], told["beaten"]) == (rate.rate_id, 1, [])
    assert told["reason"].startswith("Guests pay “Plain”, version 1")
    assert (nobody["rate"], nobody["reason"]) == (None, "Roaming drivers have no rate at charger SUN001.")


def test_it_names_the_card_groups_rate_and_what_it_went_before(callers: Callers, world: World, rate):
    mine = {"rate": rate.rate_id, "property": "sunset-1", "audience": "member"}
    callers.owner.post("rate-assignments/", mine)
    other = callers.owner.post("rates/", {"name": "Homely", "definition": PLAIN}).json()
    callers.owner.post("rate-assignments/", mine | {"rate": other["id"], "group": world.group.slug, "priority": 2})

    told = callers.owner.get("chargers/CP1/rate/", audience="member", token=world.member.pk).json()

    assert told["rate"] == other["id"]
    assert told["beaten"] == ["“Plain” for members at all chargers of Sunset 1"]


@pytest.mark.parametrize(
    "query",
    [{}, {"audience": "everybody"}, {"audience": "guest", "at": "soon"}, {"audience": "member", "token": 999999}],
)
def test_it_asks_who_and_when(callers: Callers, rate, query):
    assert callers.owner.get("chargers/CP1/rate/", **query).status_code == 400


def test_another_host_learns_no_price(callers: Callers, rate):
    foreign = callers.stranger.get("chargers/CP1/rate/", audience="guest")
    absent = callers.stranger.get("chargers/CP9/rate/", audience="guest")
    assert (foreign.status_code, foreign.json()) == (404, absent.json())


def test_it_plans_a_version_and_refuses_one_in_the_past(callers: Callers, rate):
    dearer = {"energy": [{"name": "all day", "price": "0.99"}]}
    address = f"rates/{rate.rate_id}/versions/"

    past = callers.owner.post(address, {"definition": dearer, "valid_from": "2020-01-01T00:00:00Z"})
    planned = callers.owner.post(address, {"definition": dearer, "valid_from": "2199-01-01T00:00:00Z"})
    told = callers.owner.get(f"rates/{rate.rate_id}/").json()

    assert (past.status_code, past.json()["errors"][0]["path"]) == (400, "valid_from")
    assert (planned.status_code, planned.json()["valid_from"]) == (201, "2199-01-01T00:00:00Z")
    assert (told["newest"]["number"], told["in_force"]) == (2, 1)


def test_it_tells_what_is_doubtful_about_new_prices(callers: Callers, rate):
    day = {"energy": [{"name": "day", "price": "0.40", "from": "06:00", "to": "22:00"}]}

    made = callers.owner.post("rates/", {"name": "Day", "definition": day}).json()
    version = callers.owner.post(f"rates/{rate.rate_id}/versions/", {"definition": day}).json()
    shown = callers.owner.get(f"rates/{rate.rate_id}/").json()

    [finding] = made["newest"]["findings"]
    assert (finding["code"], finding["severity"]) == ("gap", "warn")
    assert finding["what"].startswith("No price per kWh holds on Mon")
    assert version["findings"] == shown["newest"]["findings"] == [finding]


def test_it_offers_the_ways_to_bill_a_held_session_and_takes_one(callers: Callers, held: Session):
    address = f"sessions/{held.pk}/review/"

    told = callers.owner.get(address).json()
    wrong = callers.owner.post(address, {"choice": "last_trusted", "total_minor": 1})
    billed = callers.owner.post(address, {"choice": "last_trusted", "total_minor": told["offers"][0]["total_minor"]})

    assert (told["state"], told["offers"][0]["choice"], told["offers"][0]["energy_wh"]) == (
        "held",
        "last_trusted",
        5000,
    )
    assert (wrong.status_code, wrong.json()["errors"][0]["path"]) == (400, "choice")
    assert (billed.status_code, billed.json()["state"], billed.json()["offers"]) == (200, "settled", [])
    assert AuditEntry.objects.get().verb == "session.reviewed"
    assert AuditEntry.objects.get().actor.startswith("api:")


def test_it_bills_as_it_stands_only_with_readings_that_somebody_checked(callers: Callers, held: Session):
    address = f"sessions/{held.pk}/review/"
    [offer] = [one for one in callers.owner.get(address).json()["offers"] if one["choice"] == "as_it_stands"]
    asked = {"choice": "as_it_stands", "total_minor": offer["total_minor"]}

    refused = callers.owner.post(address, asked)
    billed = callers.owner.post(address, asked | {"readings_checked": True})

    assert offer["needs_check"] is True
    assert (refused.status_code, refused.json()["errors"][0]["path"]) == (400, "readings_checked")
    assert "looked at the readings" in refused.json()["errors"][0]["message"]
    assert (billed.status_code, billed.json()["state"]) == (200, "settled")


def test_another_host_reviews_nothing(callers: Callers, held: Session):
    address = f"sessions/{held.pk}/review/"
    assert callers.stranger.get(address).status_code == 404
    assert callers.stranger.post(address, {"choice": "last_trusted", "total_minor": 300}).status_code == 404
    assert callers.agent.get(address).status_code == 200
