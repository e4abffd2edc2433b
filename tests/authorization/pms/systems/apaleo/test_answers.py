"""Apaleo's reservations and units as values."""

from datetime import UTC, date, datetime

import pytest

from authorization.pms.parsing.bookings import Listing, Status, UnreadableError
from authorization.pms.systems.apaleo import answers

ROW = {
    "id": "XPGMSXGF-1",
    "status": "Confirmed",
    "property": {"id": "MUC"},
    "unit": {"id": "MUC-101", "name": "101"},
    "primaryGuest": {"firstName": "Melanie", "lastName": "Huber", "email": "m@example.com", "phone": "+49 170 1234711"},
    "arrival": "2026-12-01T15:00:00+01:00",
    "departure": "2026-12-03T11:00:00+01:00",
    "modified": "2026-11-20T08:00:00Z",
}


def test_a_reservation_is_a_booking():
    booking = answers.booking(ROW)

    assert (booking.key, booking.code, booking.listing) == ("XPGMSXGF-1", "XPGMSXGF-1", "MUC-101")
    assert (booking.guest_name, booking.phone_last4) == ("Melanie Huber", "4711")
    assert (booking.arrives, booking.departs_at) == (date(2026, 12, 1), datetime(2026, 12, 3, 10, tzinfo=UTC))


@pytest.mark.parametrize(
    ("word", "status"),
    [("InHouse", Status.BOOKED), ("CheckedOut", Status.LEFT), ("Canceled", Status.CANCELLED),
     ("NoShow", Status.NO_SHOW), ("Tentative", Status.NOT_BOOKED)],
)  # fmt: skip
def test_each_word_of_theirs_has_its_status(word: str, status: Status):
    assert answers.booking({**ROW, "status": word}).status is status


def test_without_a_room_it_is_of_the_whole_property():
    assert answers.booking({**ROW, "unit": None}).listing == "MUC"


@pytest.mark.parametrize("field", ["id", "arrival", "departure"])
def test_what_no_booking_can_be_without_is_refused(field: str):
    with pytest.raises(UnreadableError):
        answers.booking({**ROW, field: None})


def test_a_room_is_a_listing():
    assert answers.listing({"id": "MUC-101", "name": "101"}) == Listing("MUC-101", "101")
    assert answers.listing({"name": "101"}) is None
