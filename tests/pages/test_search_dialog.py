"""The search of every page: "/" or Ctrl-K, results while typing, chosen by keyboard, and only what is the viewer's."""

from collections.abc import Iterator

import pytest

from tests.kit import browser
from tests.kit import gateway as gateways
from tests.kit.journeys import log_in
from tests.kit.page_text import text_of
from tests.kit.world import World, make_user


@pytest.mark.django_db
def test_it_suggests_while_somebody_types(world: World, client_of):
    def suggested(user, text):
        return text_of(client_of(user).get("/find/", {"q": text}, headers={"HX-Request": "true"}))

    assert "Charger CP1, Sunset 1" in suggested(world.owner, "SUN0")
    assert "Add Token" in suggested(world.owner, "add a tok")
    assert "Refund a session" in suggested(world.owner, "Refund")
    assert "Invite somebody" in suggested(world.owner, "invi")
    assert "Nothing found for “SUN0”" in suggested(world.stranger, "SUN0")
    assert "Property Sunset 1" in suggested(world.agent, "sunset")
    assert "Home" in suggested(world.teammate, "")
    operator = make_user("operator@example.com", world.host, "operator")
    assert "Refund" not in suggested(operator, "refund")
    assert "Invite" not in suggested(world.teammate, "invite")


@pytest.mark.django_db
def test_every_page_of_the_portal_leads_to_it_without_a_script(world: World, client_of):
    for address in ("/", "/chargers/", "/chargers/CP1/", "/sessions/", "/authorization/tokens/", "/people/sunset/"):
        page = client_of(world.owner).get(address).content.decode()
        assert '<a class="search-open" href="/find/"' in page, address
        assert '<dialog id="search"' in page, address


@pytest.fixture
def base(transactional_db: None, world: World) -> Iterator[str]:
    with gateways.running() as gateway:
        yield gateway.url.replace("ws://", "http://").removesuffix("/ocpp")


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("width", "dark"), [(1280, False), (375, True)])
def test_it_opens_and_chooses_by_keyboard(chromium, base, width, dark):
    with browser.page(chromium, width=width, dark=dark) as page:
        log_in(page, base)
        page.wait_for_url(f"{base}/chargers/")
        dialog = page.get_by_role("dialog", name="Search")

        page.keyboard.press("/")
        dialog.wait_for()
        assert browser.fits(page)
        page.keyboard.type("SUN001")
        dialog.get_by_role("option", name="Charger CP1").wait_for()
        assert dialog.get_by_role("option", selected=True).inner_text().startswith("Charger CP1")
        page.keyboard.press("Enter")
        page.wait_for_url(f"{base}/chargers/CP1/")

        page.keyboard.press("Control+k")
        dialog.wait_for()
        page.keyboard.type("add")
        dialog.get_by_role("option", name="Add a charger").wait_for()
        first = dialog.get_by_role("option", selected=True).inner_text()
        page.keyboard.press("ArrowDown")
        assert dialog.get_by_role("option", selected=True).inner_text() != first
        page.keyboard.press("ArrowUp")
        assert dialog.get_by_role("option", selected=True).inner_text() == first
        page.keyboard.press("Escape")
        dialog.wait_for(state="hidden")

        page.goto(f"{base}/chargers/CP1/logs/")
        page.locator("input[name=q]:visible").first.focus()
        page.keyboard.press("/")
        assert not dialog.is_visible(), "what is typed into a field opens nothing"
        page.get_by_role("link", name="Search").click()
        dialog.wait_for()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_keys_open_a_room_and_say_which_there_are(chromium, base):
    with browser.page(chromium, width=1280) as page:
        log_in(page, base)
        page.wait_for_url(f"{base}/chargers/")

        page.keyboard.press("?")
        dialog = page.get_by_role("dialog", name="Keyboard")
        dialog.get_by_text("Sessions").wait_for()
        page.keyboard.press("Escape")
        assert not dialog.is_visible()
        page.keyboard.press("g")
        page.keyboard.press("s")
        page.wait_for_url(f"{base}/sessions/")
