"""Money's pages in a real browser, on a phone and on a desk: they fit, and say the same."""

import re
from collections.abc import Iterator

import pytest
from django.test import Client

from billing.models import Session
from chargers.models import Connector, Property
from tests.kit import browser, charging
from tests.kit import gateway as gateways
from tests.kit.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def busy(world: World, transactional_db, settings) -> Session:
    """A guest's session with a refund that waits, a debt, a member's session, and one that is held."""
    settings.REFUND_ALONE_UP_TO = 2
    Property.objects.update(access="guest", contact_email="host@example.com")
    Connector.objects.update(max_power_w=11_000)
    charging.assign(charging.make_rate(world.host), world.site, "guest", "member")
    paid = charging.guest(world.charger, at=charging.YESTERDAY - charging.timedelta(hours=20))
    charging.refund(paid, amount_minor=300)
    charging.guest(world.charger, at=charging.YESTERDAY - charging.timedelta(hours=15), held_minor=500)
    charging.charge(world.charger, at=charging.YESTERDAY - charging.timedelta(hours=10))
    charging.dispute(paid)
    return charging.guest(world.charger, at=charging.YESTERDAY - charging.timedelta(hours=5), wh=900_000)


@pytest.fixture
def base(busy: Session) -> Iterator[str]:
    with gateways.running() as gateway:
        yield gateway.url.replace("ws://", "http://").removesuffix("/ocpp")


@pytest.mark.parametrize("width", [375, 1440])
def test_money_s_pages_fit_and_say_the_same(chromium, base, world, busy, width):
    with browser.page(chromium, width=width) as page:
        client = Client()
        client.force_login(world.owner, backend="django.contrib.auth.backends.ModelBackend")
        page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": base}])
        month = f"{charging.YESTERDAY - charging.timedelta(hours=10):%Y-%m}"
        texts = {}
        for name, path in {
            "dashboard": "/",
            "money": "/money/",
            "statement": f"/statements/sunset/USD/{month}/",
            "held": f"/sessions/{busy.pk}/",
        }.items():
            page.goto(f"{base}{path}")
            assert browser.fits(page)
            assert browser.fits_inside_buttons(page)
            texts[name] = " ".join(page.locator("main").inner_text().split())
        assert "Earned $18.00" in texts["dashboard"]
        assert "Owed to you now $18.00" in texts["dashboard"]
        assert re.search(r"Settled with the property with tax, [^$]* \$9\.00", texts["dashboard"])
        assert "1 refund waits for a second person" in texts["dashboard"]
        assert "Earned $18.00" in texts["statement"]
        assert "Bill what the connector can deliver" in texts["held"]
        page.goto(f"{base}/s/{busy.secret}/")
        assert browser.fits(page)
