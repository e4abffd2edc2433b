"""A guest is stuck: the agent starts a session, refunds the last one and asks the host, without leaving the ticket."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from billing.models import Override, Refund
from chargers.models import Charger
from support.tickets.lifecycle import Facts
from tests.kit import browser, charging
from tests.kit import gateway as gateways
from tests.kit.desk import RUN, agent_s
from tests.kit.tickets import opened
from tests.kit.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def base(transactional_db: None, world: World) -> Iterator[str]:
    type(world.site).objects.update(access="guest")
    charging.assign(charging.make_rate(world.host), world.site, "guest")
    with gateways.running() as gateway:
        yield gateway.url.replace("ws://", "http://").removesuffix("/ocpp")


@pytest.mark.parametrize(("width", "dark"), [(375, True), (1440, False)])
def test_an_agent_solves_a_ticket_without_leaving_it(chromium, base, world, width: int, dark: bool):
    session = charging.guest(world.charger)
    facts = Facts(host=world.host, property=world.site, charger=world.charger, session=session)
    ticket = opened(now=datetime.now(tz=UTC), facts=facts)
    Charger.objects.update(connection_id=uuid.uuid4(), connected_at=datetime.now(tz=UTC), ocpp_version="1.6")
    page = agent_s(chromium, base, world, width=width, dark=dark).new_page()

    page.goto(f"{base}/admin/support/ticket/{ticket.pk}/change/")
    page.get_by_role("link", name="Start an override session").click()
    page.get_by_label("Who pays").select_option("host")
    page.get_by_label("Reason").fill("The app does not go on.")
    page.get_by_role("button", name="Show what happens").click()
    page.get_by_text("Sunset Stays pays: nothing is billed to anybody").wait_for()
    assert page.evaluate(RUN, ".tk") == []
    assert browser.fits(page)
    page.get_by_role("button", name="Start charging").click()
    page.get_by_text("Start an override session, by agent@example.com.").wait_for()

    page.get_by_role("link", name="Refund", exact=True).click()
    page.get_by_label("Connection fee").check()
    page.get_by_label("Why it goes back").select_option("goodwill")
    page.get_by_label("What the driver reads").fill("The app was slow.")
    page.get_by_label("Reason").fill("It was our app.")
    assert browser.fits(page)
    page.get_by_role("button", name="Show what happens").click()
    page.get_by_role("button", name="Refund $1.00").click()
    page.get_by_text("$1.00 is given back; credit note").first.wait_for()

    assert (Override.objects.get().payer, Refund.objects.get().total_minor) == ("host", 100)
    page.goto(f"{base}/admin/")
    assert page.evaluate(RUN, ".desk-home") == []
    assert browser.fits(page)
