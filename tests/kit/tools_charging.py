"""What the tests of tools.access, tools.charging, tools.host, tools.money and tools.page share."""

from datetime import UTC, datetime, timedelta

import pytest

from billing.models import Session
from chargers.models import Property
from support.models import Ticket
from support.tickets.lifecycle import Facts
from tests.kit import charging
from tests.kit.tickets import opened
from tests.kit.tools import connect
from tests.kit.world import World


def now() -> datetime:
    return datetime.now(tz=UTC)


@pytest.fixture
def ticket(world: World) -> Ticket:
    connect()
    return opened(now=now(), facts=Facts(host=world.host, property=world.site, charger=world.charger))


@pytest.fixture
def running(world: World, ticket: Ticket) -> Session:
    """A guest who is charging: 40.00 held, 12 kWh so far."""
    Property.objects.update(access="guest")
    charging.assign(charging.make_rate(world.host), world.site, "guest")
    begun = now() - timedelta(hours=2)
    session = charging.paid_for(world.charger, at=begun)
    row = charging.start(world.charger, uid=session.id_token, at=begun + timedelta(minutes=1))
    charging.read(row, 13_000, at=now() - timedelta(minutes=1))
    Ticket.objects.filter(pk=ticket.pk).update(session=session)
    ticket.refresh_from_db()
    session.refresh_from_db()
    return session
