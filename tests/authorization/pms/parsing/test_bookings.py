from datetime import UTC, date, datetime, time

import pytest

from authorization.pms.parsing import bookings
from authorization.pms.parsing.bookings import Booking, Status, UnreadableError


def booking(**fields) -> Booking:
    values = {"key": "r1", "listing": "l1", "status": Status.BOOKED, "arrives": date(2026, 4, 1)}
    return Booking(**{**values, "departs": date(2026, 4, 3), **fields})


def test_a_day_is_the_one_that_is_written():
    assert bookings.day("2026-04-01T02:00:00-04:00", label="arrival") == date(2026, 4, 1)


@pytest.mark.parametrize("value", [None, "", "soon", "1899-01-01", 20260401, {"a": 1}])
def test_what_is_no_day_is_named(value):
    with pytest.raises(UnreadableError, match=r"arrival is .*, which is no day"):
        bookings.day(value, label="arrival")


@pytest.mark.parametrize(
    ("value", "expected"),
    [("15:00", time(15)), ("9:30:00", time(9, 30)), ("24:00", None), ("3 pm", None), (15, None)],
)
def test_an_hour_is_an_hour_or_nothing(value, expected):
    assert bookings.hour(value) == expected


def test_a_moment_needs_an_offset():
    assert bookings.moment("2026-04-01T12:00:00+02:00") == datetime(2026, 4, 1, 10, tzinfo=UTC)
    assert bookings.moment("2026-04-01T12:00:00") is None


@pytest.mark.parametrize(("phone", "digits"), [("+31 6 1234 5678", "5678"), ("12", ""), (None, ""), (5678, "")])
def test_the_last_four_digits_of_a_phone(phone, digits):
    assert bookings.last4(phone) == digits


def test_text_is_one_clean_line():
    assert bookings.text({"name": " Kim\x00\n de\tVries "}, "name") == "Kim de Vries"
    assert bookings.text({"id": 7, "name": True}, "name", "id") == "7"


def test_a_booking_of_hours_may_be_within_a_day():
    at = [datetime(2026, 4, 1, hour, tzinfo=UTC) for hour in (10, 14)]
    same_day = {"departs": date(2026, 4, 1)}

    assert bookings.require_valid_days(booking(**same_day, arrives_at=at[0], departs_at=at[1]))
    with pytest.raises(UnreadableError):
        bookings.require_valid_days(booking(**same_day))
