"""What the tests of drive.account, drive.cards, drive.entering and drivers.accounts share."""

import uuid

import pytest
from django.test import Client

from billing.models import Driver, Session
from chargers.models import Property
from tests.kit import charging
from tests.kit.drivers import driver_of


@pytest.fixture(autouse=True)
def _forgotten(settings):
    """Resets all rate limits before each test."""
    settings.CACHES = settings.CACHES | {"default": settings.CACHES["default"] | {"KEY_PREFIX": uuid.uuid4().hex}}


@pytest.fixture
def kim(db) -> Driver:
    return driver_of()


@pytest.fixture
def at_kims(kim, client_of) -> Client:
    return client_of(kim.user)


@pytest.fixture
def paid(world) -> Session:
    Property.objects.update(access="guest")
    charging.assign(charging.make_rate(world.host), world.site, "guest", "member")
    return charging.guest(world.charger)
