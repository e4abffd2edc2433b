"""Windows as people write them: times, days, dates and tiers, what they may not share, and where they must join."""

from datetime import date

import pytest

from billing.engine.rate import windows
from billing.engine.rate.calendar import EVERY_DAY, WHOLE_WEEK, Window
from billing.engine.rate.reading import Node, Problem
from billing.engine.rate.windows import PricedWindow


def reading(value: object) -> tuple[Node, list[Problem]]:
    problems: list[Problem] = []
    return Node(value=value, path="w", problems=problems), problems


def complaints(read, value: object) -> list[str]:
    node, problems = reading(value)
    read(node)
    return [problem.message for problem in problems]


def fee_window(**fields: object) -> Window:
    node, problems = reading([fields])
    [window] = windows.fee_windows(node)
    assert problems == []
    return window


def test_a_window_has_minutes_and_days_of_the_week():
    window = fee_window(**{"from": "18:00", "to": "08:30", "days": ["SAT", "SUN"]})

    assert (window.start_minute, window.end_minute, window.weekdays) == (1080, 510, frozenset({5, 6}))


def test_what_is_left_out_is_every_day_and_the_whole_day():
    assert fee_window(days=["MON"]).is_whole_day
    assert fee_window(**{"from": "18:00"}).weekdays == EVERY_DAY
    assert fee_window(**{"from": "18:00", "to": "00:00"}).end_minute == 1440, "midnight is the end of the day"
    assert fee_window(**{"from": "18:00", "to": "24:00"}).end_minute == 1440


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        ([], "No window is named"),
        ([{}], "Name days or times of this window"),
        ([{"from": "24:00", "to": "08:00"}], "cannot start at 24:00"),
        ([{"from": "08:00", "to": "08:00"}], "starts and ends at the same time"),
        ([{"from": "8:00", "to": "09:00"}], "Expected a time of day such as 17:00, found '8:00'"),
        ([{"from": "25:00"}], "Expected a time of day"),
        ([{"from": 8}], "Expected a time of day"),
        ([{"days": []}], "No day is named"),
        ([{"days": ["MON", "MON"]}], "A day is named twice"),
        ([{"days": ["MO"]}], "day"),
        ([{"days": ["MON"]}] * 49, "at most 48 windows"),
    ],
)
def test_what_makes_no_sense_is_said_at_its_place(value: object, complaint: str):
    assert any(complaint in message for message in complaints(windows.fee_windows, value))


def test_free_windows_are_pairs_that_do_not_meet():
    node, problems = reading([["22:00", "07:00"], ["12:00", "13:00"]])

    assert [(window.start_minute, window.end_minute) for window in windows.free_windows(node)] == [
        (1320, 420), (720, 780),
    ]  # fmt: skip
    assert problems == []
    assert "overlaps with" in complaints(windows.free_windows, [["22:00", "07:00"], ["06:00", "08:00"]])[0]
    assert "Expected the two ends of a window" in complaints(windows.free_windows, [["22:00"]])[0]


def test_dates_are_read_and_must_be_in_order():
    node, problems = reading({"from_date": "2026-06-01", "to_date": "2026-08-31"})
    window = windows.window(dict(node.fields(optional=("from_date", "to_date"))))
    assert (window.first_day, window.last_day, problems) == (date(2026, 6, 1), date(2026, 8, 31), [])

    def read(node: Node) -> None:
        windows.window(dict(node.fields(optional=("from_date", "to_date"))))

    assert "swap the two dates" in complaints(read, {"from_date": "2026-08-31", "to_date": "2026-06-01"})[0]
    for no_date in ("2026-02-30", "20260601", "2026-6-1", 7):
        assert "Expected a date such as 2026-06-01" in complaints(read, {"from_date": no_date})[0]


def priced(start: int = 0, end: int = 1440, **tier: int | None) -> PricedWindow:
    return PricedWindow(window=Window(start_minute=start, end_minute=end, weekdays=EVERY_DAY), **tier)


def overlaps(*entries: PricedWindow) -> list[str]:
    problems: list[Problem] = []
    nodes = [Node(value={}, path=f"energy[{number}]", problems=problems) for number in range(len(entries))]
    windows.forbid_overlaps(nodes, entries=entries)
    return [problem.path for problem in problems]


def test_two_prices_narrowed_by_the_same_things_must_not_meet():
    assert overlaps(priced(480, 720), priced(700, 800)) == ["energy[1]"]
    assert overlaps(priced(480, 720), priced(720, 800)) == []
    assert overlaps(priced(from_wh=0, to_wh=10_000), priced(from_wh=9999)) == ["energy[1]"]
    assert overlaps(priced(from_wh=0, to_wh=10_000), priced(from_wh=10_000)) == []


def test_an_exception_may_lie_over_a_general_price():
    assert overlaps(priced(480, 720), priced(), priced(from_wh=0, to_wh=10_000)) == []


def test_more_exceptions_than_can_be_compared_are_refused():
    many = [priced(from_wh=number, to_wh=number + 1) for number in range(201)]

    assert overlaps(*many) == ["energy[200]"]


def joined(*entries: PricedWindow) -> list[str]:
    problems: list[Problem] = []
    nodes = [Node(value={}, path=f"energy[{number}]", problems=problems) for number in range(len(entries))]
    windows.require_joined_tiers(nodes, entries=entries)
    return [problem.message for problem in problems]


def test_tiers_begin_at_zero_join_and_end_open():
    assert joined(priced(to_wh=10_000), priced(from_wh=10_000)) == []
    assert joined(priced(to_wh=10_000), priced(from_wh=12_500)) == [
        "Between 10 and 12.5 kWh no price holds: let this tier begin at 10 kWh."
    ]
    assert joined(priced(from_wh=5000)) == ["Between 0 and 5 kWh no price holds: let this tier begin at 0 kWh."]
    assert joined(priced(to_wh=10_000)) == ["Above 10 kWh no price holds: leave `to_kwh` of the last tier out."]


def test_a_price_for_everything_holds_for_what_tiers_leave_out():
    assert PricedWindow(window=WHOLE_WEEK).narrowed_by == frozenset()
    assert joined(priced(from_wh=5000, to_wh=6000), PricedWindow(window=WHOLE_WEEK)) == []
