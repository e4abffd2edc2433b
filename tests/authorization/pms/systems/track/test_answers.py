from datetime import UTC, date, datetime

import pytest

from authorization.pms.parsing.bookings import Listing, Status
from authorization.pms.systems.track import answers

ROW = {
    "id": 4711,
    "unitId": 12,
    "status": "Confirmed",
    "alternates": ["HMABC12345"],
    "arrivalDate": "2026-04-01",
    "departureDate": "2026-04-04",
    "arrivalTime": "2026-04-01T20:00:00+00:00",
    "departureTime": "2026-04-04T14:00:00+00:00",
    "updatedAt": "2026-03-01T10:00:00+00:00",
    "_embedded": {"contact": {"firstName": "Kim", "lastName": "de Vries", "cellPhone": "+1 555 123 4567"}},
}


def test_moments_are_exact():
    found = answers.booking(ROW)

    assert (found.key, found.code, found.listing) == ("4711", "HMABC12345", "12")
    assert (found.arrives, found.arrives_at) == (date(2026, 4, 1), datetime(2026, 4, 1, 20, tzinfo=UTC))
    assert (found.guest_name, found.phone_last4) == ("Kim de Vries", "4567")


@pytest.mark.parametrize(
    ("word", "status"),
    [("Confirmed", Status.BOOKED), ("Checked In", Status.BOOKED), ("Checked Out", Status.LEFT),
     ("Cancelled", Status.CANCELLED), ("No Show", Status.NO_SHOW), ("Hold", Status.NOT_BOOKED)],
)  # fmt: skip
def test_each_word_of_theirs_has_its_status(word: str, status: Status):
    assert answers.booking({**ROW, "status": word}).status is status


def test_one_moment_alone_does_not_count():
    assert answers.booking({**ROW, "departureTime": None}).arrives_at is None


def test_a_unit_is_a_listing():
    assert answers.listing({"id": 12, "name": "Apartment 2B"}) == Listing("12", "Apartment 2B")
