"""Charges onto the bill of a booking, by its property system: whether it takes one, and the calls."""

import ipaddress
from types import SimpleNamespace

import pytest

from billing.models import Hold, Session, StayTerms
from chargers.models import Command, Property
from tests.kit.booking import text_of
from tests.kit.bookings import booking
from tests.kit.connected_systems import connect
from tests.kit.guest import GOOD, guest, station
from tests.kit.property_systems import standing

__all__ = ["guest", "station"]
CODE = "HMABC12345"
BOOKING = "/c/SUN001/booking"


@pytest.fixture
def folio(world, station, settings):
    """A house whose guests charge to their stay, at a system that stands on a port of its own."""
    settings.OUTBOUND_ALLOWED_NETWORKS = [ipaddress.ip_network("127.0.0.0/8")]
    Property.objects.update(access="private")
    StayTerms.objects.create(property=world.site, payment="folio")
    with standing() as systems:
        site = SimpleNamespace(host=world.host, property=world.site, unit=None)
        source = connect(site, "apaleo", systems.url)
        booking(source, world.site, None, code=CODE, external_key="B-1")
        yield systems


def test_a_guest_charges_to_the_stay_without_a_card(folio, guest):
    guest.post(BOOKING, {"code": CODE})
    assert "It goes onto the bill of your stay: no card is asked for here." in text_of(guest)

    guest.post("/c/SUN001/1/start")

    session = Session.objects.get()
    assert (session.billed_to, session.holds.count()) == ("folio", 0)
    assert Command.objects.get().action == "RemoteStartTransaction"


@pytest.mark.parametrize("bills", [{"B-1": "Closed"}, {"*": "EUR"}])
def test_a_bill_that_takes_nothing_falls_back_to_the_card_and_says_so_before(folio, station, guest, bills):
    folio.bills = bills
    guest.post(BOOKING, {"code": CODE})

    page = guest.post("/c/SUN001/1/start")

    assert "The bill of your stay takes no charge now. Pay by card instead" in page.text
    assert "Pay and start" in page.text
    assert not Session.objects.exists()
    guest.post("/c/SUN001/1", {"card": GOOD, "version": station.pk})
    assert Session.objects.get().billed_to == ""
    assert Hold.objects.get().state == Hold.State.AUTHORISED
