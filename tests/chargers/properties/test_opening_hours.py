"""Opening hours: read, refused by day, and put together for people."""

import pytest

from chargers.properties.opening_hours import DAYS, OpeningHoursError, Span, spans, validate

WEEKDAYS = {day: ["08:00", "22:00"] for day in DAYS[:5]}


def test_days_with_the_same_hours_are_one_span():
    assert spans(WEEKDAYS | {"sat": ["10:00", "00:00"]}) == [
        Span(0, 4, ("08:00", "22:00")),
        Span(5, 5, ("10:00", "00:00")),
        Span(6, 6, None),
    ]


def test_no_hours_mean_always_open():
    assert spans({}) == []
    assert validate({}) == {}


def test_they_are_stored_in_the_order_of_the_week():
    assert list(validate({"sun": ["10:00", "12:00"], "mon": ["10:00", "12:00"]})) == ["mon", "sun"]


@pytest.mark.parametrize(
    ("hours", "day", "says"),
    [
        ({"tue": ["08:00", "08:00"]}, "tue", "opens and closes at 08:00"),
        ({"wed": ["8:00", "22:00"]}, "wed", "Give both times"),
        ({"thu": ["08:00", "24:00"]}, "thu", "Give both times"),
        ({"fri": ["08:00"]}, "fri", "Give both times"),
        ({"fri": "08:00-22:00"}, "fri", "Give both times"),
        ({"monday": ["08:00", "22:00"]}, "monday", "is no day"),
        (["08:00"], "", "object of days"),
    ],
)
def test_what_cannot_be_names_the_day(hours, day, says):
    with pytest.raises(OpeningHoursError, match=says) as caught:
        validate(hours)

    assert caught.value.day == day


def test_a_night_closes_on_the_next_morning():
    night = {"fri": ["22:00", "06:00"]}

    assert validate(night) == night
    assert validate({"mon": ["00:00", "00:00"]}) == {"mon": ["00:00", "00:00"]}
