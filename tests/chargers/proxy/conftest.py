"""A gateway that may reach back offices on this machine, and chargers that it knows."""

from collections.abc import Iterator

import pytest

from tests.kit import gateway as gateways
from tests.kit.connected import charger, other_charger

__all__ = ["charger", "other_charger"]


@pytest.fixture(scope="session")
def _reaching(django_db_setup: None, django_db_blocker: object) -> Iterator[gateways.Gateway]:
    with gateways.running(more={"OUTBOUND_ALLOWED_NETWORKS": "127.0.0.0/8"}) as gateway:
        yield gateway


@pytest.fixture
def gateway(_reaching: gateways.Gateway, transactional_db: None) -> gateways.Gateway:
    """The session's gateway, with a database that is emptied after the test."""
    return _reaching
