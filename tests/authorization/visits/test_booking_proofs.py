"""Proving a booking at a charger: its code, or the last four digits of the phone with the day of arrival."""

import re

import pytest
from django.test import Client

from authorization.models import Stay, StayKey
from billing.sessions.visitors import booking_guesses
from chargers.models import Property, Unit
from tests.kit.booking import by_digits, day_of, house, melanie, shows, text_of, unit
from tests.kit.bookings import booking
from tests.kit.guest import guest, station
from tests.kit.world import make_charger

__all__ = ["guest", "house", "melanie", "station", "unit"]
CODE = "HMABC12345"
BOOKING = "/c/SUN001/booking"
NOT_FOUND = "booking_not_found"


def test_an_unknown_code_a_wrong_digit_and_a_wrong_day_read_the_same(melanie, guest):
    wrong = [
        guest.post(BOOKING, {"code": "HMNOBODY99"}),
        by_digits(guest, melanie, last4="0000"),
        guest.post(BOOKING, {"last4": "4711", "arrival": "2031-01-01"}),
    ]

    assert {response.status_code for response in wrong} == {404}
    assert all(shows(response, NOT_FOUND) for response in wrong)
    notices = {re.search(r'<section class="notice.*?</section>', page.text, re.DOTALL).group() for page in wrong}
    assert len(notices) == 1
    assert not StayKey.objects.exists()


def test_the_sixth_try_is_refused_even_if_it_is_right_and_so_for_a_day_without_bookings(melanie, guest):
    for number in range(booking_guesses.OF_SOURCE):
        assert by_digits(guest, melanie, last4=f"000{number}").status_code == 404

    sixth = by_digits(guest, melanie)
    assert sixth.status_code == 429
    assert int(sixth["Retry-After"]) > 0
    for number in range(booking_guesses.OF_SOURCE):
        guest.post(BOOKING, {"last4": f"000{number}", "arrival": "2031-01-01"})
    assert guest.post(BOOKING, {"last4": "4711", "arrival": "2031-01-01"}).status_code == 429
    assert guest.post(BOOKING, {"code": CODE}).status_code == 302, "the code is no guess"


def test_codes_that_are_counted_need_the_day_of_arrival(world, house, unit, guest):
    stay = booking(house, world.site, unit, code="48213")

    asked = guest.post(BOOKING, {"code": "48213"})
    assert asked.status_code == 200
    assert "needs the day of your arrival" in asked.text
    assert guest.post(BOOKING, {"code": "48213", "arrival": "2031-01-01"}).status_code == 404
    assert guest.post(BOOKING, {"code": "48213", "arrival": day_of(stay)}).status_code == 302


def test_of_two_guests_with_the_same_digits_the_one_of_this_flat_comes_in(world, melanie, house, guest):
    other = Unit.objects.create(property=world.site, slug="3a", name="Apartment 3A")
    namesake = booking(house, world.site, other, code="HMOTHER111", guest_name="Ada", arrives_at=melanie.arrives_at)

    assert by_digits(guest, melanie).status_code == 302
    assert StayKey.objects.get().stay == melanie
    Stay.objects.filter(pk=namesake.pk).update(unit=melanie.unit)
    assert by_digits(Client(), melanie).status_code == 404, "nothing tells them apart here"


def test_a_code_of_another_house_of_the_host_opens_that_one_only(world, house, guest):
    villa = Property.objects.create(host=world.host, slug="villa", name="Villa", time_zone="America/New_York")
    make_charger(villa, "VIL1", station_id="VIL001")
    booking(house, villa, None, code="HMVILLA111")

    guest.post(BOOKING, {"code": "HMVILLA111"})

    assert shows(guest.get("/c/SUN001"), "wrong_charger_for_stay")
    assert "VIL001" in text_of(guest)


def test_a_code_of_another_host_is_no_code_here(world, house, melanie, guest):
    lakeside = world.stranger.memberships.get().host
    place = Property.objects.create(host=lakeside, slug="lake", name="Lake", access="private")
    make_charger(place, "LAK1", station_id="LAK001")

    assert guest.post("/c/LAK001/booking", {"code": CODE}).status_code == 404


@pytest.mark.parametrize(
    "typed",
    [
        {},
        {"code": "   "},
        {"last4": "471"},
        {"last4": "47110", "arrival": "2026-03-10"},
        {"last4": "٤٧١١", "arrival": "2026-03-10"},
        {"last4": "4711", "arrival": "10th"},
        {"last4": "4711"},
    ],
)
def test_what_cannot_be_a_booking_is_explained_and_counts_as_no_try(melanie, guest, typed):
    for _ in range(booking_guesses.OF_SOURCE + 1):
        assert guest.post(BOOKING, typed).status_code == 200
    assert by_digits(guest, melanie).status_code == 302


@pytest.mark.parametrize("code", ["HM\x00ABC12345", "A" * 61, "'; DROP TABLE", "𝔥𝔪𝔞𝔟𝔠"])
def test_hostile_codes_are_refused(melanie, guest, code):
    assert guest.post(BOOKING, {"code": code}).status_code in {200, 404}
    assert not StayKey.objects.exists()
