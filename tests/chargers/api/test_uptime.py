"""Uptime of a charger's ports by the REST API, and outages that do not count."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from authorization.models import AuditEntry
from chargers.fleet import presence
from tests.kit.callers import Callers
from tests.kit.world import World

pytestmark = pytest.mark.django_db
NOW = datetime.now(tz=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def broken(world: World) -> None:
    presence.connect(world.charger, connection_id=uuid.uuid4(), version="1.6", now=NOW - 100 * HOUR)
    presence.disconnect_all(now=NOW - 50 * HOUR)
    presence.connect(world.charger, connection_id=uuid.uuid4(), version="1.6", now=NOW - 40 * HOUR)


def test_it_gives_uptime_with_every_outage_and_what_is_excluded(callers: Callers, broken):
    body = {
        "kind": "network",
        "begins_at": (NOW - 50 * HOUR).isoformat(),
        "ends_at": (NOW - 45 * HOUR).isoformat(),
        "reason": "The provider's ticket 4711",
    }

    made = callers.owner.post("chargers/CP1/outage-exclusions/", body)

    assert made.status_code == 201
    [port] = callers.owner.get("chargers/CP1/uptime/", window_days=365).json()["ports"]
    assert (port["outage_minutes"], port["excluded_minutes"], port["nevi_excluded_minutes"]) == (600, 300, 0)
    assert float(port["raw_pct"]) == pytest.approx(90, abs=0.2)
    assert float(port["uptime_pct"]) == pytest.approx(95, abs=0.2)
    assert len(port["outages"]) == 1
    withdrawn = callers.owner.post(f"chargers/CP1/outage-exclusions/{made.json()['id']}/withdraw/", {})
    assert withdrawn.json()["withdrawn_at"]
    assert AuditEntry.objects.count() == 2


def test_another_host_sees_and_excludes_nothing(callers: Callers, broken):
    assert callers.stranger.get("chargers/CP1/uptime/").status_code == 404
    assert callers.stranger.post("chargers/CP1/outage-exclusions/", {}).status_code == 404
    assert callers.stranger.post("chargers/CP1/outage-exclusions/1/withdraw/", {}).status_code == 404


@pytest.mark.parametrize("days", ["0", "367", "x", "²"])
def test_it_refuses_a_window_that_is_none(callers: Callers, broken, days):
    assert callers.owner.get("chargers/CP1/uptime/", window_days=days).status_code == 400
