"""The journeys that matter, in a real browser against a real gateway with real chargers."""

import asyncio
import threading
from collections.abc import Iterator

import pytest

from chargers.protocol.frames import Version
from chargers.security import keys
from chargers.simulator.device import Device16, Identity
from tests.kit import browser, inbound
from tests.kit import gateway as gateways
from tests.kit.gateway import Device
from tests.kit.journeys import log_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CARD = "04DEADBEEF01"


@pytest.fixture
def site(world, transactional_db) -> Iterator[str]:
    keys.set_imported(world.charger, "secret-password-1")
    world.charger.save()
    with gateways.running() as gateway:
        yield gateway.url


def in_a_thread(work):
    """Runs a charger's coroutine beside playwright, which has a loop of its own."""
    result: list[object] = []
    thread = threading.Thread(target=lambda: result.append(asyncio.run(work)))
    thread.start()
    thread.join(30)
    assert result, "the charger's story failed"
    return result[0]


async def tap(url: str) -> str:
    device = Device16(Identity(url=url, charger_id="CP1", password="secret-password-1"), log=lambda _: None)
    await device.connect()
    status = await device.authorize(CARD)
    assert device.link is not None
    await device.link.close()
    return status


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (375, True)])
def test_a_refused_card_is_explained_whitelisted_and_then_accepted(chromium, site, width, dark):
    base = site.replace("ws://", "http://").removesuffix("/ocpp")
    assert in_a_thread(tap(site)) == "Invalid"

    with browser.page(chromium, width=width, dark=dark) as page:
        log_in(page, base)
        page.get_by_role("link", name="SUN001", exact=True).click()
        page.get_by_role("link", name="Activity", exact=True).click()
        page.get_by_role("link", name="Logs", exact=True).click()
        assert browser.fits(page)
        page.get_by_role("link", name="Why?").first.click()
        page.get_by_text("What was checked").wait_for()
        assert browser.fits(page)
        page.get_by_role("link", name="Whitelist this UID…").click()
        assert page.get_by_label("UID").input_value() == CARD
        page.get_by_role("button", name="Add Token").click()
        page.get_by_text("which opens SUN001").wait_for()

    assert in_a_thread(tap(site)) == "Accepted"


def test_a_new_message_appears_by_itself(chromium, site):
    base = site.replace("ws://", "http://").removesuffix("/ocpp")

    with browser.page(chromium, width=1440) as page:
        log_in(page, base)
        page.goto(f"{base}/chargers/CP1/logs/")
        page.get_by_text("No message in this period").wait_for()
        in_a_thread(tap(site))
        page.get_by_role("row").filter(has_text="Authorize").first.wait_for(timeout=10_000)


def test_pages_fit_a_phone_and_need_no_script(chromium, site):
    base = site.replace("ws://", "http://").removesuffix("/ocpp")
    in_a_thread(tap(site))
    context = chromium.new_context(viewport={"width": 375, "height": 812}, java_script_enabled=False)
    page = context.new_page()
    try:
        log_in(page, base)
        page.goto(f"{base}/chargers/CP1/logs/")
        page.get_by_role("link", name="Why?").first.click()
        page.get_by_text("What was checked").wait_for()
    finally:
        context.close()


async def report_everything(url: str) -> None:
    gateway = gateways.Gateway(process=None, port=int(url.rpartition(":")[2].partition("/")[0]))
    async with await Device.connect(gateway, "CP1", version="2.1") as device:
        for version, row in inbound.rows():
            if version is Version.V21 and row.action != "NotifyPeriodicEventStream":
                await device.call(row.action, row.payload)
        await device.call("SecurityEventNotification", {"type": "x" * 300, "timestamp": "yesterday"})


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (375, True)])
def test_what_a_charger_reports_is_narrowed_unfolded_and_told_to_its_maker(chromium, site, width, dark):
    base = site.replace("ws://", "http://").removesuffix("/ocpp")
    in_a_thread(report_everything(site))

    with browser.page(chromium, width=width, dark=dark) as page:
        log_in(page, base)
        page.goto(f"{base}/chargers/CP1/reports/")
        assert browser.fits(page)
        page.get_by_label("About", exact=True).select_option("grid")
        page.get_by_text("Grid alarm on: voltage too high, control VoltVar").wait_for()
        assert page.get_by_text("Its clock was set").count() == 0
        page.get_by_text("NotifyDERAlarm").click()
        page.get_by_text('"gridEventFault": "OverVoltage"').wait_for()
        page.get_by_text("Text for the manufacturer").click()
        page.get_by_role("button", name="Copy for the manufacturer").wait_for()
        assert browser.fits(page)


async def first_contact(url: str, charger_id: str, password: str) -> str:
    """A charger straight from its box; stays connected for as long as the page needs to notice."""
    device = Device16(Identity(url=url, charger_id=charger_id, password=password), log=lambda _: None)
    await device.connect()
    await asyncio.sleep(6)
    assert device.link is not None
    await device.link.close()
    return charger_id


@pytest.mark.parametrize(("width", "dark"), [(1440, True), (375, False)])
def test_a_new_charger_is_added_and_the_page_sees_it_come(chromium, site, width, dark):
    base = site.replace("ws://", "http://").removesuffix("/ocpp")

    with browser.page(chromium, width=width, dark=dark) as page:
        log_in(page, base)
        page.get_by_role("link", name="Add a charger").click()
        assert browser.fits(page)
        page.get_by_label("Charger id").fill("NEW-1")
        page.get_by_role("button", name="Add the charger").click()
        page.get_by_text("Waiting for the charger").wait_for()
        password = page.locator("#new-password").inner_text()
        thread = threading.Thread(target=lambda: asyncio.run(first_contact(site, "NEW-1", password)))
        thread.start()
        page.get_by_text("Connected, OCPP 1.6, firmware 1.4.2.").wait_for(timeout=15_000)
        thread.join(30)
        assert browser.fits(page)
        page.get_by_role("link", name="Open the charger").click()
        page.get_by_role("heading", name="SUN002").wait_for()
