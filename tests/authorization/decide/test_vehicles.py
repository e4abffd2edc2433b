"""Which car is paired with a start: never one that may stand at another outlet."""

from datetime import UTC, datetime

import pytest

from authorization.decide import vehicles
from authorization.models import Vehicle
from chargers.models import Evse, Transaction
from tests.kit import site as sites

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 10, 21, 0, tzinfo=UTC)


@pytest.mark.parametrize(("outlets", "is_paired"), [(1, True), (2, False)])
def test_a_car_whose_place_nobody_knows_is_paired_at_the_only_outlet_alone(outlets, is_paired):
    charger = sites.build().charger
    Evse.objects.filter(charger=charger).delete()
    for number in range(1, outlets + 1):
        Evse.objects.create(charger=charger, number=number)
    Vehicle.objects.create(
        host=charger.property.host,
        uid="VID:3C5AB4D2E1F0",
        canonical_uid="VID:3C5AB4D2E1F0",
        first_seen_at=NOW,
        seen_at=NOW,
        seen_by=charger,
        seen_evse_number=None,
    )
    row = Transaction.objects.create(
        charger=charger, transaction_id="1", ocpp_version="1.6", evse_number=1, started_at=NOW, start_received_at=NOW
    )

    assert (vehicles.pair_token(charger, row, token_id=None, now=NOW) is not None) == is_paired
