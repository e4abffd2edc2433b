"""The message before arrival, sent again for a ticket."""

from datetime import timedelta

import pytest

from authorization.models import Stay
from authorization.people.access import NotAllowedError
from billing.models import StayMessage
from support.tools.acts import arrivals
from support.tools.arrival_previews import Resend
from support.tools.case import NotPossibleError
from tests.kit.bookings import booking, connection, now
from tests.kit.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def stay(world: World) -> Stay:
    return booking(connection(world.host, kind="ical"), world.site, None, code="HM1")


@pytest.mark.parametrize(
    ("email", "start"),
    [("melanie@example.com", "The message is sent"), ("", "The text is on the stay’s page, for the host to copy")],
)
def test_it_goes_the_way_that_there_is(world: World, stay: Stay, email: str, start: str):
    Stay.objects.update(guest_email=email)
    stay.refresh_from_db()

    assert arrivals.resend(Resend(stay, "en"), by=world.agent, now=now()).startswith(start)
    assert StayMessage.objects.count() == 1


@pytest.mark.parametrize("facts", [{"cancelled_at": now()}, {"departs_at": now() - timedelta(minutes=1)}])
def test_nobody_is_written_to_about_a_booking_that_is_over(world: World, stay: Stay, facts: dict):
    Stay.objects.update(**facts)
    stay.refresh_from_db()

    with pytest.raises(NotPossibleError, match="cancelled or over"):
        arrivals.resend(Resend(stay, "en"), by=world.agent, now=now())

    assert not StayMessage.objects.exists()


def test_a_stranger_writes_to_nobody(world: World, stay: Stay):
    with pytest.raises(NotAllowedError):
        arrivals.resend(Resend(stay, "en"), by=world.stranger, now=now())
