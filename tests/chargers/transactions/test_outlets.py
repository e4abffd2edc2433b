"""Which outlets are in use."""

from datetime import UTC, datetime

import pytest

from chargers.models import Connector, Evse, Transaction
from chargers.transactions import outlets

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def plugged_in(charger, **changes):
    facts = {"authorization_status": "Invalid", "meter_start_wh": 1000, "register_wh": 1000, **changes}
    return Transaction.objects.create(
        charger=charger, transaction_id="7", ocpp_version="2.0.1", evse_number=1, started_at=NOON,
        start_received_at=NOON, id_token="DEADBEEF", **facts,
    )  # fmt: skip


def taken(charger):
    return set(Evse.objects.filter(outlets.in_use(now=NOON), charger=charger).values_list("number", flat=True))


@pytest.mark.parametrize("status", ["Invalid", "Blocked", "Unknown", "ConcurrentTx"])
def test_a_start_that_was_refused_frees_its_outlet_although_the_plug_stays_in(charger, status):
    Connector.objects.filter(evse__charger=charger).update(status="Preparing")
    plugged_in(charger, authorization_status=status)

    assert taken(charger) == set()


@pytest.mark.parametrize(
    "changes",
    [{"authorization_status": "Accepted"}, {"authorization_status": ""}, {"register_wh": 1100},
     {"charging_state": "Charging"}],
)  # fmt: skip
def test_a_transaction_that_may_charge_or_charges_all_the_same_keeps_its_outlet(charger, changes):
    plugged_in(charger, **changes)

    assert taken(charger) == {1}


def test_a_refused_start_whose_connector_says_charging_keeps_its_outlet(charger):
    plugged_in(charger)
    Connector.objects.filter(evse__charger=charger, evse__number=1).update(status="Charging")

    assert taken(charger) == {1}


def test_a_refused_start_without_registers_frees_its_outlet(charger):
    plugged_in(charger, meter_start_wh=None, register_wh=None)

    assert taken(charger) == set()
