from datetime import date, time

import pytest

from authorization.pms.parsing.bookings import Status
from authorization.pms.systems.hospitable import answers

ROW = {
    "id": "becd1474",
    "code": "HMABC12345",
    "arrival_date": "2026-04-01T00:00:00-04:00",
    "departure_date": "2026-04-04T00:00:00-04:00",
    "check_in": "2026-04-01T16:00:00-04:00",
    "check_out": "2026-04-04T00:00:00-04:00",
    "reservation_status": {"current": {"category": "accepted", "sub_category": None}},
    "guest": {"first_name": "Kim", "last_name": "de Vries", "phone_numbers": ["+31 6 12345678"]},
}


def test_hours_are_local_and_midnight_is_none():
    found = answers.booking(ROW, listing="p1")

    assert (found.arrives, found.departs) == (date(2026, 4, 1), date(2026, 4, 4))
    assert (found.check_in, found.check_out) == (time(16), None)
    assert (found.listing, found.guest_name, found.phone_last4) == ("p1", "Kim de Vries", "5678")


def test_the_property_that_the_answer_names_counts():
    assert answers.booking({**ROW, "properties": [{"id": "p2"}]}, listing="p1").listing == "p2"


@pytest.mark.parametrize(
    ("current", "status"),
    [({"category": "accepted"}, Status.BOOKED), ({"category": "cancelled"}, Status.CANCELLED),
     ({"category": "request"}, Status.NOT_BOOKED),
     ({"category": "accepted", "sub_category": "no-show"}, Status.NO_SHOW)],
)  # fmt: skip
def test_each_word_of_theirs_has_its_status(current, status: Status):
    assert answers.booking({**ROW, "reservation_status": {"current": current}}, listing="p1").status is status
