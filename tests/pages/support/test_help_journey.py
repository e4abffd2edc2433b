"""From the guest's first sentence to the solved ticket, in a real browser."""

from collections.abc import Iterator
from importlib.resources import files

import pytest
from django.core.cache import cache

from support.models import Ticket, TicketMessage
from tests.kit import browser, charging
from tests.kit import gateway as gateways
from tests.kit.logging_in import logged_in
from tests.pages.conftest import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
RUN = """async (within) => {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
  const found = await axe.run(within, { runOnly: tags, resultTypes: ["violations"] });
  return found.violations.filter((one) => ["serious", "critical"].includes(one.impact))
    .map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ")}`);
}"""


@pytest.fixture
def base(transactional_db: None, world: World) -> Iterator[str]:
    cache.clear()
    type(world.site).objects.update(access="guest")
    charging.assign(charging.make_rate(world.host), world.site, "guest")
    with gateways.running() as gateway:
        yield gateway.url.replace("ws://", "http://").removesuffix("/ocpp")


def agent_s(chromium, base: str, world: World, *, width: int, dark: bool):
    context = chromium.new_context(
        viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light", bypass_csp=True
    )
    cookie = logged_in(world.agent).cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": base}])
    context.add_init_script(AXE)
    return context


def test_a_guest_asks_an_agent_answers_and_the_guest_is_satisfied(chromium, base, world):
    session = charging.guest(world.charger)
    guest = chromium.new_context(viewport={"width": 375, "height": 800}, bypass_csp=True, java_script_enabled=False)
    page = guest.new_page()
    page.goto(f"{base}/s/{session.secret}/receipt/")
    page.get_by_role("link", name="Get help with this session").click()
    page.get_by_role("link", name="Why is this session so expensive?").click()
    page.get_by_label("What happened?").fill("The rate at the charger said 0.40.")
    page.get_by_role("button", name="Send").click()
    page.get_by_text("We have your request and look at it soon.").wait_for()
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
