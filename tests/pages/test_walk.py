"""Every page behind a login, in a real browser, as everybody: a new address is walked by itself.

A run looks at one in sixteen of the pages, `WHOLE=1` at all (see tests.kit.sampling).

`WALK_PICTURES=FOLDER` keeps a picture of each page, in both widths and themes, for people to look at.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import ConsoleMessage, Error, Page

from authorization.models import User
from tests.kit import browser
from tests.kit import gateway as gateways
from tests.kit.axe import AXE, PHONE_RULES, faults
from tests.kit.logging_in import logged_in
from tests.kit.portal_pages import INSIDERS, addresses, person, query
from tests.kit.sampling import sampled
from tests.kit.world import World

__all__ = ["addresses"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 375, "height": 812}
_LAYOUT = re.compile(r"<(\w+(?:[^<>]*?\sclass=\"[^\"]*\")?)")
"""The tags with their classes: what differs from page to page is the words."""
PICTURES = os.environ.get("WALK_PICTURES", "")
OTHERS = [
    *(role for role in INSIDERS if role != "owner"),
    "support of the host",
    "installer of the charger",
    "stranger",
]


@pytest.fixture
def base(transactional_db: None, world: World, addresses: dict[str, str]) -> Iterator[str]:
    with gateways.running() as gateway:
        yield gateway.url.replace("ws://", "http://").removesuffix("/ocpp")


@dataclass
class Walk:
    """What one person's browser met, by address."""

    page: Page
    base: str
    status: dict[str, int] = field(default_factory=dict)
    wrong: dict[str, list[str]] = field(default_factory=dict)
    heard: list[str] = field(default_factory=list)

    def visit(self, address: str) -> bool:
        """Whether it is a page; a file, a part of a page and a refused method are none."""
        self.heard.clear()
        try:
            response = self.page.goto(self.base + address + query(address))
        except Error as error:
            if "Download is starting" not in str(error):
                raise
            return False
        assert response is not None
        self.status[address] = response.status
        if response.status == 405 or "text/html" not in response.headers.get("content-type", ""):
            return False
        if not response.text().lstrip().lower().startswith("<!doctype html"):
            return False
        if response.status not in {200, 403, 404}:
            self.note(address, f"answered {response.status}")
        self.note(address, *(one for one in self.heard if not (response.status >= 400 and "Failed to load" in one)))
        return True

    def is_new(self, address: str, seen: set[str]) -> bool:
        """Whether the page is laid out unlike those that were seen; asked without opening it."""
        response = self.page.request.get(self.base + address + query(address), max_redirects=0)
        if response.status >= 500:
            self.note(address, f"answered {response.status}")
        text = response.text() if "text/html" in response.headers.get("content-type", "") else ""
        layout = "".join(_LAYOUT.findall(text))
        is_new = bool(text) and layout not in seen
        seen.add(layout)
        return is_new

    def hear(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.location["url"].endswith("/favicon.ico"):
            self.heard.append(f"{message.text} {message.location['url']}")

    def note(self, address: str, *faults: str) -> None:
        if faults:
            self.wrong.setdefault(address, []).extend(faults)

    def report(self) -> str:
        return "\n".join(f"{address}: {one}" for address, found in self.wrong.items() for one in found)

    def look(self, address: str, *, axe: bool) -> None:
        """Desk and light, then phone and dark, of one page."""
        for size, scheme, rules in ((DESK, "light", None), (PHONE, "dark", PHONE_RULES)):
            self.page.set_viewport_size(size)
            self.page.emulate_media(color_scheme=scheme)
            if not browser.fits(self.page):
                self.note(address, f"sticks out at {size['width']} px: {browser.sticking_out(self.page)}")
            if PICTURES and axe:
                name = address.strip("/").replace("/", "_") or "home"
                self.page.screenshot(path=Path(PICTURES) / f"{name}.{scheme}.png", full_page=True)
            if axe:
                self.note(address, *(f"{scheme}: {fault}" for fault in faults(self.page, rules)))


@pytest.fixture
def walk_of(chromium, base: str) -> Iterator:
    contexts = []

    def walk(user: User | None) -> Walk:
        context = chromium.new_context(bypass_csp=True, reduced_motion="reduce")
        contexts.append(context)
        context.add_init_script(AXE)
        if user is not None:
            key = logged_in(user).cookies["sessionid"].value
            context.add_cookies([{"name": "sessionid", "value": key, "url": base}])
        walk = Walk(context.new_page(), base)
        walk.page.on("pageerror", lambda error: walk.heard.append(str(error)))
        walk.page.on("console", walk.hear)
        return walk

    yield walk
    for context in contexts:
        context.close()


def test_every_page_is_sound_for_its_owner_and_an_agent(world, addresses, walk_of):
    owner, agent = walk_of(world.owner), walk_of(world.agent)
    served = [address for address in dict.fromkeys(addresses.values()) if address != "/styleguide/"]  # not by `up`
    some = sampled(served, of="walk", share=16)
    for address in some:
        if owner.visit(address) and owner.status[address] == 200:
            owner.look(address, axe=True)
        if agent.visit(address):
            if agent.status[address] != 200:
                agent.note(address, f"answered {agent.status[address]}")
            agent.look(address, axe=owner.status[address] != 200)

    assert owner.report() == ""
    assert agent.report() == ""
    assert sum(status == 200 for status in owner.status.values()) > 1


def test_every_page_is_sound_for_whoever_else_may_open_it(world, addresses, walk_of):
    wrong, seen = [], set[str]()
    owner = walk_of(world.owner)
    some = sampled(dict.fromkeys(addresses.values()), of="walk", share=16)
    for address in some:
        owner.is_new(address, seen)
    for who in OTHERS:
        walk = walk_of(person(world, who))
        for address in some:
            if walk.is_new(address, seen) and walk.visit(address):
                walk.look(address, axe=False)
        wrong += [f"{who} {walk.report()}"] if walk.wrong else []

    assert "\n".join(wrong) == ""
