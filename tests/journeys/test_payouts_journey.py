"""Payouts and statements in a real browser: their charts can be read, and the portal's rooms begin at the first."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from billing.models import Payout
from billing.payouts.cycle import cycle
from chargers.models import Property
from tests.kit import browser, charging
from tests.kit import gateway as gateways
from tests.kit.logging_in import logged_in
from tests.kit.payouts import NEVER, Books
from tests.kit.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NOW = datetime.now(tz=UTC)
CUT = """[...document.querySelectorAll(".bars-label, .bars-amount")].filter(one =>
    one.scrollWidth > one.clientWidth + 1 || parseFloat(getComputedStyle(one).fontSize) < 12).length"""
UNDER = """[...document.querySelectorAll(".bars-row")].filter(row => {
    const [words, bar] = [row.children[0], row.children[1]].map(one => one.getBoundingClientRect());
    return words.right > bar.left + 1 && words.bottom > bar.top + 1;
}).length"""


@pytest.fixture
def payout(world: World, transactional_db) -> Payout:
    books = Books(host=world.host, place=world.charger.property, charger=world.charger)
    books.agree(cycle="manual")
    books.bank()
    books.sale(119_000, tax=19_000, at=NOW - timedelta(days=3))
    books.sale(595, tax=95, at=NOW - timedelta(days=2), paid_at=NEVER)
    found = cycle.close(books.scope, until=NOW, now=NOW)
    assert found is not None
    books.sale(2000, at=NOW + timedelta(hours=1))
    cycle.close(books.scope, until=NOW + timedelta(days=1), now=NOW + timedelta(days=1))
    Property.objects.update(access="guest")
    charging.assign(charging.make_rate(world.host), world.site, "guest")
    charging.guest(world.charger, at=NOW - timedelta(hours=6))
    return found


@pytest.fixture
def base(payout: Payout) -> Iterator[str]:
    with gateways.running() as gateway:
        yield gateway.url.replace("ws://", "http://").removesuffix("/ocpp")


@pytest.mark.parametrize("width", [375, 1280])
def test_charts_can_be_read_and_the_rooms_begin_at_the_first(chromium, base, world, payout, width):
    month = NOW.astimezone(ZoneInfo(world.site.time_zone))
    with browser.page(chromium, width=width) as page:
        cookie = logged_in(world.agent).cookies["sessionid"].value
        page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": base}])
        for path in (
            "/payouts/sunset/",
            f"/payouts/one/{payout.pk}/",
            "/payouts/sunset/accounts/",
            f"/statements/sunset/USD/{month:%Y-%m}/",
        ):
            page.goto(f"{base}{path}")
            assert page.locator("h1").count() == 1, path
            assert browser.fits(page), path
            assert (page.evaluate(CUT), page.evaluate(UNDER)) == (0, 0), path
            if width == 1280:
                strip = "(one => [one.scrollLeft, one.scrollWidth - one.clientWidth])(document.querySelector('.rooms'))"
                assert page.evaluate(strip) == [0, 0], path
