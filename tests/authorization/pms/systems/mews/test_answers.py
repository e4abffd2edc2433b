"""Mews's reservations, customers and rooms as values."""

from datetime import UTC, datetime

import pytest

from authorization.pms.parsing.bookings import Listing, Status, UnreadableError
from authorization.pms.systems.mews import answers

ROW = {
    "Id": "bfee2c44-1f84-4326-a862-5289598f6e2d",
    "Number": "52",
    "ChannelNumber": "HMABCDEFGH",
    "AccountId": "guest-1",
    "ServiceId": "stay",
    "AssignedResourceId": "room-101",
    "State": "Confirmed",
    "ScheduledStartUtc": "2026-12-01T14:00:00Z",
    "StartUtc": "2026-12-01T16:20:00Z",
    "ScheduledEndUtc": "2026-12-03T10:00:00Z",
    "EndUtc": "2026-12-03T10:00:00Z",
    "UpdatedUtc": "2026-11-20T08:00:00Z",
}
CUSTOMERS = {
    "guest-1": {"FirstName": "Melanie", "LastName": "Huber", "Email": "m@example.com", "Phone": "+49 170 1234711"}
}


def test_a_reservation_is_a_booking_of_the_guest_who_owns_it():
    booking = answers.booking(ROW, customers=CUSTOMERS)

    assert (booking.key, booking.code, booking.listing) == (ROW["Id"], "HMABCDEFGH", "room-101")
    assert (booking.guest_name, booking.guest_email, booking.phone_last4) == ("Melanie Huber", "m@example.com", "4711")
    assert booking.arrives_at == datetime(2026, 12, 1, 14, tzinfo=UTC)
    assert booking.departs_at == datetime(2026, 12, 3, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("change", "status"),
    [({"State": "Started"}, Status.BOOKED), ({"State": "Processed"}, Status.LEFT),
     ({"State": "Canceled"}, Status.CANCELLED), ({"State": "Optional"}, Status.NOT_BOOKED),
     ({"State": "Canceled", "CancellationReason": "NoShow"}, Status.NO_SHOW)],
)  # fmt: skip
def test_each_state_of_theirs_has_its_status(change, status):
    assert answers.booking({**ROW, **change}, customers=CUSTOMERS).status is status


def test_without_a_room_it_is_of_the_service_and_without_a_person_nobody_is_named():
    booking = answers.booking({**ROW, "AssignedResourceId": None}, customers={})

    assert (booking.listing, booking.guest_name, booking.phone_last4) == ("stay", "", "")


@pytest.mark.parametrize("change", [{"Id": None}, {"ScheduledStartUtc": "soon"}, {"ScheduledEndUtc": "2026-11-30"}])
def test_what_no_booking_can_be_is_refused(change):
    with pytest.raises(UnreadableError):
        answers.booking({**ROW, **change}, customers={})


def test_a_room_in_use_is_a_listing():
    assert answers.listing({"Id": "room-101", "Name": "101", "IsActive": True}) == Listing("room-101", "101")
    assert answers.listing({"Id": "room-102", "Name": "102", "IsActive": False}) is None
