"""Pages can be used by everybody: axe finds nothing serious, the keyboard reaches all, nothing sticks out at 200 %."""

from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.resources import files

import pytest

from authorization.models import PmsConnection, PmsListing
from authorization.pms import acts
from authorization.pms.connections import ConnectionSettings
from support.knowledge import library
from support.models import StatusPage
from tests.kit import browser, charging, sampling
from tests.kit import gateway as gateways
from tests.kit.connected_systems import CREDENTIALS
from tests.kit.journeys import log_in
from tests.kit.world import World, tap

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
RUN = """async () => {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
  const found = await axe.run(document, { runOnly: tags, resultTypes: ["violations"] });
  return found.violations.filter((one) => ["serious", "critical"].includes(one.impact))
    .map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ")}`);
}"""
PORTAL = (
    "/", "/chargers/", "/chargers/map/", "/chargers/views/", "/chargers/tags/", "/chargers/jobs/",
    "/chargers/settings/",
    "/chargers/bulk/?charger=CP1", "/chargers/CP1/", "/chargers/CP1/logs/", "/chargers/CP1/commands/", "/properties/",
    "/properties/sunset-1/", "/sessions/", "/rates/", "/statements/", "/authorization/tokens/", "/people/sunset/",
    "/settings/", "/settings/branding/sunset/", "/settings/join-codes/sunset/", "/settings/notifications/",
    "/settings/sign-in/sunset/", "/find/", "/support/", "/support/ask/?topic=10",
    "/support/chargers/CP1/", "/support/articles/", "/support/articles/payouts/", "/properties/sunset-1/maintenance/",
    "/settings/status-page/sunset/", "/settings/property-systems/sunset/",
    "/settings/property-systems/sunset/add/guesty/", "/settings/property-systems/connection/sunset-our-guesty/",
)  # fmt: skip
GUESTS = (
    "/charge", "/c/SUN001", "/c/NOWHERE", "/join/", "/accounts/login/", "/accounts/password/reset/", "/help/",
    "/help/?topic=4", "/help/c/SUN001/?topic=2", "/help/articles/", "/help/articles/charger-offline/",
    "/status/sunset/",
)  # fmt: skip


@pytest.fixture
def base(transactional_db: None, world: World) -> Iterator[str]:
    type(world.site).objects.update(access="guest")
    charging.assign(charging.make_rate(world.host), world.site, "guest")
    tap(world.charger, "04DEADBEEF01")
    library.load(now=datetime.now(tz=UTC))
    StatusPage.objects.create(host=world.host, is_public=True)
    _connect_failing_system(world)
    with gateways.running() as gateway:
        yield gateway.url.replace("ws://", "http://").removesuffix("/ocpp")


def _connect_failing_system(world: World) -> None:
    """With one listing that has no unit yet: the page with most on it."""
    now = datetime.now(tz=UTC)
    wanted = ConnectionSettings(name="Our Guesty", kind="guesty", credentials=CREDENTIALS["guesty"])
    made = acts.add(world.host, wanted, by=world.owner, now=now)
    failing = {"failing_since": now, "failures": 1, "failure_code": "credentials_refused"}
    PmsConnection.objects.update(**failing, failure_facts={"status": 401}, refused_rows=["r1 ends before it begins."])
    PmsListing.objects.create(connection=made, key="66f0a1b2c3", name="Garden house", waiting=2, added_at=now)


def opened(chromium, *, width: int, dark: bool = False, forced: bool = False, calm: bool = False, scale: float = 1):
    return chromium.new_context(
        viewport={"width": width, "height": 900},
        device_scale_factor=scale,
        reduced_motion="reduce" if calm else "no-preference",
        color_scheme="dark" if dark else "light",
        forced_colors="active" if forced else "none",
        bypass_csp=True,
    )


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (375, True)])
def test_axe_finds_nothing_serious(chromium, base, width, dark):
    context = opened(chromium, width=width, dark=dark)
    context.add_init_script(AXE)
    page = context.new_page()
    page.goto(f"{base}/charge")
    page.evaluate("document.querySelector('main').append(new Image())")
    assert page.evaluate(RUN), "a picture without a text is a fault"
    found = {}
    for address in GUESTS:
        page.goto(base + address)
        found[address] = page.evaluate(RUN)
    log_in(page, base)
    for address in PORTAL:
        page.goto(base + address)
        found[address] = page.evaluate(RUN)
    page.keyboard.press("/")
    page.get_by_role("option").first.wait_for()
    found["search"] = page.evaluate(RUN)
    context.close()

    assert {address: faults for address, faults in found.items() if faults} == {}


