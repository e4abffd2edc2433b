"""What a guest finds behind a QR code: ready to pay, or the one prompt that is true, with what to do next."""

import pytest

from chargers.models import Charger, Connector, Property
from tests.kit.guest import guest, station
from tests.kit.guest_pages import shows

__all__ = ["guest", "station"]
OFFLINE = "The charger is offline, so it cannot start now."
FAULTED = "The charger reports a fault, so it cannot start now."


def test_it_says_that_a_station_id_is_invalid(station, guest):
    response = guest.get("/charge", {"station_id": "NOPE9"})

    assert response.status_code == 404
    assert shows(response, "station_id_invalid")


@pytest.mark.parametrize("typed", ["sun001", " SUN001 ", "SUN 001", "Sun001"])
def test_it_asks_did_you_mean_and_lets_the_guest_confirm(station, guest, typed):
    response = guest.get("/charge", {"station_id": typed})

    assert response.status_code == 404
    assert "Did you mean" in response.content.decode()
    assert 'href="/c/SUN001"' in response.content.decode()


def test_it_goes_straight_to_the_station_when_the_id_is_exact(station, guest):
    assert guest.get("/charge", {"station_id": "SUN001"}).headers["Location"] == "/c/SUN001"


def test_it_says_that_the_licence_is_inactive(world, station, guest):
    world.charger.licence.state = "inactive"
    world.charger.licence.save()

    assert shows(guest.get("/c/SUN001"), "licence_inactive")


def test_it_says_that_a_private_charger_is_not_set_up(world, station, guest):
    Charger.objects.update(configured=False)

    assert shows(guest.get("/c/SUN001"), "private_not_set_up")


def test_it_says_that_a_charger_is_private(world, station, guest):
    Property.objects.update(access="private")

    assert shows(guest.get("/c/SUN001"), "private_charger")


def test_it_says_that_a_charger_is_out_of_order(world, station, guest):
    Charger.objects.update(connection_id=None)

    nothing_free = "No other plug or charger here is free now: try again in a few minutes."
    response = guest.get("/c/SUN001")
    assert shows(response, "charger_out_of_order", first=nothing_free, meaning=OFFLINE)
    assert "reports a fault" not in response.text


def test_it_offers_the_other_port_that_works(world, station, guest):
    from chargers.models import Evse

    evse = Evse.objects.create(charger=world.charger, number=2)
    Connector.objects.create(evse=evse, number=2, status="Available")
    Connector.objects.filter(evse__number=1).update(status="Faulted")

    response = guest.get("/c/SUN001/1")

    assert shows(
        response, "charger_out_of_order", first="Use one that is free now: it is named below.", meaning=FAULTED
    )
    assert 'href="/c/SUN001/2"' in response.content.decode()


@pytest.mark.parametrize(
    ("status", "meaning"),
    [("Faulted", FAULTED), ("Unavailable", "The charger has not said that it is ready, so it cannot start now.")],
)
def test_it_says_of_a_connected_charger_why_it_cannot_start(world, station, guest, status, meaning):
    Connector.objects.update(status=status)

    assert meaning in guest.get("/c/SUN001").text


def test_it_puts_the_licence_before_the_hardware(world, station, guest):
    world.charger.licence.state = "inactive"
    world.charger.licence.save()
    Charger.objects.update(connection_id=None)

    assert shows(guest.get("/c/SUN001"), "licence_inactive")
