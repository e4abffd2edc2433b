"""What the tests of drive.plans and plans.views share."""

import re
from datetime import UTC, datetime

import pytest

from billing.models import Driver, Plan, PlanVersion, Subscription
from billing.sessions.plans import catalogue, subscriptions
from billing.sessions.plans.catalogue import PlanTerms
from tests.kit import charging
from tests.kit.drivers import driver_of, save, text_of

NOW = datetime.now(tz=UTC)


@pytest.fixture
def plan(world) -> Plan:
    offer = PlanTerms(fee_minor=990, currency="USD", included_wh=50_000, proration=PlanVersion.Proration.FULL)
    return catalogue.make(world.host, name="Neighbour", offer=offer, now=NOW).plan


@pytest.fixture
def kim(world) -> Driver:
    """A driver who has charged at the host once, and saved a card."""
    charging.assign(charging.make_rate(world.host), world.site, "guest", "member")
    driver = driver_of()
    session = charging.charge(world.charger)
    session.driver = driver
    session.save()
    return driver


@pytest.fixture
def at_kims(kim, client_of):
    client = client_of(kim.user)
    save(client)
    return client


@pytest.fixture
def subscribed(plan, at_kims) -> Subscription:
    at_kims.post(f"/drive/plans/{plan.pk}/", {"version": subscriptions.newest(plan).pk})
    return Subscription.objects.get()


@pytest.fixture
def commuter(world) -> Plan:
    offer = PlanTerms(fee_minor=6200, currency="USD", included_wh=90_000, proration=PlanVersion.Proration.FULL)
    return catalogue.make(world.host, name="Commuter", offer=offer, now=NOW).plan


def change_of(client, plan: Plan) -> dict[str, str]:
    """Returns the form data of the page for an immediate change."""
    page = text_of(client.get(f"/drive/plans/{plan.pk}/"))
    names = ("version", "when", "total", "credit")
    first = page[page.index("From now") :]
    return {name: re.search(rf'name="{name}" value="(\w+)"', first)[1] for name in names}
