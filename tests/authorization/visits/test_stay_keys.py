"""Phones as keys of stays: given to who proved the booking, counted, taken away, and read as facts of a decision."""

from datetime import timedelta

from django.test import Client

from authorization.models import Stay, StayHours, StayKey
from chargers.models import Unit
from tests.kit.booking import house, melanie, shows, text_of, unit
from tests.kit.bookings import DAY, HOUR, booking, now
from tests.kit.guest import guest, station

__all__ = ["guest", "house", "melanie", "station", "unit"]
CODE = "HMABC12345"
BOOKING = "/c/SUN001/booking"


def test_two_hours_before_and_one_after_are_open_and_the_minutes_around_them_are_not(world, house, unit, guest):
    for arrives, departs, is_open in (
        (now() + 2 * HOUR - timedelta(minutes=1), now() + 2 * DAY, True),
        (now() + 2 * HOUR + timedelta(minutes=1), now() + 2 * DAY, False),
        (now() - DAY, now() - HOUR + timedelta(minutes=1), True),
        (now() - DAY, now() - HOUR - timedelta(minutes=1), False),
    ):
        Stay.objects.all().delete()
        booking(house, world.site, unit, code=CODE, arrives_at=arrives, departs_at=departs)
        visitor = Client()
        visitor.post(BOOKING, {"code": CODE})
        assert ("Pay and start" in text_of(visitor)) is is_open


def test_of_overlapping_stays_the_one_that_opens_this_charger_counts(world, house, unit, melanie, guest):
    other = Unit.objects.create(property=world.site, slug="3a", name="Apartment 3A")
    booking(house, world.site, other, code="HMSECOND11")
    guest.post(BOOKING, {"code": "HMSECOND11"})
    assert shows(guest.get("/c/SUN001"), "wrong_charger_for_stay")

    guest.post(BOOKING, {"code": CODE})

    assert "Pay and start" in text_of(guest)


def test_a_forwarded_link_opens_as_many_phones_as_the_host_allows(world, melanie):
    StayHours.objects.create(property=world.site, most_phones=1)
    Stay.objects.update(link_key="a-link-that-nobody-guesses")
    first, second = Client(), Client()
    assert first.post("/stay/a-link-that-nobody-guesses/").status_code == 302

    refused = second.post("/stay/a-link-that-nobody-guesses/")

    assert refused.status_code == 409
    assert shows(refused, "stay_on_other_phones")
    assert second.post(BOOKING, {"code": CODE}).status_code == 409
    assert first.post("/stay/a-link-that-nobody-guesses/").status_code == 302, "the same phone is one phone"
    StayKey.objects.update(ended_at=now())
    assert second.post(BOOKING, {"code": CODE}).status_code == 302


def test_a_later_stay_in_the_same_name_knows_the_phone_by_consent_only(world, house, unit, melanie):
    forgetful, remembered = Client(), Client()
    forgetful.post(BOOKING, {"code": CODE})
    remembered.post(BOOKING, {"code": CODE, "remember": "on"})
    Stay.objects.update(arrives_at=now() - 60 * DAY, departs_at=now() - 50 * DAY, access_to=now() - 50 * DAY + HOUR)
    booking(house, world.site, unit, code="HMAGAIN222")
    booking(house, world.site, unit, code="HMSTRANGE3", guest_name="Somebody Else")

    assert "Welcome, Melanie." in text_of(remembered)
    assert "Welcome" not in text_of(forgetful)
