"""An owner lets people in, a guest stays, an employer pays, in a real browser, on a phone and on a desk."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from authorization.models import AccessGrant, Membership, ReimbursementContract, Stay
from chargers.models import Unit
from tests.kit import browser
from tests.kit import gateway as gateways
from tests.kit.journeys import log_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def base(world, transactional_db) -> Iterator[str]:
    Unit.objects.create(property=world.site, slug="2b", name="Apartment 2B")
    with gateways.running() as gateway:
        yield gateway.url.replace("ws://", "http://").removesuffix("/ocpp")


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (375, True)])
def test_an_owner_lets_people_in(chromium, base, world, width, dark):
    with browser.page(chromium, width=width, dark=dark) as page:
        log_in(page, base)
        if width < 700:
            page.locator(".more summary").first.click()
        page.get_by_role("link", name="Settings").first.click()
        page.get_by_role("link", name="People").first.click()
        page.get_by_role("link", name="Invite somebody").click()
        page.get_by_label("E-mail address").fill("kim@example.com")
        page.get_by_label("Operator").check()
        assert browser.fits(page)
        page.get_by_role("button", name="Make the link").click()
        path = "/invitation/" + page.locator("#link").inner_text().partition("/invitation/")[2]
        assert browser.fits(page)

        page.get_by_role("link", name="Back to people").click()
        page.get_by_role("link", name="Give temporary access").click()
        page.get_by_label("E-mail address").fill("stranger@example.com")
        page.get_by_label("Installer, 14 days").check()
        page.get_by_label("What they see").select_option("charger:CP1")
        page.get_by_label("Why").fill("New wallbox")
        assert browser.fits(page)
        page.get_by_role("button", name="Give access").click()
        page.locator("#link").wait_for()
        assert browser.fits(page)
        page.get_by_role("link", name="Back to people").click()
        assert browser.fits_inside_buttons(page)
        page.get_by_role("button", name="End the access of stranger@example.com now").click()
        page.get_by_text("stranger@example.com no longer sees charger SUN001.").wait_for()

    with browser.page(chromium, width=width, dark=dark) as page:
        page.goto(base + path)
        assert browser.fits(page)
        page.get_by_label("Choose a password").fill("a battery of horses")
        page.get_by_role("button", name="Join").click()
        page.get_by_text("Welcome to Sunset Stays.").wait_for()

    assert Membership.objects.get(user__email="kim@example.com").role == "operator"
    assert AccessGrant.objects.get().ends_at <= datetime.now(tz=UTC)


@pytest.mark.parametrize(("width", "dark"), [(1440, True), (375, False)])
def test_a_host_adds_a_stay_and_the_link_that_is_missing(chromium, base, world, width, dark):
    day = datetime.now(tz=UTC) + timedelta(days=2)
    with browser.page(chromium, width=width, dark=dark) as page:
        log_in(page, base)
        page.goto(f"{base}/authorization/stays/add/")
        page.get_by_label("Cards").fill("04FFEE0042")
        page.get_by_label("Where").select_option("sunset-1/2b")
        page.get_by_label("From").fill(f"{day:%Y-%m-%d}T15:00")
        page.get_by_label("Until").fill(f"{day + timedelta(days=3):%Y-%m-%d}T11:00")
        page.get_by_label("Guest", exact=True).fill("Robin")
        assert browser.fits(page)
        page.get_by_role("button", name="Add stay").click()
        page.get_by_text("The stay of Robin is saved.").wait_for()
        assert browser.fits(page)

        page.goto(f"{base}/authorization/reimbursement/?q=04FFEE0077&charger=CP1")
        page.get_by_role("link", name="Add contract for this card").click()
        page.get_by_label("Whose charging it is").fill("Kim, at home")
        page.get_by_label("SUN001, Sunset 1").uncheck()
        page.get_by_label("Employer").fill("Acme")
        page.get_by_label("Paid for each kWh").fill("0.31")
        assert browser.fits(page)
        page.get_by_role("button", name="Save").click()
        page.get_by_text("“Kim, at home” is saved.").wait_for()
        page.goto(f"{base}/authorization/reimbursement/?q=04FFEE0077&charger=CP1")
        assert browser.fits(page)
        assert browser.fits_inside_buttons(page)
        page.get_by_role("button", name="Link SUN001 to “Kim, at home”").click()
        page.get_by_text("Nothing is missing").wait_for()

    assert Stay.objects.get().unit.slug == "2b"
    assert [one.charger_id for one in ReimbursementContract.objects.get().chargers.all()] == ["CP1"]
