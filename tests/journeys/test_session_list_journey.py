"""The list of sessions in a real browser: a day filters at once, and going back shows the filters of the list."""

from collections.abc import Iterator

import pytest

from tests.kit import browser
from tests.kit import gateway as gateways
from tests.kit.logging_in import logged_in
from tests.kit.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def base(world: World, transactional_db) -> Iterator[str]:
    with gateways.running() as gateway:
        yield gateway.url.replace("ws://", "http://").removesuffix("/ocpp")


def test_going_back_leaves_no_date_in_a_form_whose_list_has_none(chromium, base, world):
    with browser.page(chromium, width=1280) as page:
        cookie = logged_in(world.agent).cookies["sessionid"].value
        page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": base}])
        page.goto(f"{base}/sessions/")
        page.fill("#id_since", "2026-01-05")
        page.keyboard.press("Tab")
        page.wait_for_url("**since=2026-01-05**")
        assert page.input_value("#id_since") == "2026-01-05"

        page.go_back()

        page.wait_for_function("!location.search.includes('since=2026')")
        assert page.input_value("#id_since") == ""


def test_the_row_that_has_the_focus_keeps_it_when_the_list_is_replaced(chromium, base, world):
    with browser.page(chromium, width=1280) as page:
        cookie = logged_in(world.owner).cookies["sessionid"].value
        page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": base}])
        page.goto(f"{base}/chargers/")
        page.keyboard.press("j")
        before = page.evaluate("document.activeElement.getAttribute('href')")
        page.evaluate("document.activeElement.dataset.old = '1'")

        page.wait_for_selector("[data-old]", state="detached", timeout=30_000)

        assert before
        assert page.evaluate("document.activeElement.getAttribute('href')") == before
