"""What the tests of guest.asking and views.requests share."""

import uuid
from datetime import UTC, datetime

import pytest
from django.test import Client

from authorization.models import AccessRequest
from authorization.visits import access_requests
from authorization.visits.access_requests import Visitor
from chargers.models import Charger, Connector
from tests.kit.world import World


@pytest.fixture
def private(world: World) -> World:
    """A private charger that is online and free."""
    Charger.objects.update(connection_id=uuid.uuid4(), connected_at=now(), ocpp_version="1.6")
    Connector.objects.update(status="Available", status_at=now())
    return world


@pytest.fixture
def asked(private: World) -> AccessRequest:
    return access_requests.request(private.charger, Visitor(name="Kim", message="Apartment 2B"), now=now())


def now() -> datetime:
    return datetime.now(tz=UTC)


def text_of(response) -> str:
    return response.content.decode()


def answer(client: Client, asked: AccessRequest, do: str, **said):
    return client.post(f"/authorization/requests/{asked.pk}/", {"do": do, **said}, follow=True)
