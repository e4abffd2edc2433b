"""Reads single fields of a charger's payload, tolerant of type and spelling; missing or senseless is None."""

from datetime import UTC, datetime, timedelta

import pytest

from chargers.protocol.fields import Zone
from tests.kit.v16 import stated

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "ahead_h"),
    [("2026-11-21T12:00:20", 0), ("2026-11-21T14:00:20", 2), ("2026-11-21 06:59:50.123", -5)],
)
def test_it_reads_a_time_without_a_zone_by_the_whole_hours_that_fit_our_clock(text, ahead_h):
    zone = Zone()

    at, said = stated(text, zone=zone)

    assert abs((at - NOW).total_seconds()) < 30
    assert zone.offset == timedelta(hours=ahead_h)
    assert "without a zone: read as UTC" in said[0]


def test_it_reads_a_late_time_without_a_zone_in_the_zone_that_the_charger_has_shown():
    zone = Zone()
    stated("2026-11-21T14:00:00", zone=zone)

    assert stated("2026-11-21T11:47:00", zone=zone)[0] == datetime(2026, 11, 21, 9, 47, tzinfo=UTC)
