"""Windows on the wall clock, across midnight, weekends and changes of the clock."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from billing.engine.rate import calendar
from billing.engine.rate.calendar import NEVER, Window, slices

NEW_YORK = ZoneInfo("America/New_York")
HOUR = timedelta(hours=1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def held(window: Window, *, start: str, end: str, zone: ZoneInfo) -> timedelta:
    pieces = slices(utc(start), utc(end), zone=zone, edges=window.edges)
    inside = (piece.end - piece.start for piece in pieces if window.covers(weekday=piece.weekday, minute=piece.minute))
    return sum(inside, timedelta(0))


@pytest.mark.parametrize(
    ("start_minute", "end_minute", "hours"),
    [(60, 120, 1), (120, 180, 0), (150, 240, 1), (0, 240, 3), (180, 60, 22)],
)
def test_it_gives_nothing_for_an_hour_that_the_clock_skips(start_minute: int, end_minute: int, hours: int) -> None:
    # 2026-03-08 in New York has no 02:00 to 03:00; the local day lasts from 05:00Z for 23 hours.
    window = Window(start_minute=start_minute, end_minute=end_minute)
    assert held(window, start="2026-03-08T05:00", end="2026-03-09T04:00", zone=NEW_YORK) == hours * HOUR


@pytest.mark.parametrize(
    ("start_minute", "end_minute", "hours"), [(60, 120, 2), (120, 180, 1), (90, 120, 1), (0, 60, 1)]
)
def test_it_gives_an_hour_that_the_clock_repeats_twice(start_minute: int, end_minute: int, hours: int) -> None:
    # 2026-11-01 in New York has 01:00 to 02:00 twice; the local day lasts from 04:00Z for 25 hours.
    window = Window(start_minute=start_minute, end_minute=end_minute)
    assert held(window, start="2026-11-01T04:00", end="2026-11-02T05:00", zone=NEW_YORK) == hours * HOUR


def test_it_judges_the_weekday_of_each_instant() -> None:
    friday_night = Window(start_minute=22 * 60, end_minute=6 * 60, weekdays=frozenset({4}))
    # Friday 2026-03-13 00:00 to 06:00 and 22:00 to 24:00, nothing on Saturday.
    assert held(friday_night, start="2026-03-12T12:00", end="2026-03-15T12:00", zone=ZoneInfo("UTC")) == 8 * HOUR


def test_it_cuts_at_midnight_for_windows_of_whole_days() -> None:
    saturday = Window(weekdays=frozenset({5}))
    assert held(saturday, start="2026-03-13T22:00", end="2026-03-14T05:30", zone=NEW_YORK) == 1.5 * HOUR


def test_it_covers_all_elapsed_time_without_gap() -> None:
    start, end = utc("2026-10-31T13:07:21"), utc("2026-11-03T02:11:00")
    pieces = list(slices(start, end, zone=NEW_YORK, edges=frozenset({0, 90, 1020})))

    assert pieces[0].start == start
    assert pieces[-1].end == end
    assert all(earlier.end == later.start for earlier, later in pairwise(pieces))
    assert all(piece.start < piece.end for piece in pieces)


def test_it_cuts_nothing_of_no_time() -> None:
    assert list(slices(utc("2026-03-10T10:00"), utc("2026-03-10T10:00"), zone=NEW_YORK, edges=frozenset({0}))) == []


@pytest.mark.parametrize(
    ("free", "rest"),
    [
        ([], [Window()]),
        ([Window()], [NEVER]),
        ([Window(22 * 60, 7 * 60)], [Window(7 * 60, 22 * 60)]),
        ([Window(12 * 60, 13 * 60)], [Window(13 * 60, 12 * 60)]),
        (
            [Window(weekdays=frozenset((5, 6)))],
            [Window(weekdays=frozenset((0, 1, 2, 3, 4)))],
        ),
        (
            [Window(0, 60), Window(30, 90), Window(90, 120, frozenset((0,)))],
            [Window(120, 1440, frozenset((0,))), Window(90, 1440, frozenset((1, 2, 3, 4, 5, 6)))],
        ),
    ],
)
def test_it_says_which_hours_are_left_outside_of_some(free: list[Window], rest: list[Window]) -> None:
    assert list(calendar.outside(free)) == rest
