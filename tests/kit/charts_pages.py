"""What the tests of trends.trends and views.charts share."""

import pytest

from chargers.models import Property
from tests.kit import charging


@pytest.fixture
def priced(world):
    Property.objects.update(access="guest")
    world.charger.property.refresh_from_db()
    charging.assign(charging.make_rate(world.host), world.site, "guest", "member")
    return world
