"""What the tests of offers.offers and offers.terms share."""

from datetime import timedelta

import pytest

from billing.models import Session
from chargers.models import Property
from tests.kit import charging
from tests.kit.charging import YESTERDAY


@pytest.fixture
def priced(world):
    Property.objects.update(access="guest")
    charging.assign(charging.make_rate(world.host), world.site, "guest", "member")
    return world


def broken_off(world, *, at=YESTERDAY, reason="PowerLoss", wh=300, lasted=timedelta(minutes=4), **order) -> Session:
    """A guest pays, and the charger ends the session by itself."""
    session = charging.paid_for(world.charger, at=at, **order)
    row = charging.start(world.charger, uid=session.id_token, at=at + timedelta(minutes=1))
    return charging.finish(row, wh=wh, at=row.started_at + lasted, reason=reason)
