"""Charts in a real browser: pointer, finger and keys read each day, a day opens its list, a chart becomes a picture."""

import io
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from PIL import Image

from chargers.models import Property
from tests.kit import axe, browser, charging
from tests.kit import gateway as gateways
from tests.kit.charging import YESTERDAY
from tests.kit.logging_in import logged_in
from tests.kit.world import World, tap

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CHARGED = '[data-chart="charged-usd"]'


@pytest.fixture
def base(world: World, transactional_db) -> Iterator[str]:
    Property.objects.update(access="guest")
    charging.assign(charging.make_rate(world.host), world.site, "guest", "member")
    charging.guest(world.charger, at=YESTERDAY - timedelta(days=1))
    charging.guest(world.charger, at=YESTERDAY - timedelta(days=3), wh=10_000)
    tap(world.charger, "DEADBEEF")
    with gateways.running() as gateway:
        yield gateway.url.replace("ws://", "http://").removesuffix("/ocpp")


def opened(page, base, world, path):
    cookie = logged_in(world.owner).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": base}])
    page.goto(f"{base}{path}")


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (375, True)])
def test_each_day_is_read_by_pointer_and_keys_and_opens_its_sessions(chromium, base, world, width, dark):
    with browser.page(chromium, width=width, dark=dark) as page:
        opened(page, base, world, "/dashboard/charts/?compare=1")
        plot, reading = page.locator(f"{CHARGED} [data-plot]"), page.locator(f"{CHARGED} .chart-reading")
        assert not reading.is_visible()

        page.locator(f"{CHARGED} .hits a").first.hover()
        assert reading.inner_text().startswith("$5.00\n")
        assert "before, " in reading.inner_text()

        slider = plot.get_by_role("slider")
        slider.focus()
        page.keyboard.press("Home")
        assert ": $0.00" in slider.get_attribute("aria-valuetext")
        for _ in range(40):
            if "$9.00" in slider.get_attribute("aria-valuetext"):
                break
            page.keyboard.press("ArrowRight")
        assert reading.inner_text().startswith("$9.00")
        assert browser.fits(page)
        page.evaluate(axe.AXE)
        assert axe.faults(page) == []

        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(r"/sessions/\?by=charged"))
        assert page.locator(".tile", has_text="Charged, with tax").inner_text().split("\n")[1] == "$9.00"


def test_a_finger_reads_first_and_opens_what_it_has_read(chromium, base, world):
    with browser.page(chromium, width=375, has_touch=True) as page:
        opened(page, base, world, "/dashboard/charts/")
        day = page.locator(f"{CHARGED} .hits a").first

        day.tap()
        assert page.locator(f"{CHARGED} .chart-reading").inner_text().startswith("$5.00")
        assert "/dashboard/charts/" in page.url
        day.tap()
        page.wait_for_url(re.compile(r"/sessions/\?by=charged"))


def test_a_chart_becomes_a_light_picture(chromium, base, world):
    with browser.page(chromium, width=1280, dark=True) as page:
        opened(page, base, world, "/dashboard/charts/")
        with page.expect_download() as download:
            page.locator(CHARGED).get_by_role("button", name="PNG").click()

        assert download.value.suggested_filename == "charged-usd.png"
        picture = Image.open(io.BytesIO(download.value.path().read_bytes())).convert("RGB")
        assert picture.getpixel((0, 0)) == (255, 255, 255)
        colours = {colour for _, colour in picture.getcolors(maxcolors=1 << 20)}
        assert (11, 92, 173) in colours
        assert page.locator(".chart-picture").count() == 0


def test_without_scripts_the_titles_the_links_and_the_table_are_there(chromium, base, world):
    with browser.page(chromium, width=1280, has_scripts=False) as page:
        opened(page, base, world, "/dashboard/charts/")

        assert "$9.00" in page.locator(f"{CHARGED} .hits a title").last.text_content()
        assert page.locator(CHARGED).get_by_role("button", name="PNG").is_hidden()
        page.locator(f"{CHARGED} summary").click()
        assert page.locator(f"{CHARGED} table").get_by_text("$9.00").is_visible()
        assert page.locator(CHARGED).get_by_role("link", name="CSV").is_visible()
