"""Portal pages that stay open: they say when the line is down, and catch up by themselves when it is back."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from billing.models import Session
from chargers.models import Charger
from tests.kit import browser, charging
from tests.kit import gateway as gateways
from tests.kit.world import PASSWORD, tap

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def base(transactional_db: None, world) -> Iterator[str]:
    with gateways.running() as gateway:
        yield gateway.url.replace("ws://", "http://").removesuffix("/ocpp")


@pytest.fixture
def page(base, chromium) -> Iterator[browser.Page]:
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    found = context.new_page()
    found.goto(f"{base}/")
    found.get_by_label("E-mail address").fill("owner@example.com")
    found.get_by_label("Password").fill(PASSWORD)
    found.get_by_role("button", name="Log in").click()
    found.wait_for_url(f"{base}/")
    yield found
    context.close()


def speeded(page, path):
    """The page with polls every half second, so that a test need not wait for them."""

    def hurry(route):
        response = route.fetch()
        route.fulfill(response=response, body=re.sub(r"every \d+s", "every 500ms", response.text()))

    page.route("**/*", lambda route: hurry(route) if route.request.resource_type == "document" else route.continue_())
    page.goto(path)
    page.unroute_all()


@pytest.mark.parametrize("path", ["/", "/chargers/", "/chargers/CP1/", "/chargers/CP1/logs/", "/sessions/"])
def test_a_page_says_that_it_is_disconnected_until_a_poll_succeeds_again(page, base, path):
    speeded(page, f"{base}{path}")
    told = page.get_by_role("status").get_by_text("Disconnected, retrying")
    assert not told.is_visible()

    page.context.set_offline(True)
    told.wait_for(timeout=10_000)
    if path.endswith("logs/"):
        assert not page.locator("[data-live] .state-ok").is_visible()

    page.context.set_offline(False)
    told.wait_for(state="hidden", timeout=20_000)
    if path.endswith("logs/"):
        page.locator("[data-live] .state-ok").wait_for()


def test_it_says_so_also_when_the_server_answers_with_an_error(page, base):
    speeded(page, f"{base}/chargers/CP1/logs/")
    page.route("**/chargers/CP1/logs/?*", lambda route: route.fulfill(status=502, body="Bad Gateway"))

    page.get_by_role("status").get_by_text("Disconnected, retrying").wait_for(timeout=10_000)


def test_an_item_closes_itself_and_the_head_of_a_charger_follows(page, base, world):
    Charger.objects.update(connection_id=None, disconnected_at=datetime.now(tz=UTC) - timedelta(minutes=20))
    speeded(page, f"{base}/")
    page.get_by_role("link", name="1 offline").wait_for()

    Charger.objects.update(connection_id="00000000-0000-7000-8000-000000000001", connected_at=datetime.now(tz=UTC))
    page.get_by_role("link", name="1 offline").wait_for(state="detached", timeout=20_000)

    speeded(page, f"{base}/chargers/CP1/logs/")
    page.get_by_text("no message yet").wait_for()
    Charger.objects.update(last_message_at=datetime.now(tz=UTC))
    page.get_by_text("last message").wait_for(timeout=20_000)
    tap(world.charger, "04DEADBEEF01")
    page.get_by_role("cell", name="04DEADBEEF01").wait_for(timeout=20_000)


def test_the_page_of_one_session_follows_it_and_rests_when_it_has_ended(page, base, world):
    charging.assign(charging.make_rate(world.host), world.site, "member")
    begun_at = datetime.now(tz=UTC) - timedelta(hours=3)
    row = charging.start(world.charger, uid="04A1B2C3D4", at=begun_at)
    session = Session.objects.get(transaction=row)
    speeded(page, f"{base}/sessions/{session.pk}/")
    figures = page.get_by_role("region", name="Figures of the session")
    figures.get_by_text("$0.00", exact=True).wait_for()
    page.get_by_text("Why this amount?").click()
    told = page.get_by_role("status").get_by_text("Disconnected, retrying")

    charging.read(row, 6000, at=begun_at + timedelta(minutes=30))
    figures.get_by_text("$3.00", exact=True).wait_for(timeout=20_000)
    assert page.get_by_text("The register stood at").is_visible(), "what was unfolded stays so"
    speeded(page, f"{base}/sessions/{session.pk}/")
    page.context.set_offline(True)
    told.wait_for(timeout=10_000)
    page.context.set_offline(False)
    told.wait_for(state="hidden", timeout=20_000)

    speeded(page, f"{base}/sessions/{session.pk}/")
    charging.finish(row, wh=20_000, at=begun_at + timedelta(hours=2))
    page.locator("#live:not([hx-trigger])").wait_for(timeout=20_000)
    page.get_by_text("Settled").first.wait_for()


def test_who_was_logged_out_is_led_to_the_log_in_page(page, base):
    speeded(page, f"{base}/")

    page.context.clear_cookies()

    page.get_by_role("button", name="Log in").wait_for(timeout=20_000)
    assert "/accounts/login/" in page.url
