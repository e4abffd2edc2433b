"""What the tests of admin.telephone, admin.tickets and queues.queues share."""

from datetime import UTC, datetime

import pytest

from support.models import Ticket
from support.tickets.lifecycle import Facts
from tests.kit.tickets import opened
from tests.kit.world import World

DESK = "/admin/support/ticket/"


def now() -> datetime:
    return datetime.now(tz=UTC)


def page(ticket: Ticket) -> str:
    return f"{DESK}{ticket.pk}/change/"


@pytest.fixture
def ticket(world: World) -> Ticket:
    return opened(now=now(), facts=Facts(host=world.host, property=world.site, charger=world.charger))
