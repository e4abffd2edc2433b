"""The power of a day as a drawing: it fits the day, also the one on which the clock is put forward or back."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from chargers.pages import power_day

ZONE = ZoneInfo("Europe/Berlin")


def midnight(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=ZONE).astimezone(UTC)


def test_without_a_reading_there_is_none():
    assert power_day.draw({}, zone=ZONE, now=midnight("2026-06-10") + timedelta(hours=9)) is None


def test_a_bar_stands_at_its_time_and_is_as_high_as_its_share_of_a_round_number():
    begin = midnight("2026-06-10")

    day = power_day.draw({begin + timedelta(hours=6): 6000}, zone=ZONE, now=begin + timedelta(hours=12))

    assert day is not None
    [bar] = day.bars
    assert (day.top_w, f"{bar.begins_at:%H:%M}") == (8000, "06:00")
    assert (bar.x, bar.y, bar.height) == (power_day.WIDTH / 4, 35.0, 105.0)
    assert day.now_x == power_day.WIDTH / 2


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-06-10", 24), ("2026-10-25", 25)])
def test_the_last_quarter_of_a_day_ends_at_the_edge(day: str, hours: int):
    begin = midnight(day)
    last = begin + timedelta(hours=hours, minutes=-15)

    drawn = power_day.draw({last: 1000}, zone=ZONE, now=begin + timedelta(hours=hours, seconds=-1))

    assert drawn is not None
    assert drawn.bars[0].x + drawn.bars[0].width + 1 == pytest.approx(power_day.WIDTH, abs=0.2)
    assert [tick.label for tick in drawn.ticks] == ["00:00", "06:00", "12:00", "18:00"]


def test_the_highest_is_named():
    begin = midnight("2026-06-10")
    powers = {begin: 2000, begin + timedelta(hours=1): 11_000, begin + timedelta(hours=2): 7000}

    day = power_day.draw(powers, zone=ZONE, now=begin + timedelta(hours=3))

    assert day is not None
    assert (day.highest.power_w, f"{day.highest.begins_at:%H:%M}") == (11_000, "01:00")
