"""What the tests of api.assignments, api.commands, api.tokens and api.writes share."""

import pytest

from authorization.models import ApiKey
from tests.kit.callers import Callers
from tests.kit.world import World


@pytest.fixture
def prefix(callers: Callers, world: World) -> str:
    return f"api:{ApiKey.objects.get(host=world.host).prefix}"
