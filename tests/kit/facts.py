"""What the tests of context.facts and context.suggestions share."""

from datetime import UTC, datetime

import pytest

from billing.models import Session
from chargers.models import Property
from tests.kit import charging
from tests.kit.world import World


@pytest.fixture
def paid(world: World) -> Session:
    Property.objects.update(access="guest")
    charging.assign(charging.make_rate(world.host), world.site, "guest", "member")
    return charging.guest(world.charger)


def now() -> datetime:
    return datetime.now(tz=UTC)