def test_at_200_percent_nothing_sticks_out_sideways(chromium, base):
    context = opened(chromium, width=640)
    page = context.new_page()
    log_in(page, base)
    wide = []
    for address in (*PORTAL, "/charge", "/c/SUN001"):
        page.goto(base + address)
        if not browser.fits(page):
            wide.append(address)
    context.close()

    assert wide == []


def test_the_keyboard_reaches_the_page_the_menu_and_the_search_and_sees_where_it_is(chromium, base):
    context = opened(chromium, width=1280, forced=True)
    page = context.new_page()
    log_in(page, base)
    page.wait_for_url(f"{base}/chargers/")

    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the page"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "page"

    reached, unseen = set(), []
    page.goto(f"{base}/chargers/")
    for _ in range(60):
        page.keyboard.press("Tab")
        one = page.evaluate(
            "(() => { const at = document.activeElement; const look = getComputedStyle(at);"
            " return [at.textContent.trim().slice(0, 40) || at.name || at.id, look.outlineStyle, at.tagName]; })()"
        )
        reached.add(one[0])
        if one[1] == "none" and one[2] != "BODY":
            unseen.append(one[0])
    assert {"Home", "Sessions", "Search /", "owner@example.comMenu", "SUN001"} <= reached
    assert unseen == []

    page.locator("details.person summary").focus()
    page.keyboard.press("Enter")
    settings = page.locator(".person-menu").get_by_role("link", name="Settings", exact=True)
    settings.wait_for()
    page.keyboard.press("Escape")
    assert not settings.is_visible()
    context.close()


def test_no_page_shifts_while_it_loads(chromium, base):
    context = opened(chromium, width=1280)
    context.add_init_script(
        "window.shifted = 0; new PerformanceObserver((list) => { for (const one of list.getEntries())"
        " if (!one.hadRecentInput) window.shifted += one.value; }).observe({ type: 'layout-shift', buffered: true });"
    )
    page = context.new_page()
    log_in(page, base)
    shifted = {}
    for address in ("/", "/chargers/", "/sessions/", "/c/SUN001"):
        page.goto(base + address)
        page.wait_for_timeout(300)
        shifted[address] = page.evaluate("window.shifted")
    context.close()

    assert {address: value for address, value in shifted.items() if value > 0.02} == {}


PAGES_OF_A_RUN = sampling.sampled((*PORTAL, "/charge", "/c/SUN001"), of="pages for everybody")
"""A part of the pages in each run, all of them at night."""
LIVE = ("/", "/chargers/", "/chargers/CP1/", "/chargers/CP1/logs/")
CUT_OFF = """() => [...document.querySelectorAll("main *")].filter((one) => {
  if (!one.innerText?.trim() || one.closest(".visually-hidden, svg, .scroll, .table-frame")) return false;
  const look = getComputedStyle(one);
  const cuts = ["hidden", "clip"].includes(look.overflowX) && one.scrollWidth > one.clientWidth + 1;
  return cuts && look.textOverflow !== "ellipsis";
}).map((one) => one.outerHTML.slice(0, 120))"""
UNFRAMED = """() => [...document.querySelectorAll("button, .button, input, select, textarea")].filter((one) => {
  const look = getComputedStyle(one);
  if (!one.checkVisibility({ visibilityProperty: true }) || one.type === "hidden") return false;
  const hasBorder = look.borderStyle !== "none" && parseFloat(look.borderWidth) > 0;
  const drawsItself = ["checkbox", "radio", "file"].includes(one.type) || one.querySelector("svg");
  return !hasBorder && !one.innerText?.trim() && !drawsItself;
}).map((one) => one.outerHTML.slice(0, 120))"""
MOVING = """() => [...document.querySelectorAll("*")].filter((one) => {
  const look = getComputedStyle(one);
  const lasts = (text) => text.split(",").some((part) => parseFloat(part) * (part.includes("ms") ? 1 : 1000) > 10);
  return lasts(look.transitionDuration) || (look.animationName !== "none" && lasts(look.animationDuration));
}).map((one) => one.outerHTML.slice(0, 120))"""
WITHOUT_OUTLINE = """() => {
  const [at, look] = [document.activeElement, getComputedStyle(document.activeElement)];
  const hasOutline = look.outlineStyle !== "none" && parseFloat(look.outlineWidth) >= 1;
  return hasOutline || at === document.body ? "" : at.outerHTML.slice(0, 120);
}"""
TICKING = """(regions) => [...document.querySelectorAll(regions)].filter(
  (one) => one.querySelector("[data-ago], [data-until]")).map((one) => one.outerHTML.slice(0, 120))"""
