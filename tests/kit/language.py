"""What the tests of documents.fonts and guest.language share."""

import pytest
from django.test import Client

from chargers.models import Property
from tests.kit import charging


def of(language: str) -> Client:
    return Client(headers={"accept-language": language})


@pytest.fixture
def settled(world):
    version = charging.make_rate(world.host, currency="EUR")
    Property.objects.update(access="guest")
    charging.assign(version, world.site, "guest", "member")
    return charging.guest(world.charger)
