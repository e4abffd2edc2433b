"""The REST API about sessions: what was charged, what it costs and why, and how it was paid."""

from datetime import timedelta

import pytest

from authorization.models import AuditEntry
from billing.models import Session
from billing.sessions.holds import holds
from billing.sessions.lifecycle import lifecycle
from tests.kit import charging
from tests.kit.callers import Callers, rate
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
