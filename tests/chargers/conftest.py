"""A site with chargers for the tests of their modules."""

import pytest

from chargers.models import Charger, Connector, Evse, Host, Licence, Property
from tests.kit.connected import _gateway, gateway, member, residents

__all__ = ["_gateway", "gateway", "member", "residents"]


@pytest.fixture
def host() -> Host:
    return Host.objects.create(slug="sunset", name="Sunset Stays", currency="USD", country="US")


@pytest.fixture
def site(host: Host) -> Property:
    return Property.objects.create(host=host, slug="sunset-1", name="Sunset 1", time_zone="America/New_York")


def make_charger(site: Property, charger_id: str, *, outlets: int = 2) -> Charger:
    charger = Charger.objects.create(charger_id=charger_id, station_id=f"ST-{charger_id}", property=site)
    Licence.objects.create(charger=charger)
    for number in range(1, outlets + 1):
        evse = Evse.objects.create(charger=charger, number=number)
        Connector.objects.create(evse=evse, number=number, standard="IEC_62196_T2", max_power_w=11000)
    return charger


@pytest.fixture
def charger(site: Property) -> Charger:
    return make_charger(site, "CP1")


@pytest.fixture
def other_charger(site: Property) -> Charger:
    return make_charger(site, "CP2")
