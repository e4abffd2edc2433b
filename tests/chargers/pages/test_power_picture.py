"""A property's load against its limit: lines with gaps, a round scale, a row for each step."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from chargers.models import PowerSample
from chargers.pages import power_picture
from chargers.pages.power_picture import HEIGHT

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
NEW_YORK = ZoneInfo("America/New_York")


def sample(minutes_ago, *, drawn=9, limit=20):
    at = NOW - timedelta(minutes=minutes_ago)
    return PowerSample(at=at, drawn_a=Decimal(drawn), allotted_a=Decimal(12), limit_a=Decimal(limit))


def test_a_silence_is_a_gap_in_the_picture():
    picture = power_picture.of_samples([sample(ago) for ago in (1, 4, 200, 203)], zone=NEW_YORK, now=NOW)

    assert picture is not None
    assert len(picture.drawn) == len(picture.limit) == 2
    assert power_picture.of_samples([], zone=ZoneInfo("UTC"), now=NOW) is None


def test_what_was_drawn_stands_at_its_part_of_the_scale_and_the_limit_below_the_frame():
    picture = power_picture.of_samples([sample(1, drawn=20, limit=20), sample(3, drawn=10)], zone=NEW_YORK, now=NOW)

    assert picture.scale == ("30 A", "15 A", "0 A")
    assert [row.y for row in picture.rows] == [HEIGHT * 2 / 3, HEIGHT / 3]
    assert f"V{HEIGHT / 3}" in picture.limit[0]
    assert (picture.now.drawn, picture.now.limit, picture.now.at) == ("20 A", "20 A", "07:59")


def test_times_are_those_of_the_property_and_go_from_left_to_right():
    picture = power_picture.of_samples([sample(ago) for ago in range(1, 56)], zone=NEW_YORK, now=NOW)

    assert picture.title == "The last hour"
    assert (picture.rows[0].at, picture.rows[-1].at) == ("07:05", "07:59")
    assert [row.x for row in picture.rows] == sorted(row.x for row in picture.rows)
    assert all(0 <= row.x <= 100 for row in picture.rows)
    assert [tick.label for tick in picture.ticks][-1] == "08:00"


@pytest.mark.parametrize(
    ("oldest", "title", "most"), [(300, "The last 6 hours", 121), (1400, "The last 24 hours", 145)]
)
def test_a_longer_time_has_longer_steps(oldest, title, most):
    picture = power_picture.of_samples([sample(ago) for ago in range(1, oldest)], zone=NEW_YORK, now=NOW)

    assert picture.title == title
    assert len(picture.rows) <= most
