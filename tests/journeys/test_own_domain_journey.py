"""A guest at a host's own domain in a real browser: scan, pay with a card whose bank asks, charge, all at that name."""

import os

import pytest

from chargers.models import Host
from tests.kit import browser, guest_domains
from tests.kit.guest_charger import Charger, site
from tests.kit.guest_domains import NAME

__all__ = ["site"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module")
def abroad():
    """A browser for which the name leads to this machine, as its DNS entry would."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with browser.launched(f"--host-resolver-rules=MAP {NAME} 127.0.0.1") as launched:
        yield launched
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


def test_a_guest_pays_by_way_of_the_bank_and_charges_there(abroad, site):
    guest_domains.use(Host.objects.get(slug="sunset"))
    port = site.rpartition(":")[2].removesuffix("/ocpp")
    base = f"http://{NAME}:{port}"

    context = abroad.new_context(viewport={"width": 375, "height": 800})
    errors: list[str] = []
    with Charger(site):
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))  # the console says that the name has no TLS here
        page.goto(f"{base}/")
        page.wait_for_url(f"{base}/charge")
        page.goto(f"{base}/c/SUN001")
        page.get_by_label("A card whose bank asks you first").check()
        page.get_by_role("button", name="Pay and start").click()
        page.wait_for_url(f"{base}/processor/simulated/**")
        page.get_by_role("button", name="Confirm").click()
        page.wait_for_url(f"{base}/s/**")
        page.get_by_role("heading", name="Sunset 1").wait_for()
        assert {cookie["domain"] for cookie in context.cookies()} == {NAME}
    context.close()
    assert errors == []
