"""Quiet hours by the clocks of a zone, over midnight too."""

from datetime import UTC, datetime, time

import pytest

from backoffice.portal.alerts import quiet_hours
from backoffice.portal.alerts.quiet_hours import QuietHours

NIGHT = QuietHours(begins=time(22), ends=time(7), zone="Europe/Amsterdam")
NOON = QuietHours(begins=time(12), ends=time(13), zone="Europe/Amsterdam")


@pytest.mark.parametrize(
    ("quiet", "now", "due"),
    [
        (NIGHT, "2026-01-10T20:59", "2026-01-10T20:59"),
        (NIGHT, "2026-01-10T21:00", "2026-01-11T06:00"),
        (NIGHT, "2026-01-11T02:00", "2026-01-11T06:00"),
        (NIGHT, "2026-01-11T06:00", "2026-01-11T06:00"),
        (NIGHT, "2026-07-10T21:30", "2026-07-11T05:00"),
        (NOON, "2026-01-10T11:30", "2026-01-10T12:00"),
        (NOON, "2026-01-10T12:00", "2026-01-10T12:00"),
        (None, "2026-01-10T02:00", "2026-01-10T02:00"),
        (QuietHours(begins=time(5), ends=time(5), zone="UTC"), "2026-01-10T05:00", "2026-01-10T05:00"),
    ],
)
def test_a_notice_goes_out_now_or_when_they_end(quiet, now, due):
    def at(text):
        return datetime.fromisoformat(text).replace(tzinfo=UTC)

    assert quiet_hours.due_at(at(now), quiet) == at(due)


def test_they_end_at_the_hour_that_the_clocks_show_after_they_changed():
    """In the night to 29 March 2026 the clocks of Amsterdam go forward: 07:00 is 05:00 UTC."""
    found = quiet_hours.due_at(datetime(2026, 3, 28, 22, tzinfo=UTC), NIGHT)

    assert found == datetime(2026, 3, 29, 5, tzinfo=UTC)
