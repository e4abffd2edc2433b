"""Open pages with busy chargers, over real sockets; and what a browser loads for the first view of a page."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from django.conf import settings

from bench.load import charger_id

_ROOT: Final = Path(__file__).resolve().parent.parent
_FIRST_VIEWS: Final = (
    ("dashboard", "/"), ("chargers", "/chargers/"), ("a charger", "/chargers/{charger}/"),
    ("logs", "/chargers/{charger}/logs/"), ("sessions", "/sessions/"), ("rates", "/rates/"),
    ("log in", "/accounts/login/"), ("guest's landing page", "/c/B00001"),
)  # fmt: skip
_SHIFTS: Final = """
() => new Promise((done) => {
  let sum = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) sum += entry.value;
  }).observe({type: "layout-shift", buffered: true});
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(sum), 50)));
})
"""
MAX_KB: Final = 100
Serving = Callable[[list[str]], AbstractContextManager[int]]


def report(
    serving: Serving, server: list[str], load: Callable[..., dict[str, float]],
    *, chargers: int, pages: int, seconds: float,
) -> None:  # fmt: skip
    """Measures a host's pages while each of its chargers sends a MeterValues call every ten seconds."""
    cookie = _logged_in()
    pace = chargers / 10
    print(f"\nUpdates from {chargers:,} busy chargers ({pace:,.0f} messages/s) to {pages} open pages")
    with serving(server) as port, ThreadPoolExecutor() as threads:
        _watched(port, min(pages, 8), 2, cookie)
        _shown("pages alone", _watched(port, pages, seconds, cookie))
        alone = load(port, chargers, seconds, "MeterValues", pace)
        busy = threads.submit(load, port, chargers, seconds + 10, "MeterValues", pace)
        _shown("pages beside the chargers", _watched(port, pages, seconds, cookie))
        beside = busy.result()
    for name, found in (("chargers alone", alone), ("chargers beside the pages", beside)):
        times = f"p50 {found['p50_ms']:>6.1f} ms   p99 {found['p99_ms']:>7.1f} ms"
        print(f"  {name:28}{found['per_second']:>8.0f}/s   {times}   {found['errors']:.0f} errors", flush=True)


def first_views(serving: Serving, server: list[str]) -> None:
    """Measures first views with an empty cache, at 375 and at 1440 pixels."""
    from playwright.sync_api import sync_playwright

    path, cookie = shutil.which("chromium") or shutil.which("chromium-browser"), _logged_in()
    if path is None:
        print("\nFirst view of a page: left out, no Chromium was found")
        return
    print("\nFirst view of a page with an empty cache (goal: at most 100 KB, no layout shift)")
    print(f"  {'':28}{'KB':>7}{'requests':>10}{'shift, phone':>14}{'desktop':>9}")
    with serving(server) as port, sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        for name, address in _FIRST_VIEWS:
            views = [_viewed(opened, port, address, cookie=cookie, width=width) for width in (375, 1440)]
            size, requests, _ = views[1]
            print(f"  {name:28}{size / 1024:>7.1f}{requests:>10}{views[0][2]:>14.3f}{views[1][2]:>9.3f}", flush=True)
            if size > MAX_KB * 1024 or any(view[2] > 0.001 for view in views):
                print(f"  {'':28}misses its goal")
        opened.close()


def _viewed(opened: Any, port: int, address: str, *, cookie: str, width: int) -> tuple[int, int, float]:
    """Returns bytes as sent, the number of requests, and the cumulative layout shift."""
    context = opened.new_context(viewport={"width": width, "height": 900})
    origin = f"http://127.0.0.1:{port}"
    if "accounts" not in address:
        context.add_cookies([{"name": "sessionid", "value": cookie, "url": origin}])
    page = context.new_page()
    session, sizes = context.new_cdp_session(page), []
    session.send("Network.enable")
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(origin + address.format(charger=charger_id(1)), wait_until="networkidle")
    shift = float(page.evaluate(_SHIFTS))
    context.close()
    return int(sum(sizes)), len(sizes), shift


def _watched(port: int, pages: int, seconds: float, cookie: str) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.viewers", str(port), str(pages), str(seconds), cookie]
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"the viewers failed: {done.stderr[-2000:]}")
    return dict(json.loads(done.stdout))


def _shown(name: str, found: dict[str, float]) -> None:
    print(
        f"  {name:28}{found['per_second']:>8.0f}/s   p50 {found['p50_ms']:>6.0f} ms   p95 {found['p95_ms']:>7.0f} ms"
        f"   {found['unchanged'] / found['answers']:.0%} unchanged, {found['errors']:.0f} errors",
        flush=True,
    )


def _logged_in() -> str:
    """Returns the session cookie of the host's owner."""
    from authorization.models import Membership, User
    from chargers.models import Host

    user = User.objects.filter(email="owner@bench.example").first()
    if user is None:
        now = datetime.now(tz=UTC)
        user = User.objects.create_user("owner@bench.example", "bench-of-the-fleet", email_confirmed_at=now)
        Membership.objects.create(user=user, host=Host.objects.get(slug="bench"), role="owner")
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session["_auth_user_id"] = str(user.pk)
    session["_auth_user_backend"] = settings.AUTHENTICATION_BACKENDS[0]
    session["_auth_user_hash"] = user.get_session_auth_hash()
    session.save()
    return str(session.session_key)
