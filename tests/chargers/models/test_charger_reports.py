"""Settings are stored once a charger, also where they name no outlet."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction

from chargers.models import Charger, Variable

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def test_a_setting_is_named_with_its_component_where_it_has_one():
    assert str(Variable(name="HeartbeatInterval")) == "HeartbeatInterval"
    assert str(Variable(component="OCPPCommCtrlr", name="HeartbeatInterval")) == "OCPPCommCtrlr.HeartbeatInterval"


@pytest.mark.django_db
def test_the_same_setting_is_not_stored_twice(charger: Charger, other_charger: Charger):
    def store(charger: Charger, **place: int) -> None:
        Variable.objects.create(charger=charger, name="Power", value="7", reported_at=NOON, **place)

    store(charger)
    store(charger, evse_number=1)
    store(charger, evse_number=1, connector_number=1)
    store(other_charger)

    with pytest.raises(IntegrityError, match="variable_unique_in_charger"), transaction.atomic():
        store(charger)
