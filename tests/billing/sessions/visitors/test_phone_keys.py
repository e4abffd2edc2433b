"""The secrets of stays that a phone holds, in one signed cookie: which stays they open is looked up each time."""

from authorization.models import StayKey
from tests.kit.booking import house, melanie, text_of, unit
from tests.kit.guest import guest, station

__all__ = ["guest", "house", "melanie", "station", "unit"]
CODE = "HMABC12345"
BOOKING = "/c/SUN001/booking"


def test_a_phone_lets_go_of_the_booking(melanie, guest):
    guest.post(BOOKING, {"code": CODE})

    guest.post("/c/SUN001/let-go")

    assert "Welcome" not in text_of(guest)
    assert StayKey.objects.get().ended_at is not None


def test_a_changed_cookie_is_no_key(melanie, guest):
    guest.post(BOOKING, {"code": CODE})
    guest.cookies["stay_keys"] = guest.cookies["stay_keys"].value.replace(":", "x:", 1)

    assert "Welcome" not in text_of(guest)
