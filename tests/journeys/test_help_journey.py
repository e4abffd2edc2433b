"""From the guest's first sentence to the solved ticket, in a real browser."""

from collections.abc import Iterator

import pytest

from support.models import Ticket, TicketMessage
from tests.kit import browser, charging
from tests.kit import gateway as gateways
from tests.kit.desk import RUN, agent_s
from tests.kit.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def base(transactional_db: None, world: World) -> Iterator[str]:
    type(world.site).objects.update(access="guest")
    charging.assign(charging.make_rate(world.host), world.site, "guest")
    with gateways.running() as gateway:
        yield gateway.url.replace("ws://", "http://").removesuffix("/ocpp")


def test_a_guest_asks_an_agent_answers_and_the_guest_is_satisfied(chromium, base, world):
    session = charging.guest(world.charger)
    guest = chromium.new_context(viewport={"width": 375, "height": 800}, bypass_csp=True, java_script_enabled=False)
    page = guest.new_page()
    page.goto(f"{base}/s/{session.secret}/receipt/")
    page.get_by_role("link", name="Get help with this session").click()
    page.get_by_role("link", name="Why is this session so expensive?").click()
    page.get_by_label("What happened?").fill("The rate at the charger said 0.40.")
    page.get_by_role("button", name="Send").click()
    page.get_by_text("We have your request and aim to answer by").wait_for()
    assert browser.fits(page)
    ticket = Ticket.objects.get()

    context = agent_s(chromium, base, world, width=1280, dark=False)
    desk = context.new_page()
    desk.goto(f"{base}/admin/support/ticket/")
    assert desk.evaluate(RUN, ".tk") == []
    desk.keyboard.press("j")
    desk.keyboard.press("Enter")
    desk.get_by_text("Likely cause").wait_for()
    assert desk.evaluate(RUN, ".tk") == []
    desk.get_by_role("link", name="Use the suggested reply").click()
    desk.wait_for_url("**suggested=1**")
    assert "Total: $9.00" in desk.get_by_label("Reply").input_value()
    desk.get_by_label("Then").select_option("solved")
    desk.get_by_label("Reply").press("Control+Enter")
    desk.get_by_text("The reply is sent in").wait_for()
    context.close()

    TicketMessage.objects.filter(author="agent").update(released_at=session.settled_at)
    page.goto(f"{base}/help/t/{ticket.secret}/")
    page.get_by_text("Total: $9.00").wait_for()
    page.get_by_role("button", name="Yes").click()
    page.get_by_text("You answered: yes.").wait_for()
    guest.close()
    ticket.refresh_from_db()
    assert (ticket.state, ticket.satisfaction) == ("solved", "good")


def test_the_desk_is_usable_on_a_phone_in_the_dark(chromium, base, world):
    charging.guest(world.charger)
    chromium_guest = chromium.new_context()
    page = chromium_guest.new_page()
    page.goto(f"{base}/help/c/SUN001/?topic=1")
    page.get_by_label("What happened?").fill("It is dead.")
    page.get_by_label("When was it?").fill("2026-11-20T18:00")
    page.get_by_role("button", name="Send").click()
    page.get_by_text("We have your request").wait_for()
    chromium_guest.close()
    context = agent_s(chromium, base, world, width=375, dark=True)
    desk = context.new_page()

    for address in ("", f"{Ticket.objects.get().pk}/change/"):
        desk.goto(f"{base}/admin/support/ticket/{address}")
        assert desk.evaluate(RUN, ".tk") == []
        assert browser.fits(desk)

    context.close()
