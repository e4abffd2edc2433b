"""Reports of chargers (firmware, logs, security, limits, values): stored, looked up and formatted."""

from datetime import UTC, datetime, timedelta

import pytest

from chargers.fleet import reports
from chargers.fleet.reports import Topic
from chargers.models import EventStream
from tests.kit.reports_pages import firmware

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("states", "steps"),
    [
        (["Downloading", "Installed", "Downloading"], 1),
        (["Downloading", "Downloaded", "Installing", "Installed"], 4),
        (["Idle", "Downloading", "Downloaded"], 2),
    ],
)
def test_it_tells_two_updates_of_1_6_apart_by_the_end_of_the_first(world, states, steps):
    firmware(world.charger, *states)

    assert len(reports.newest_run(world.charger, topic=Topic.FIRMWARE)) == steps


def test_it_keeps_the_newest_values_of_a_stream_only(world):
    values = [reports.StreamValue(NOON + timedelta(seconds=n), str(n)) for n in range(reports.MAX_RECENT + 50)]

    reports.record_values(world.charger, values, stream_id=3, pending=0)
    reports.record_values(world.charger, values[:20], stream_id=3, pending=0)

    stream = EventStream.objects.get()
    assert len(stream.recent) == reports.MAX_RECENT
    assert stream.last_value == str(reports.MAX_RECENT + 49)
    assert stream.count == reports.MAX_RECENT + 50
