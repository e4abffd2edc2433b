"""Names of time zones: an abbreviation where the zone has one, else the difference to UTC."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from chargers.formatting import zones

AT = datetime(2026, 3, 10, 21, 0, 5, tzinfo=UTC)


@pytest.mark.parametrize(("hour", "name"), [(5, "EDT"), (6, "EST")])
def test_both_hours_of_a_clock_change_have_the_name_of_their_zone(hour: int, name: str):
    at = datetime(2027, 11, 7, hour, 30, tzinfo=UTC)  # 01:30 in New York, twice

    assert zones.name(at.astimezone(ZoneInfo("America/New_York"))) == name


def test_a_zone_without_an_abbreviation_is_named_by_its_difference():
    assert zones.name(AT.astimezone(ZoneInfo("America/Sao_Paulo"))) == "UTC−3"


@pytest.mark.parametrize(
    ("zone", "difference"),
    [
        ("UTC", "UTC"),
        ("America/New_York", "UTC−4"),
        ("Asia/Kathmandu", "UTC+5:45"),
        ("America/St_Johns", "UTC−2:30"),
    ],
)
def test_the_difference_to_utc_has_minutes_where_there_are_some(zone: str, difference: str):
    assert zones.utc_difference(AT.astimezone(ZoneInfo(zone))) == difference
