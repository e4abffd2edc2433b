"""A real browser for the few journeys that need one: Debian's Chromium, driven by playwright."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def launched(*flags: str) -> Iterator[Browser]:
    """Yields a browser with more flags, or skips the test with a reason; with REQUIRE_BROWSER=1 it fails instead."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        if os.environ.get("REQUIRE_BROWSER"):
            pytest.fail("REQUIRE_BROWSER=1, and no Chromium was found: install the package chromium.")
        pytest.skip("no Chromium was found: install the package chromium to run the browser tests")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*_FLAGS, *flags])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def page(
    browser: Browser,
    *,
    width: int,
    dark: bool = False,
    language: str = "en-US",
    has_touch: bool = False,
    has_scripts: bool = True,
) -> Iterator[Page]:
    """Yields a page of a new visitor; at the end, no script of the pages may have reported an error."""
    complaints: list[str] = []
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if dark else "light",
        locale=language,
        has_touch=has_touch,
        java_script_enabled=has_scripts,
    )
    made = context.new_page()
    made.on("pageerror", lambda error: complaints.append(str(error)))
    made.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    try:
        yield made
    finally:
        context.close()
    assert complaints == []


def fits(page: Page) -> bool:
    """Whether nothing extends beyond the page's width."""
    page.wait_for_load_state("domcontentloaded")
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def sticking_out(page: Page) -> list[str]:
    """Returns the innermost parts of the page that extend beyond its width, except those that scroll by themselves."""
    return list(
        page.evaluate("""() => {
      const width = document.documentElement.clientWidth;
      if (document.documentElement.scrollWidth <= width) return [];
      const out = [...document.body.querySelectorAll("*")].filter((one) => one.getBoundingClientRect().right > width + 1
        && !one.closest(".scroll, .visually-hidden, nav ul"));
      return out.filter((one) => !out.some((other) => one !== other && one.contains(other)))
        .slice(0, 3).map((one) => one.outerHTML.slice(0, 160));
    }""")
    )


def fits_inside_buttons(page: Page) -> bool:
    """Whether no button's text extends beyond it."""
    narrow = "[...document.querySelectorAll('button, .button')].filter(one => one.scrollWidth > one.clientWidth + 1)"
    return bool(page.evaluate(f"{narrow}.length === 0"))
