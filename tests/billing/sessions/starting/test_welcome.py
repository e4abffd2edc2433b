"""What a guest of a booking reads first: their name, until when, and which chargers are theirs."""

from datetime import UTC, datetime, timedelta

import pytest

from authorization.models import Stay
from billing.sessions.starting import welcome
from tests.kit import bookings
from tests.kit.stays_pages import flat
from tests.kit.world import make_charger

__all__ = ["flat"]
ARRIVES, DEPARTS = datetime(2026, 12, 1, 20, tzinfo=UTC), datetime(2026, 12, 3, 16, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def stay(world, flat) -> Stay:
    """Access begins two hours before and ends one hour after, on a clock five hours behind UTC."""
    source = bookings.connection(world.host)
    return bookings.booking(source, world.site, flat, code="HM1", arrives_at=ARRIVES, departs_at=DEPARTS)


def test_a_phone_without_a_stay_is_not_greeted(world):
    assert welcome.greet([], world.charger, now=ARRIVES) is None


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (ARRIVES - 3 * HOUR, "Welcome, Melanie. From "),
        (ARRIVES - 2 * HOUR, "Welcome, Melanie. Until "),
        (DEPARTS + HOUR, "Welcome, Melanie. Your time to charge ended "),
    ],
)
def test_it_says_from_when_until_when_or_that_it_is_over(stay, now, said):
    assert welcome.sentence(stay, now=now).startswith(said)
    assert "12:00" in welcome.sentence(stay, now=now), "17:00 in UTC"


def test_a_cancelled_one_is_greeted_and_promised_nothing(stay):
    stay.cancelled_at = ARRIVES

    assert welcome.sentence(stay, now=ARRIVES) == "Welcome, Melanie."


def test_at_its_own_charger_it_is_open_and_no_other_is_named(world, stay):
    greeting = welcome.greet([stay], world.charger, now=ARRIVES)

    assert (greeting.is_open, greeting.chargers) == (True, [])
    assert not welcome.greet([stay], world.charger, now=ARRIVES - 3 * HOUR).is_open


def test_at_another_charger_its_own_are_named(world, stay):
    other = world.site.chargers.get(charger_id="CP2")
    make_charger(world.site, "CP3", station_id="SUN003")

    greeting = welcome.greet([stay], other, now=ARRIVES)

    assert not greeting.is_open
    assert [charger.station_id for charger in greeting.chargers] == ["SUN001", "SUN003"]


def test_of_several_the_one_that_opens_the_charger_comes_before_cancelled_and_distant_ones(world, stay):
    source, unit, later = stay.connection, stay.unit, timedelta(days=4)
    far = bookings.booking(source, world.site, unit, code="HM2", arrives_at=ARRIVES + later, departs_at=DEPARTS + later)
    gone = bookings.booking(
        source, world.site, unit, code="HM3", arrives_at=ARRIVES, departs_at=DEPARTS, cancelled_at=ARRIVES
    )

    assert welcome.greet([far, gone, stay], world.charger, now=ARRIVES).stay == stay
    assert welcome.greet([far, gone], world.charger, now=ARRIVES).stay == far
