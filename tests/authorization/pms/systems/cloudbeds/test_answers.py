"""Cloudbeds's reservations and rooms as values."""

from datetime import date

import pytest

from authorization.pms.parsing.bookings import Listing, Status, UnreadableError
from authorization.pms.systems.cloudbeds import answers

ROW = {
    "propertyID": "77",
    "reservationID": "8123456789012",
    "thirdPartyIdentifier": "HMABCDEFGH",
    "status": "confirmed",
    "guestName": "M. Huber",
    "startDate": "2026-12-01",
    "endDate": "2026-12-03",
    "dateModified": "2026-11-20 08:00:00",
    "rooms": [{"roomID": "77-1", "roomName": "101"}],
    "guestList": {
        "1": {"guestFirstName": "Tom", "guestLastName": "Huber", "guestPhone": "+1 555 0000", "isMainGuest": False},
        "2": {
            "guestFirstName": "Melanie",
            "guestLastName": "Huber",
            "guestEmail": "m@example.com",
            "guestCellPhone": "",
            "guestPhone": "+49 170 1234711",
            "isMainGuest": True,
        },
    },
}


def test_a_reservation_is_a_booking_of_its_main_guest():
    booking = answers.booking(ROW)

    assert (booking.key, booking.code, booking.listing) == ("8123456789012", "HMABCDEFGH", "77-1")
    assert (booking.guest_name, booking.guest_email, booking.phone_last4) == ("Melanie Huber", "m@example.com", "4711")
    assert (booking.arrives, booking.departs) == (date(2026, 12, 1), date(2026, 12, 3))


@pytest.mark.parametrize(
    ("word", "status"),
    [("checked_in", Status.BOOKED), ("checked_out", Status.LEFT), ("canceled", Status.CANCELLED),
     ("no_show", Status.NO_SHOW), ("not_confirmed", Status.NOT_BOOKED)],
)  # fmt: skip
def test_each_word_of_theirs_has_its_status(word, status):
    assert answers.booking({**ROW, "status": word}).status is status


@pytest.mark.parametrize("rooms", [None, [], [{"roomID": "77-1"}, {"roomID": "77-2"}], [{"roomID": None}]])
def test_without_one_room_it_is_of_the_whole_property(rooms):
    assert answers.booking({**ROW, "rooms": rooms}).listing == "77"


def test_without_details_the_name_of_the_reservation_is_taken():
    booking = answers.booking({**ROW, "guestList": []})

    assert (booking.guest_name, booking.phone_last4) == ("M. Huber", "")


@pytest.mark.parametrize("field", ["reservationID", "startDate", "endDate"])
def test_what_no_booking_can_be_without_is_refused(field):
    with pytest.raises(UnreadableError):
        answers.booking({**ROW, field: None})


def test_rooms_and_properties_are_listings():
    assert answers.listing({"roomID": "77-1", "roomName": "101"}) == Listing("77-1", "101")
    assert answers.listing({"propertyID": "77"}) == Listing("77", "")
