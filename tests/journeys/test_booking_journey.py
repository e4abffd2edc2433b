"""A guest of a stay at a private charger, with a slow phone in a real browser: by code, by digits, by link."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from authorization.models import Stay, StayKey
from billing.models import Session
from chargers.models import Charger as ChargerRow
from chargers.models import Property, Unit
from tests.kit import bookings, browser
from tests.kit.booking import CODE, day_of
from tests.kit.guest_charger import Charger, site

__all__ = ["site"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LINK = "a-link-that-nobody-guesses"
SLOW = {"offline": False, "latency": 300, "downloadThroughput": 75_000, "uploadThroughput": 30_000}
"""A bad day of 4G: round trips of 300 ms, 600 kbit/s down and 240 up."""


@pytest.fixture
def melanie(site: str) -> Stay:
    """A booking of the flat whose charger is private."""
    property_ = Property.objects.select_related("host").get()
    Property.objects.update(access="private")
    unit = Unit.objects.create(property=property_, slug="2b", name="Apartment 2B")
    ChargerRow.objects.update(unit=unit)
    source = bookings.connection(property_.host)
    return bookings.booking(source, property_, unit, code=CODE, link_key=LINK)


def by_code(page: Page, base: str, _: Stay) -> None:
    page.goto(f"{base}/c/SUN001")
    page.get_by_role("link", name="I have a booking").click()
    page.get_by_label("Reservation code").fill(CODE.lower())
    page.get_by_role("button", name="Open with my booking").click()


def by_digits(page: Page, base: str, stay: Stay) -> None:
    page.goto(f"{base}/c/SUN001")
    page.get_by_role("link", name="I have a booking").click()
    page.locator("#id_last4").fill("4711")
    page.locator("#id_arrival").fill(day_of(stay))
    page.get_by_role("button", name="Open with my booking").click()


def by_link(page: Page, base: str, _: Stay) -> None:
    page.goto(f"{base}/stay/{LINK}/")
    page.get_by_role("main").get_by_role("button").first.click()
    page.goto(f"{base}/c/SUN001")


@pytest.mark.parametrize(("prove", "proof"), [(by_code, "code"), (by_digits, "digits"), (by_link, "link")])
def test_the_booking_opens_the_private_charger_and_charging_begins(
    chromium, site, melanie, prove: Callable[[Page, str, Stay], None], proof
):
    base = site.replace("ws://", "http://").removesuffix("/ocpp")

    with Charger(site), browser.page(chromium, width=375) as page:
        slow = page.context.new_cdp_session(page)
        slow.send("Network.enable")
        slow.send("Network.emulateNetworkConditions", SLOW)
        slow.send("Emulation.setCPUThrottlingRate", {"rate": 4})
        prove(page, base, melanie)
        page.get_by_text("Welcome, Melanie.").wait_for(timeout=20_000)
        assert browser.fits(page)
        page.get_by_role("button", name="Pay and start").click()
        page.get_by_text("Cost so far").wait_for(timeout=20_000)

    assert StayKey.objects.get().proof == proof
    session = Session.objects.get()
    assert (session.stay, session.state) == (melanie, "charging")
