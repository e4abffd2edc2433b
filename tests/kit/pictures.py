"""`make pictures`: the main pages of the demo at three widths, light and dark, and contact sheets.

A separate demo is started in a temporary folder, with a simulated minute of events. Each page is one complete picture;
a sheet for each form shows the first screens side by side.
"""

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page

from tests.kit import browser
from tests.kit.servers import ROOT

LOGIN: Final = ("host@example.com", "sunset-demo-2026")
"""The demo host's log-in."""
WIDTHS: Final = (1440, 1024, 375)
_HEIGHTS: Final = {1440: 900, 1024: 768, 375: 812}
_STORY_S: Final = 45
"""The time until the demo's chargers have charged, been refused and failed."""
_READY_S: Final = 180
_LONGEST_PX: Final = 12_000
_THUMB: Final = 320
_COLUMNS: Final = 6

HOST_PAGES: Final[Mapping[str, str]] = {
    "home": "/",
    "attention": "/attention/",
    "charts": "/dashboard/charts/",
    "alerts": "/alerts/",
    "chargers": "/chargers/",
    "charger": "/chargers/CP-SUNSET-1/",
    "charger-activity": "/chargers/CP-BLUFF-1/logs/",
    "charger-access": "/chargers/CP-BLUFF-2/proxy/",
    "charger-controls": "/chargers/CP-SUNSET-1/commands/",
    "charger-settings": "/chargers/CP-SUNSET-1/setup/",
    "properties": "/properties/",
    "property": "/properties/sunset-1/",
    "property-power": "/properties/pier-garage/power/",
    "sessions": "/sessions/",
    "payouts": "/payouts/sunset/",
    "statements": "/statements/sunset/",
    "rates": "/rates/",
    "rate-add": "/rates/add/",
    "who-pays-what": "/rates/grid/",
    "plans": "/rates/plans/",
    "needs-a-decision": "/money/",
    "home-charging": "/home-charging/",
    "test-a-card": "/authorization/test/",
    "tokens": "/authorization/tokens/",
    "groups": "/authorization/groups/",
    "stays": "/authorization/stays/",
    "decisions": "/authorization/decisions/",
    "providers": "/authorization/providers/",
    "offline-lists": "/authorization/offline/",
    "how-it-works": "/authorization/how-it-works/",
    "people": "/people/",
    "support": "/support/",
    "settings": "/settings/",
    "notifications": "/settings/notifications/",
    "property-systems": "/settings/property-systems/sunset/",
    "branding": "/settings/branding/sunset/",
}
LINKED: Final[Mapping[str, tuple[str, str]]] = {
    "session": ("/sessions/?state=settled", "a.row-link"),
    "payout": ("/payouts/sunset/", "table a.mono"),
    "rate": ("/rates/", "a.row-link"),
    "decision": ("/authorization/decisions/", "main td a[href^='/authorization/decisions/']"),
}
"""Pages without a fixed address: the first such link on another page is used."""
PUBLIC_PAGES: Final[Mapping[str, str]] = {
    "log-in": "/accounts/login/",
    "guest-landing": "/c/SUN001/2",
    "guest-private": "/c/BLU001",
    "charge": "/charge",
    "help": "/help/",
    "status": "/status/sunset/",
}


@contextmanager
def demo() -> Iterator[str]:
    """Yields the address of a demo with events. Raises TimeoutError if it does not start."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tempfile.mkdtemp(prefix="pictures-")
    command = [sys.executable, "manage.py", "up", "--demo", "--port", str(port)]
    process = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, "DATA_DIR": folder}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(f"{address}/readyz")
        time.sleep(_STORY_S)
        yield address
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)
        shutil.rmtree(folder, ignore_errors=True)


def _wait(address: str) -> None:
    deadline = time.monotonic() + _READY_S
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.5)
    raise TimeoutError(f"{address} did not answer within {_READY_S} s.")


def take(chromium: Browser, address: str, folder: Path, *, width: int, dark: bool) -> list[Path]:
    """Takes every page in one form. Stops at a page that does not answer 200, because its address is wrong."""
    made = []
    context = chromium.new_context(
        viewport={"width": width, "height": _HEIGHTS[width]}, color_scheme="dark" if dark else "light"
    )
    page = context.new_page()
    for name, path in PUBLIC_PAGES.items():
        made.append(_picture(page, address + path, folder / f"{name}.png"))
    page.goto(f"{address}/accounts/login/")
    page.fill("input[name=login]", LOGIN[0])
    page.fill("input[name=password]", LOGIN[1])
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda url: "login" not in url)
    for name, path in HOST_PAGES.items():
        made.append(_picture(page, address + path, folder / f"{name}.png"))
    for name, (path, selector) in LINKED.items():
        page.goto(address + path)
        linked = page.locator(selector).first.get_attribute("href")
        made.append(_picture(page, f"{address}{linked}", folder / f"{name}.png"))
    context.close()
    return made


def _picture(page: Page, address: str, file: Path) -> Path:
    answer = page.goto(address)
    if answer is None or answer.status != 200:
        raise ValueError(f"{address} answered {answer.status if answer else 'nothing'}.")
    page.wait_for_timeout(400)  # parts loaded after the page
    height = min(page.evaluate("document.documentElement.scrollHeight"), _LONGEST_PX)
    width = page.evaluate("document.documentElement.clientWidth")
    page.screenshot(path=file, full_page=True, clip={"x": 0, "y": 0, "width": width, "height": height})
    return file


def sheet(pictures: list[Path], file: Path, *, width: int) -> None:
    """Makes a sheet of the pages' first screens, with their names."""
    high = _THUMB * _HEIGHTS[width] // width
    rows = -(-len(pictures) // _COLUMNS)
    whole = Image.new("RGB", (_COLUMNS * (_THUMB + 16) + 16, rows * (high + 36) + 16), "#8a929a")
    for index, picture in enumerate(pictures):
        with Image.open(picture) as opened:
            first = opened.convert("RGB").crop((0, 0, width, _HEIGHTS[width])).resize((_THUMB, high))
        left, top = 16 + index % _COLUMNS * (_THUMB + 16), 16 + index // _COLUMNS * (high + 36)
        whole.paste(first, (left, top + 20))
        ImageDraw.Draw(whole).text((left, top), picture.stem, fill="#000000")
    whole.save(file)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "var" / "pictures")
    parser.add_argument("--address", help="of a demo that runs already")
    options = parser.parse_args()
    with browser.launched() as chromium:
        if options.address:
            _take_all(chromium, options.address, options.folder)
        else:
            with demo() as address:
                _take_all(chromium, address, options.folder)


def _take_all(chromium: Browser, address: str, folder: Path) -> None:
    for width in WIDTHS:
        for dark in (False, True):
            form = f"{width}-{'dark' if dark else 'light'}"
            (folder / form).mkdir(parents=True, exist_ok=True)
            pictures = take(chromium, address, folder / form, width=width, dark=dark)
            sheet(pictures, folder / f"{form}.png", width=width)
            print(f"{form}: {len(pictures)} pages in {folder / form}, together in {folder / form}.png")


if __name__ == "__main__":
    main()
