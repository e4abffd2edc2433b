"""The REST API about which rate somebody pays at a charger, and why."""

import pytest

from tests.kit.callers import PLAIN, Callers, rate
from tests.kit.world import World

__all__ = ["rate"]


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
