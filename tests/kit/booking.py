"""What the tests of guest.booking and visitors.booking_guesses share."""

from zoneinfo import ZoneInfo

import pytest

from authorization.decide import reasons
from authorization.models import Stay
from chargers.models import Charger, Property, Unit
from tests.kit import bookings
from tests.kit.bookings import booking

CODE = "HMABC12345"


@pytest.fixture
def house(world, station):
    """A private house with two flats; the station is that of flat 2B."""
    Property.objects.update(access="private")
    unit = Unit.objects.create(property=world.site, slug="2b", name="Apartment 2B")
    Charger.objects.filter(pk=world.charger.pk).update(unit=unit)
    return bookings.connection(world.host)


@pytest.fixture
def unit(house):
    return Unit.objects.get(slug="2b")


@pytest.fixture
def melanie(world, house, unit):
    return booking(house, world.site, unit, code=CODE)


def day_of(stay: Stay) -> str:
    return f"{stay.arrives_at.astimezone(ZoneInfo(stay.property.time_zone)):%Y-%m-%d}"


BOOKING = "/c/SUN001/booking"


def by_digits(guest, stay, last4="4711"):
    return guest.post(BOOKING, {"last4": last4, "arrival": day_of(stay)})


def shows(response, code):
    """Whether the page shows this reason's prompt: its meaning and every next step."""
    advice = reasons.get(code).guest
    told = (advice.meaning, *(step.text for step in advice.next_steps))
    return all(words.replace("'", "&#x27;") in response.content.decode() for words in told)


def text_of(guest, path="/c/SUN001"):
    return " ".join(guest.get(path).content.decode().split())
