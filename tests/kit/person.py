"""What the tests of tools.identity and tools.person share."""

import uuid
from datetime import UTC, datetime

import pytest

from authorization.models import User
from billing.models import Driver, Session
from billing.sessions.drivers import accounts
from chargers.models import Property
from support.models import InboundMail, Ticket
from support.tickets.lifecycle import Facts
from tests.kit import charging
from tests.kit.tickets import opened
from tests.kit.world import World


def now() -> datetime:
    return datetime.now(tz=UTC)


@pytest.fixture
def driver(world: World) -> Driver:
    user = User.objects.create(email="kim@example.com", sees_portal=False, email_confirmed_at=now())
    return accounts.of_user(user, language="en", now=now())


@pytest.fixture
def ticket(world: World, driver: Driver) -> Ticket:
    """A mail from the account's address, as our mail server confirms."""
    made = opened(topic=7, now=now(), facts=Facts(host=world.host, property=world.site))
    Ticket.objects.update(origin="mail")
    facts = {"sender": made.email, "raw": b"", "outcome": "ticket", "ticket": made, "sender_check": "dmarc"}
    InboundMail.objects.create(id=uuid.uuid4(), digest="1", received_at=now(), **facts)
    made.refresh_from_db()
    return made


@pytest.fixture
def paid(world: World, driver: Driver) -> Session:
    Property.objects.update(access="guest")
    charging.assign(charging.make_rate(world.host), world.site, "guest")
    session = charging.guest(world.charger)
    Session.objects.update(driver=driver)
    return session
