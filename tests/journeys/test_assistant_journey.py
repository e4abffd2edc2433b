"""One guest with a phone at an offline charger, from "nothing happens" to the ticket on the agent's desk."""

from collections.abc import Iterator

import pytest

from chargers.models import Charger
from support.models import Ticket
from tests.kit import browser, charging
from tests.kit import gateway as gateways
from tests.kit.logging_in import logged_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def base(transactional_db: None, world) -> Iterator[str]:
    type(world.site).objects.update(access="guest")
    charging.assign(charging.make_rate(world.host), world.site, "guest")
    Charger.objects.update(connection_id=None)
    with gateways.running() as gateway:
        yield gateway.url.replace("ws://", "http://").removesuffix("/ocpp")


def test_from_nothing_happens_to_the_ticket(chromium, base, world):
    phone = chromium.new_context(viewport={"width": 375, "height": 800}, java_script_enabled=False)
    page = phone.new_page()
    page.goto(f"{base}/c/SUN001")
    page.get_by_role("link", name="Get help").click()
    page.get_by_label("What happened?").fill("nothing happens")
    page.get_by_role("button", name="Ask").click()

    page.get_by_text("Charger is out of order").wait_for()
    tries = 0
    while (tried := page.get_by_role("button", name="I have tried it: look again")).count():
        assert browser.fits(page)
        tried.click()
        tries += 1
    assert tries == 4
    assert page.get_by_label("Station ID").count() == 0
    assert not page.get_by_label("When was it?").input_value()
    page.get_by_role("button", name="Just now").click()
    page.get_by_label("E-mail address").fill("kim@example.com")
    page.get_by_role("button", name="Continue", exact=True).click()
    page.get_by_role("link", name="Open the request").click()
    page.get_by_text("We have your request and aim to answer by").wait_for()
    assert "Still needed" not in page.content()
    assert "Assistant, " not in page.content()
    phone.close()

    ticket = Ticket.objects.get()
    agent = chromium.new_context(viewport={"width": 1280, "height": 900})
    cookie = logged_in(world.agent).cookies["sessionid"].value
    agent.add_cookies([{"name": "sessionid", "value": cookie, "url": base}])
    desk = agent.new_page()
    desk.goto(f"{base}/admin/support/ticket/{ticket.pk}/change/")
    desk.get_by_text("Conversation with the assistant").wait_for()
    assert desk.get_by_text("When was it?").first.is_visible()
    agent.close()
