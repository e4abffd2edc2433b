"""What the tests of guest.joining and join_codes.views share."""

import uuid
from datetime import UTC, datetime

import pytest
from django.test import Client

from billing.models import Driver, Join, JoinCode
from billing.sessions.join_codes import codes
from billing.sessions.join_codes.codes import WantedCode
from tests.kit.drivers import driver_of, text_of
from tests.kit.world import World

NOW = datetime.now(tz=UTC)


@pytest.fixture(autouse=True)
def _forgotten(settings):
    settings.CACHES = settings.CACHES | {"default": settings.CACHES["default"] | {"KEY_PREFIX": uuid.uuid4().hex}}


@pytest.fixture
def kim(db) -> Driver:
    return driver_of()


@pytest.fixture
def at_kims(kim, client_of) -> Client:
    return client_of(kim.user)


def make(world: World, **said) -> JoinCode:
    return codes.make(world.host, WantedCode(**{"name": "Lobby", "groups": [world.group]} | said), now=NOW)


def join(client: Client, code: JoinCode, **said) -> str:
    return text_of(client.post(f"/join/{code.formatted()}/", {"name": "Kim", "note": "2B", **said}, follow=True))


def answer(client: Client, asked: Join, do: str, **said) -> str:
    return text_of(client.post(f"/settings/join-codes/joins/{asked.pk}/", {"do": do, **said}, follow=True))
