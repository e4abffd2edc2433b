"""A site with chargers for the tests of their modules."""

import pytest

from chargers.models import Charger, Host, Property
from tests.kit.connected import _gateway, gateway, make_charger, member, residents

__all__ = ["_gateway", "gateway", "make_charger", "member", "residents"]


@pytest.fixture
def host() -> Host:
    return Host.objects.create(slug="sunset", name="Sunset Stays", currency="USD", country="US")


@pytest.fixture
def site(host: Host) -> Property:
    return Property.objects.create(host=host, slug="sunset-1", name="Sunset 1", time_zone="America/New_York")


@pytest.fixture
def charger(site: Property) -> Charger:
    return make_charger(site, "CP1")


@pytest.fixture
def other_charger(site: Property) -> Charger:
    return make_charger(site, "CP2")
