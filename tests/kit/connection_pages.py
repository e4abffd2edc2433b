"""What the tests of acts.security and views.connection share."""

import uuid

import pytest

from chargers.models import Charger
from tests.kit.certificates import now


@pytest.fixture
def online(world):
    Charger.objects.update(connection_id=uuid.uuid4(), connected_at=now(), ocpp_version="1.6")
    return world
