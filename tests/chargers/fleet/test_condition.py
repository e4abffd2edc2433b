"""A charger and its connectors in a word: what 2.x calls Occupied is Charging while power flows."""

from datetime import UTC, datetime

import pytest

from chargers.fleet import condition
from chargers.listing import order
from chargers.models import Connector, Evse, Transaction

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
def connector(charger):
    charger.ocpp_version, charger.connection_id = "2.0.1", "00000000-0000-0000-0000-000000000001"
    charger.save()
    evse, _ = Evse.objects.get_or_create(charger=charger, number=1)
    Connector.objects.filter(evse=evse).delete()
    return Connector.objects.create(evse=evse, number=1, status="Occupied", status_at=NOON)


def running(connector, **fields):
    return Transaction.objects.create(
        charger=connector.evse.charger, transaction_id="T1", ocpp_version="2.0.1", evse_number=1,
        **{"connector_number": 1, "started_at": NOON, "start_received_at": NOON, **fields},
    )  # fmt: skip


def word(connector):
    return condition.of_connector(condition.connectors().get(pk=connector.pk), online=True, is_taken=True).word


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"charging_state": "Charging"}, "Charging"),
        ({"power_w": 7000}, "Charging"),
        ({"charging_state": "SuspendedEV", "power_w": 0}, "Paused by the car"),
        ({"charging_state": "EVConnected"}, "Occupied"),
        ({"charging_state": "Charging", "stopped_at": NOON}, "Occupied"),
        ({"charging_state": "Charging", "connector_number": 2}, "Occupied"),
        ({"charging_state": "Charging", "case": "never_stopped"}, "Occupied"),
    ],
)
def test_a_connector_that_gives_power_is_charging_also_where_2x_says_occupied(connector, fields, expected):
    running(connector, **fields)

    assert word(connector) == expected


def test_another_word_of_the_charger_stands(connector):
    running(connector, charging_state="Charging")
    Connector.objects.update(status="Faulted")

    assert word(connector) == "Faulted"


def test_a_charger_that_nobody_uses_is_not_in_use_and_not_free(connector, charger):
    Connector.objects.update(status="Available")

    assert condition.of_charger(charger, list(condition.connectors())).sentence == "Not in use."


def test_a_charger_with_one_car_has_a_connector_free_as_the_list_counts_it(connector, charger):
    Connector.objects.update(status="Available")
    other, _ = Evse.objects.get_or_create(charger=charger, number=2)
    Connector.objects.update_or_create(evse=other, number=1, defaults={"status": "Charging"})

    state = condition.of_charger(charger, list(condition.connectors()))

    assert (state.kind, state.word, state.sentence) == ("ok", order.TITLES["available"], "2 of 3 not in use.")
