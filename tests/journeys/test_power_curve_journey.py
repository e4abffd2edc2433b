"""The power of a session in a real browser: pointer and keys read each value, and what happened comes below."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from billing.models import Session
from tests.kit import axe, browser, charging
from tests.kit import gateway as gateways
from tests.kit.charging import YESTERDAY
from tests.kit.logging_in import logged_in
from tests.kit.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def base(world: World, transactional_db) -> Iterator[str]:
    with gateways.running() as gateway:
        yield gateway.url.replace("ws://", "http://").removesuffix("/ocpp")


@pytest.fixture
def session(world: World) -> Session:
    charging.assign(charging.make_rate(world.host), world.site, "guest", "member")
    row = charging.start(world.charger, uid="04A1B2C3D4", at=YESTERDAY)
    for number, wh in enumerate((3000, 7000, 9000), 1):
        charging.read(row, wh, at=YESTERDAY + timedelta(hours=number))
    return charging.finish(row, wh=8000, at=YESTERDAY + timedelta(hours=4))


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (375, True)])
def test_pointer_and_keys_read_the_power_and_its_price(chromium, base, world, session, width, dark):
    with browser.page(chromium, width=width, dark=dark) as page:
        cookie = logged_in(world.owner).cookies["sessionid"].value
        page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": base}])
        page.goto(f"{base}/sessions/{session.pk}/")
        plot, reading = page.locator("[data-plot]"), page.locator(".chart-reading")
        slider = plot.get_by_role("slider")
        assert not reading.is_visible()

        box = plot.bounding_box()
        plot.hover(position={"x": box["width"] * 0.51, "y": 60})
        assert reading.inner_text().split("\n")[::2] == ["4 kW", "Per kWh: $0.40"]

        slider.focus()
        page.keyboard.press("Home")
        assert ": 0 kW, Per kWh: $0.40" in slider.get_attribute("aria-valuetext")
        page.keyboard.press("ArrowRight")
        assert ": 2 kW, Per kWh: $0.40" in slider.get_attribute("aria-valuetext")
        assert reading.is_visible()
        assert browser.fits(page)
        page.evaluate(axe.AXE)
        assert axe.faults(page) == []

        page.locator("#what-happened").scroll_into_view_if_needed()
        page.locator("#moments-charging > summary").click()
        assert page.get_by_text("The charger began a transaction").is_visible()
        assert browser.fits(page)
