"""What the tests of context.facts and context.suggestions share."""

from datetime import UTC, datetime

import pytest

from billing.models import Session
from chargers.models import Property
from support.models import Ticket
from support.tickets.lifecycle import Facts
from tests.kit import charging
from tests.kit.tickets import opened
from tests.kit.world import World


@pytest.fixture
def paid(world: World) -> Session:
    Property.objects.update(access="guest")
    charging.assign(charging.make_rate(world.host), world.site, "guest", "member")
    return charging.guest(world.charger)


def now() -> datetime:
    return datetime.now(tz=UTC)


def at_charger(world: World, *, topic: int, session: Session | None = None, language: str = "en") -> Ticket:
    known = Facts(host=world.host, property=world.site, charger=world.charger, session=session)
    return opened(topic=topic, facts=known, now=now(), language=language)
