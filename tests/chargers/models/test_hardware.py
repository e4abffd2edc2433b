"""When a charger serves anybody, and how its outlets are called."""

import uuid

import pytest

from chargers.models import Charger, Evse


@pytest.mark.parametrize(
    ("connection_id", "registration", "is_served"),
    [
        (uuid.uuid4(), "accepted", True),
        (uuid.uuid4(), "pending", False),
        (uuid.uuid4(), "rejected", False),
        (None, "accepted", False),
    ],
)
def test_a_car_can_begin_where_the_charger_is_connected_and_accepted(
    connection_id: uuid.UUID | None, registration: str, is_served: bool
):
    charger = Charger(connection_id=connection_id, registration=registration)

    assert charger.is_served() is is_served
    assert charger.is_online() is (connection_id is not None)


def test_an_outlet_is_called_by_its_public_id_or_by_its_number():
    charger = Charger(station_id="SUN001")

    assert str(Evse(charger=charger, number=2, evse_id="US*SUN*E2")) == "US*SUN*E2"
    assert str(Evse(charger=charger, number=2)) == "SUN001 EVSE 2"
