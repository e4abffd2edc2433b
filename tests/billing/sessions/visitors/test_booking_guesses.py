"""Wrong codes and digits of bookings, counted so that nobody finds one by trying."""

from django.test import Client

from billing.sessions.visitors import booking_guesses
from tests.kit.booking import day_of, house, melanie, unit
from tests.kit.guest import station

__all__ = ["house", "melanie", "station", "unit"]
CODE = "HMABC12345"
BOOKING = "/c/SUN001/booking"


def test_guessing_from_many_addresses_is_stopped_too(melanie):
    statuses = [
        Client(REMOTE_ADDR=f"198.51.100.{number}")
        .post(BOOKING, {"last4": f"{number:04}", "arrival": day_of(melanie)})
        .status_code
        for number in range(booking_guesses.OF_ALL_SOURCES + 2)
    ]

    assert statuses == [404] * (booking_guesses.OF_ALL_SOURCES + 1) + [429]
