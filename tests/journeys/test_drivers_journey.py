"""A driver at phone size in a real browser: from a receipt to an account, a card, a plan, a session, the end."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from authorization.models import User
from billing.models import PlanVersion, Receipt, Session, SimulatedCard
from billing.sessions.drivers import accounts
from billing.sessions.plans import catalogue
from billing.sessions.plans.catalogue import PlanTerms
from billing.sessions.settlement import settle
from chargers.models import Connector, Property
from chargers.security import keys
from tests.kit import browser, charging
from tests.kit import gateway as gateways
from tests.kit.guest import RATE
from tests.kit.guest_charger import Charger

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def paid(world, transactional_db) -> Session:
    """What a guest paid yesterday at a place that offers a plan: no connection fee, 10 % off energy."""
    Property.objects.update(access="guest")
    charging.assign(charging.make_rate(world.host, definition=RATE), world.site, "guest")
    session = charging.guest(world.charger, email="")
    offer = PlanTerms(
        fee_minor=990,
        currency="USD",
        discount_pct=Decimal(10),
        waives=("connection",),
        proration=PlanVersion.Proration.FULL,
    )
    catalogue.make(world.host, name="Neighbour", offer=offer, now=datetime.now(tz=UTC) - timedelta(days=2))
    Connector.objects.update(max_power_w=400_000)
    keys.set_imported(world.charger, "secret-password-1")
    world.charger.save()
    return session


@pytest.fixture
def url(paid) -> Iterator[str]:
    with gateways.running() as gateway:
        yield gateway.url


def come_in(page: browser.Page, base: str, *, session: Session) -> None:
    """By a link like the one in the mail, which the gateway's own process has sent."""
    sent = accounts.make_link("kim@example.com", now=datetime.now(tz=UTC), session=session)
    page.goto(f"{base}/drive/come-in/{sent.secret}/")
    page.get_by_role("button", name="Log in").click()


def test_a_driver_signs_up_subscribes_charges_and_leaves(chromium, url, paid):
    base = url.replace("ws://", "http://").removesuffix("/ocpp")

    with Charger(url), browser.page(chromium, width=375) as page:
        page.goto(f"{base}/s/{paid.secret}/receipt/")
        page.get_by_text("Keep it in an account").click()
        page.get_by_label("E-mail", exact=True).fill("kim@example.com")
        page.get_by_role("button", name="Send me a link").click()
        assert page.get_by_text("This installation has no mail server").first.is_visible()
        come_in(page, base, session=paid)
        assert page.get_by_role("link", name="Sunset 1").is_visible()
        assert browser.fits(page)

        page.get_by_role("link", name="Payment").click()
        page.get_by_role("button", name="Save card").click()
        page.get_by_text("Visa ending 4242 was saved.").wait_for()
        assert browser.fits(page)

        page.get_by_role("link", name="Plans").click()
        page.get_by_role("link", name="Neighbour").click()
        assert page.get_by_text("Today: $9.90").is_visible()
        assert page.get_by_text("Energy costs 10 % less.").is_visible()
        assert browser.fits(page)
        page.get_by_role("button", name="Subscribe and pay $9.90").click()
        page.get_by_text("Next charge on").wait_for()
        assert browser.fits(page)

        page.goto(f"{base}/c/SUN001")
        page.get_by_role("button", name="Start with Visa ending 4242").click()
        page.get_by_role("button", name="Stop charging").wait_for(timeout=20_000)
        page.get_by_text("$0.06", exact=True).wait_for(timeout=20_000)
        page.get_by_role("button", name="Stop charging").click()
        page.get_by_text(re.compile("please unplug|The plug is out")).wait_for(timeout=20_000)
        now = datetime.now(tz=UTC)
        settle.catch_up(now=now)
        settle.settle_due(now=now)
        page.get_by_role("heading", name="Done").wait_for(timeout=20_000)
        page.get_by_role("link", name="Receipt").click()
        assert page.get_by_text("waived by your plan").is_visible()
        assert page.get_by_text("$0.315").is_visible()
        assert browser.fits(page)

        page.goto(f"{base}/drive/plans/")
        page.get_by_role("link", name="Change or end it").click()
        page.get_by_role("button", name="End it now").click()
        page.get_by_text("It has ended.").wait_for()
        page.get_by_role("link", name="Account").click()
        assert browser.fits(page)
        page.get_by_role("link", name="Delete my account").click()
        assert page.get_by_text("What stays, and why").is_visible()
        page.get_by_role("button", name="Delete my account for good").click()
        page.get_by_role("heading", name="Your account was deleted").wait_for()

    assert not User.objects.filter(email="kim@example.com").exists()
    assert SimulatedCard.objects.get().state == "detached"
    document = Receipt.objects.order_by("-id")[0].document
    assert document["report"]["total"] == 6, "0.2 kWh for 0.315 each, and no connection fee"
