"""What the tests of admin_site.masking and views.support_access share."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.test import Client

from authorization.models import DataGrant, User
from support.models import Ticket
from support.tickets.lifecycle import Facts
from tests.kit.tickets import opened
from tests.kit.tools import confirm
from tests.kit.world import World

VALUES = {"scope": "sessions", "hours": "4"}
Clients = Callable[[User], Client]


def now() -> datetime:
    return datetime.now(tz=UTC)


@pytest.fixture
def ticket(world: World) -> Ticket:
    return opened(now=now(), facts=Facts(host=world.host, property=world.site))


@pytest.fixture
def grant(client: Client, ticket: Ticket) -> DataGrant:
    """A request that waits for the host."""
    confirm(client, ticket, "ask-to-see", **VALUES)
    return DataGrant.objects.get()
