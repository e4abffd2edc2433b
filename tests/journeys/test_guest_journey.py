"""A guest at phone size in a real browser, with a real charger: scan, price, pay, plug, cost, stop, receipt, why."""

import re
from datetime import UTC, datetime

import pytest

from billing.models import Receipt
from billing.sessions.settlement import settle
from tests.kit import browser
from tests.kit.guest_charger import Charger, site

__all__ = ["site"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_guest_scans_pays_charges_stops_and_understands_the_receipt(chromium, site):
    base = site.replace("ws://", "http://").removesuffix("/ocpp")

    with Charger(site), browser.page(chromium, width=375) as page:
        page.goto(f"{base}/c/SUN001")
        assert page.get_by_text("$0.35 per kWh").is_visible()
        assert browser.fits(page)
        page.get_by_role("button", name="Pay and start").click()
        page.get_by_text("Cost so far").wait_for(timeout=20_000)
        page.get_by_text("$0.57", exact=True).wait_for(timeout=20_000)
        assert browser.fits(page)
        page.get_by_role("button", name="Stop charging").click()
        page.get_by_text(re.compile("please unplug|The plug is out")).wait_for(timeout=20_000)
        now = datetime.now(tz=UTC)
        settle.catch_up(now=now)
        settle.settle_due(now=now)
        page.get_by_role("heading", name="Done").wait_for(timeout=20_000)
        assert page.get_by_text("$0.57 was taken from your card ending 4242").is_visible()
        page.get_by_role("link", name="Receipt").click()
        page.get_by_text("Why this amount?").click()
        assert page.get_by_text("0.200 kWh flowed").is_visible()
        assert page.get_by_text("start, meter at 0 Wh").first.is_visible()
        assert browser.fits(page)
        assert page.get_by_text("EIN 52-0000000").is_visible()
        assert page.get_by_text("Plugged in", exact=True).is_visible()
        pdf = page.request.get(f"{page.url.removesuffix('/')}.pdf")
        assert pdf.headers["content-type"] == "application/pdf"
        assert pdf.body().startswith(b"%PDF")

    document = Receipt.objects.get().document
    assert document["report"]["total"] == 57
    assert document["plugged_in_at"] is not None
    assert document["charger"]["current"] == "AC"
    assert document["charging_s"] >= 3
