"""A charger out of service and back."""

from datetime import UTC, datetime

import pytest

from chargers.fleet import lifecycle
from chargers.fleet.lifecycle import BusyError
from chargers.models import Property

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.mark.django_db
def test_a_charger_is_not_brought_back_to_a_closed_property(charger):
    lifecycle.retire(charger, now=NOW)
    Property.objects.update(closed_at=NOW)

    with pytest.raises(BusyError, match="Sunset 1 is closed"):
        lifecycle.bring_back(charger)
    charger.refresh_from_db()
    assert charger.retired_at == NOW