REGIONS = '[aria-live]:not([aria-live="off"]), [role="status"], [role="alert"], [role="log"]'
CHATTER = """(regions) => new Promise((resolve) => {
  const said = [];
  const watch = new MutationObserver((changes) => {
    for (const { target } of changes) {
      const region = (target.nodeType === 1 ? target : target.parentElement)?.closest(regions);
      if (region?.checkVisibility()) said.push(region.innerText.slice(0, 80));
    }
  });
  watch.observe(document.body, { subtree: true, childList: true, characterData: true });
  setTimeout(() => resolve(said), 6500);
})"""


def faults_on(page, base, addresses, script, *more):
    found = {}
    for address in addresses:
        page.goto(base + address)
        found[address] = page.evaluate(script, *more)
    return {address: faults for address, faults in found.items() if faults}


def test_at_200_percent_no_words_are_cut_off(chromium, base):
    context = opened(chromium, width=720, scale=2)
    page = context.new_page()
    log_in(page, base)
    page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<p id=cut>A long sentence</p>')")
    page.evaluate("Object.assign(cut.style, { width: '20px', overflow: 'hidden', whiteSpace: 'nowrap' })")
    assert page.evaluate(CUT_OFF), "words that are cut off are found"

    assert faults_on(page, base, PAGES_OF_A_RUN, CUT_OFF) == {}
    context.close()


def test_in_forced_colours_every_control_can_be_seen_and_shows_its_focus(chromium, base):
    context = opened(chromium, width=1280, forced=True)
    page = context.new_page()
    log_in(page, base)
    unframed = faults_on(page, base, PAGES_OF_A_RUN, UNFRAMED)
    unseen = {}
    for address in PAGES_OF_A_RUN:
        page.goto(base + address)
        for _ in range(25):
            page.keyboard.press("Tab")
            if without := page.evaluate(WITHOUT_OUTLINE):
                unseen.setdefault(address, []).append(without)
    context.close()

    assert (unframed, unseen) == ({}, {})


def test_with_reduced_motion_nothing_moves(chromium, base):
    context = opened(chromium, width=1280, calm=True)
    page = context.new_page()
    log_in(page, base)
    page.evaluate("document.body.style.setProperty('transition', 'color 1s', 'important')")
    assert page.evaluate(MOVING), "what moves is found"
    moving = faults_on(page, base, PAGES_OF_A_RUN, MOVING)
    context.close()

    assert moving == {}


def test_live_regions_say_nothing_while_nothing_happens(chromium, base):
    context = opened(chromium, width=1280)
    page = context.new_page()
    log_in(page, base)
    addresses = sampling.sampled(LIVE, of="live pages", share=2)
    chatter = faults_on(page, base, addresses, CHATTER, REGIONS)
    ticking = faults_on(page, base, LIVE, TICKING, REGIONS)
    page.goto(f"{base}/chargers/")
    page.evaluate("document.querySelector('main').insertAdjacentHTML('afterbegin', '<p role=status id=s>a</p>')")
    page.evaluate("setInterval(() => { s.textContent += 'a'; }, 500)")
    assert page.evaluate(CHATTER, REGIONS), "a region that changes is heard"
    context.close()

    assert (chatter, ticking) == ({}, {})
