"""A guest's phone, in a real browser: the worker, the page without a connection, and the button for notifications."""

from collections.abc import Iterator

import pytest

from tests.kit import browser as browsers
from tests.kit import gateway as gateways
from tests.kit.push import KEY
from tests.kit.running import now, running

__all__ = ["now", "running"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def address(transactional_db, running) -> Iterator[str]:
    with gateways.running(more={"VAPID_PRIVATE_KEY": KEY}) as gateway:
        yield f"{gateway.url.replace('ws://', 'http://').removesuffix('/ocpp')}/s/{running.secret}/"


def test_a_phone_without_a_connection_reads_that_charging_goes_on(address):
    with browsers.launched() as chromium, chromium.new_context() as phone:
        page = phone.new_page()
        page.goto(address)
        scope = "navigator.serviceWorker.ready.then(({ scope }) => new URL(scope).pathname)"
        assert page.evaluate(scope) == "/s/"
        kept = "caches.keys().then(async ([name]) => (await (await caches.open(name)).keys()).map(({ url }) => url))"
        assert [url for url in page.evaluate(kept) if "/static/" not in url] == [address.split("/s/")[0] + "/s/offline"]

        phone.set_offline(True)
        page.goto(address)

        assert page.inner_text("h1") == "Your phone has no connection"
        phone.set_offline(False)
        page.get_by_role("link", name="Try again").click()
        page.get_by_role("button", name="Stop charging").wait_for()


@pytest.mark.parametrize(("permission", "state"), [("default", "off"), ("denied", "denied"), ("granted", "off")])
def test_the_button_says_what_is_possible_and_asks_nothing_by_itself(address, permission, state):
    with browsers.launched() as chromium, chromium.new_context() as phone:
        phone.add_init_script(f"""
            Object.defineProperty(Notification, "permission", {{ get: () => "{permission}" }});
            window.asked = 0;
            Notification.requestPermission = async () => {{ window.asked += 1; return "denied"; }};
        """)
        page = phone.new_page()
        page.goto(address)
        button = page.locator("[data-push-key]")
        page.locator(f"[data-push-key][data-state={state}]").wait_for()

        assert page.evaluate("window.asked") == 0
        if state == "off":
            button.get_by_role("button", name="Notify me when charging ends").click()
            page.locator("[data-push-key][data-state=denied]").wait_for()
            assert page.evaluate("window.asked") == 1
        assert button.get_by_text("Notifications are blocked for this page.").is_visible()
