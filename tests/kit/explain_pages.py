"""What the tests of explain.export and explain.views share."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.test import Client

from authorization.models import User
from chargers.models import Command
from support.tickets.lifecycle import Facts
from tests.kit import charging
from tests.kit.tickets import opened
from tests.kit.world import World, tap


def now() -> datetime:
    return datetime.now(tz=UTC)


ClientOf = Callable[[User], Client]


def text_of(response) -> str:
    return response.content.decode().replace("&#x27;", "'")


@pytest.fixture
def full(world: World) -> World:
    """A refused card, a fault, a command and a ticket."""
    tap(world.charger, "FFFFFFFF")
    charging.report(world.charger, "Faulted", at=now())
    Command.objects.create(
        id="00000000-0000-7000-8000-000000000007",
        charger=world.charger,
        action="Reset",
        payload={"type": "Soft"},
        origin="user:owner@example.com",
        state="accepted",
        created_at=now(),
        expires_at=now(),
    )
    opened(topic=1, facts=Facts(host=world.host, property=world.site, charger=world.charger), now=now())
    return world
