"""Spans are filled from the statuses that were reported before there were any."""

from datetime import UTC, datetime, timedelta

from chargers.models import StateSpan
from tests.kit.migrating import Migrate, landed, migrate
from tests.pages.conftest import World, world

__all__ = ["migrate", "world"]

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
BEFORE, AFTER = [("chargers", "0021_properties_opened_and_closed")], [("chargers", "0022_state_spans")]


@landed
def test_reported_statuses_become_spans_and_repeated_ones_one(world: World, migrate: Migrate):
    old = migrate(BEFORE)
    for hour, status in enumerate(["Available", "Charging", "SuspendedEV", "Faulted", "Faulted", "Available"]):
        old.get_model("chargers", "StatusReport").objects.create(
            charger_id=world.charger.pk,
            evse_number=1,
            connector_number=1,
            status=status,
            at=NOW + hour * HOUR,
            received_at=NOW + hour * HOUR,
        )
    old.get_model("chargers", "Connector").objects.update(status="Available", status_at=NOW + 5 * HOUR)
    old.get_model("chargers", "Charger").objects.update(disconnected_at=NOW + 6 * HOUR)

    migrate(AFTER)

    rows = StateSpan.objects.filter(track="status").order_by("since")
    assert [(row.state, (row.since - NOW) // HOUR, row.until and (row.until - NOW) // HOUR) for row in rows] == [
        ("free", 0, 1),
        ("in_use", 1, 3),
        ("faulted", 3, 5),
        ("free", 5, None),
    ]
    [connection] = StateSpan.objects.filter(track="connection")
    assert (connection.state, connection.since, connection.until) == ("offline", NOW + 6 * HOUR, None)
