from datetime import UTC, date, datetime, time

import pytest

from authorization.pms.parsing.bookings import Listing, Status, UnreadableError
from authorization.pms.systems.guesty import answers

ROW = {
    "_id": "66f0",
    "confirmationCode": "HMABC12345",
    "status": "confirmed",
    "listingId": "l1",
    "checkIn": "2026-04-02T02:00:00.000Z",
    "checkOut": "2026-04-04T15:00:00.000Z",
    "checkInDateLocalized": "2026-04-01",
    "checkOutDateLocalized": "2026-04-04",
    "plannedArrival": "16:30",
    "guest": {"fullName": "Kim de Vries", "email": "kim@example.com", "phone": "+31612345678"},
    "lastUpdatedAt": "2026-03-01T10:00:00.000Z",
}


def test_days_are_the_localized_ones():
    found = answers.booking(ROW)

    assert (found.key, found.code, found.listing) == ("66f0", "HMABC12345", "l1")
    assert (found.arrives, found.departs) == (date(2026, 4, 1), date(2026, 4, 4))
    assert (found.check_in, found.check_out) == (time(16, 30), None)
    assert found.arrives_at == datetime(2026, 4, 2, 2, tzinfo=UTC)
    assert answers.booking({**ROW, "checkIn": "2026-04-01T00:00:00.000Z"}).arrives_at is None
    assert (found.guest_name, found.guest_email, found.phone_last4) == ("Kim de Vries", "kim@example.com", "5678")
    assert found.updated_at == datetime(2026, 3, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("word", "status"),
    [("confirmed", Status.BOOKED), ("checked_in", Status.BOOKED), ("checked_out", Status.LEFT),
     ("canceled", Status.CANCELLED), ("inquiry", Status.NOT_BOOKED), ("declined", Status.NOT_BOOKED)],
)  # fmt: skip
def test_each_word_of_theirs_has_its_status(word: str, status: Status):
    assert answers.booking({**ROW, "status": word}).status is status


@pytest.mark.parametrize("row", [{}, {**ROW, "_id": None}, {**ROW, "checkInDateLocalized": "soon"}])
def test_what_cannot_be_read_is_refused(row):
    with pytest.raises(UnreadableError):
        answers.booking(row)


def test_a_listing_has_its_nickname():
    assert answers.listing({"_id": "l1", "nickname": "2B", "title": "Lovely flat"}) == Listing("l1", "2B")
    assert answers.listing({"title": "without an id"}) is None
