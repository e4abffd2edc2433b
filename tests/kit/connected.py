"""Fixtures: a gateway for the conversation tests, and chargers that it knows."""

from collections.abc import Iterator

import pytest

from authorization.models import Token, TokenGroup
from chargers.models import Charger, Property
from chargers.security import keys
from tests.kit import gateway as gateways

PASSWORD = "secret-password-1"


@pytest.fixture(scope="session")
def _gateway(django_db_setup: None, django_db_blocker: object) -> Iterator[gateways.Gateway]:
    with gateways.running() as gateway:
        yield gateway


@pytest.fixture
def gateway(_gateway: gateways.Gateway, transactional_db: None) -> gateways.Gateway:
    """The session's gateway, with a database that is emptied after the test."""
    return _gateway


@pytest.fixture
def charger(charger: Charger) -> Charger:
    return _with_password(charger)


@pytest.fixture
def other_charger(other_charger: Charger) -> Charger:
    return _with_password(other_charger)


def _with_password(charger: Charger) -> Charger:
    keys.set_imported(charger, PASSWORD)
    charger.save()
    return charger


@pytest.fixture
def residents(site: Property) -> TokenGroup:
    """The local group that opens every charger of the site; nobody is in it yet."""
    group = TokenGroup.objects.create(host=site.host, slug="residents", name="Residents")
    group.properties.add(site)
    return group


@pytest.fixture
def member(residents: TokenGroup) -> Token:
    """A charging card of a resident, which opens every charger of the site."""
    token = Token.objects.create(host=residents.host, uid="04A1B2C3D4", canonical_uid="04A1B2C3D4", parent="FAMILY")
    token.groups.add(residents)
    return token
