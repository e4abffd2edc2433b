"""The demo's calendar is one that connections of this back office read."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from authorization.pms.systems.ical import calendars
from chargers.simulator import calendar

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
ZONE = ZoneInfo("America/New_York")


def test_its_bookings_are_read_and_its_block_is_none():
    bookings = calendars.read(calendar.feed(NOON), zone=ZONE).bookings

    assert len(bookings) == 3


def test_the_first_booking_is_under_way_today():
    first = min(calendars.read(calendar.feed(NOON), zone=ZONE).bookings, key=lambda booking: booking.arrives)

    assert first.arrives == NOON.date() - timedelta(days=1)
    assert first.departs == NOON.date() + timedelta(days=3)


def test_its_days_move_on_and_its_codes_stay():
    before = calendars.read(calendar.feed(NOON), zone=ZONE).bookings
    after = calendars.read(calendar.feed(NOON + timedelta(days=7)), zone=ZONE).bookings

    assert [booking.key for booking in before] == [booking.key for booking in after]
    assert [booking.arrives + timedelta(days=7) for booking in before] == [booking.arrives for booking in after]
