"""The ports of a charger as guests meet them."""

from datetime import UTC, datetime

import pytest

from billing.sessions.lifecycle import ports
from chargers.models import Charger, Connector, Evse
from tests.kit import charging
from tests.kit.guest import station

__all__ = ["station"]
NOW = datetime.now(tz=UTC)


def seen(world) -> list[tuple[int, str, bool]]:
    charger = Charger.objects.get(pk=world.charger.pk)
    return [(port.number, port.word, port.is_free) for port in ports.ports_of(charger, now=NOW)]


@pytest.mark.parametrize(
    ("status", "word", "is_free"),
    [("Available", "Available", True), ("Preparing", "A car is plugged in", False), ("Faulted", "Faulted", False)],
)
def test_a_port_is_free_where_a_car_can_drive_up_to_it(world, station, status, word, is_free):
    Connector.objects.update(status=status)

    assert seen(world) == [(1, word, is_free)]


def test_one_that_another_guest_paid_for_is_called_occupied(world, station):
    charging.paid_for(world.charger, at=datetime.now(tz=UTC))

    assert seen(world) == [(1, "Occupied", False)]


def test_no_port_of_a_charger_that_is_away_is_free(world, station):
    Charger.objects.update(connection_id=None)

    assert not seen(world)[0][2]


def test_an_outlet_with_two_plugs_is_one_port_in_the_order_of_the_label(world, station):
    second = Evse.objects.create(charger=world.charger, number=2)
    for number in (2, 1):
        Connector.objects.create(evse=second, number=number, status="Available", status_at=NOW)

    assert [(number, is_free) for number, _, is_free in seen(world)] == [(1, True), (2, True)]
    charger = Charger.objects.get(pk=world.charger.pk)
    assert ports.ports_of(charger, now=NOW)[1].connector.number == 1
