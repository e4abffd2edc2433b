"""Fixtures: a gateway for the conversation tests, and chargers that it knows."""

from collections.abc import Iterator

import pytest

from authorization.models import Token, TokenGroup
from chargers.models import Charger, Connector, Evse, Licence, Property
from chargers.security import keys
from tests.kit import gateway as gateways

PASSWORD = "secret-password-1"


@pytest.fixture(scope="session")
def _gateway(django_db_setup: None, django_db_blocker: object) -> Iterator[gateways.Gateway]:
    with gateways.running() as gateway:
        yield gateway


@pytest.fixture
def gateway(_gateway: gateways.Gateway, transactional_db: None) -> gateways.Gateway:
    """The test session's gateway, with a database that is emptied after the test."""
    return _gateway


def make_charger(site: Property, charger_id: str, *, outlets: int = 2) -> Charger:
    charger = Charger.objects.create(charger_id=charger_id, station_id=f"ST-{charger_id}", property=site)
    Licence.objects.create(charger=charger)
    for number in range(1, outlets + 1):
        evse = Evse.objects.create(charger=charger, number=number)
        Connector.objects.create(evse=evse, number=number, standard="IEC_62196_T2", max_power_w=11000)
    return charger


@pytest.fixture
def charger(site: Property) -> Charger:
    return _with_password(make_charger(site, "CP1"))


@pytest.fixture
def other_charger(site: Property) -> Charger:
    return _with_password(make_charger(site, "CP2"))


def _with_password(charger: Charger) -> Charger:
    keys.set_imported(charger, PASSWORD)
    charger.save()
    return charger


@pytest.fixture
def residents(site: Property) -> TokenGroup:
    """The local group that opens every charger of the site; it has no members yet."""
    group = TokenGroup.objects.create(host=site.host, slug="residents", name="Residents")
    group.properties.add(site)
    return group


@pytest.fixture
def member(residents: TokenGroup) -> Token:
    """A charging card of a resident, which opens every charger of the site."""
    token = Token.objects.create(host=residents.host, uid="04A1B2C3D4", canonical_uid="04A1B2C3D4", parent="FAMILY")
    token.groups.add(residents)
    return token
