"""The console and the settings in a real browser, with a charger that obeys, with and without scripts."""

import asyncio
import threading
import time
from collections.abc import Iterator

import pytest

from chargers.models import Variable
from chargers.security import keys
from chargers.simulator.device import Device16, Identity
from tests.kit import browser
from tests.kit import gateway as gateways
from tests.kit.journeys import log_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def base(world, transactional_db) -> Iterator[str]:
    """The pages' address, while a simulated charger is connected and obeys."""
    keys.set_imported(world.charger, "secret-password-1")
    world.charger.save()
    with gateways.running() as gateway:
        over = threading.Event()

        async def obey() -> None:
            identity = Identity(url=gateway.url, charger_id="CP1", password="secret-password-1")
            device = Device16(identity, log=lambda _: None)
            await device.connect()
            while not over.is_set():
                await asyncio.sleep(0.1)
            assert device.link is not None
            await device.link.close()

        thread = threading.Thread(target=lambda: asyncio.run(obey()))
        thread.start()
        try:
            wait_until(lambda: Variable.objects.filter(name="HeartbeatInterval").exists())
            yield gateway.url.replace("ws://", "http://").removesuffix("/ocpp")
        finally:
            over.set()
            thread.join(10)


def wait_until(question, *, within_s: float = 15.0) -> None:
    deadline = time.monotonic() + within_s
    while not question():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


def test_a_limit_is_set_and_shown_as_a_picture_on_a_phone_without_scripts(chromium, base):
    context = chromium.new_context(viewport={"width": 375, "height": 812}, java_script_enabled=False)
    page = context.new_page()
    try:
        log_in(page, base)
        page.goto(f"{base}/chargers/CP1/commands/")
        assert fits(page)
        page.locator("#set_profile > summary").click()
        page.locator("#set_profile-periods").fill("0 16\n60 10")
        page.get_by_role("button", name="Limit the power…").click()
        assert page.get_by_role("img", name="from +0:00 h: 16 A").is_visible()
        page.get_by_role("button", name="Take a charging profile").click()
        page.goto(f"{base}/chargers/CP1/commands/")
        page.get_by_text("The charger took the charging profile.").wait_for()
        page.locator("#schedule > summary").click()
        with page.expect_navigation():
            page.locator("#schedule").get_by_role("button", name="Show the schedule").click()
        wait_until(
            lambda: page.reload() is not None and page.get_by_text("The charger reported its schedule").is_visible()
        )
        assert page.get_by_role("cell", name="10 A").is_visible()
        assert fits(page)
    finally:
        context.close()


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (375, True)])
def test_a_setting_is_changed_and_its_history_shown(chromium, base, width, dark):
    with browser.page(chromium, width=width, dark=dark) as page:
        log_in(page, base)
        page.goto(f"{base}/chargers/CP1/configuration/")
        assert browser.fits(page)
        page.get_by_label("HeartbeatInterval").fill("600")
        page.get_by_role("button", name="Send the changes").click()
        page.get_by_text("was 300").wait_for()
        page.reload()
        assert page.get_by_label("HeartbeatInterval").input_value() == "600"
        page.goto(f"{base}/chargers/CP1/commands/any/")
        page.get_by_role("link", name="GetConfiguration").click()
        page.get_by_role("button", name="Add key 1").click()
        page.get_by_label("key 1").fill("HeartbeatInterval")
        page.get_by_role("button", name="Preview").last.click()
        page.get_by_role("button", name="Send GetConfiguration").click()
        page.get_by_text("The charger reported 1 setting.").wait_for()
        assert browser.fits(page)


def fits(page: browser.Page) -> bool:
    """Without scripts in the page the browser still measures for us."""
    return int(page.locator("main").bounding_box()["width"]) <= 375
