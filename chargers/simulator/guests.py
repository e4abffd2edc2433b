"""Simulated guests: they open the page of a QR code, pay and charge, with only a browser's requests."""

import asyncio
import re
from collections.abc import Callable
from urllib.parse import urlsplit

import httpx

GOOD_CARD, DECLINED_CARD = "4242424242424242", "4000000000000002"
_FIELD = re.compile(r'name="(csrfmiddlewaretoken|version)"[^>]*value="([^"]+)"')
_PORT = "/c/HAR001/2"


async def play(*, url: str, log: Callable[[str], None]) -> None:
    """Repeats for ever, with pauses: a card is declined, then one works."""
    parts = urlsplit(url)
    base = f"{parts.scheme.replace('ws', 'http')}://{parts.netloc}"
    await asyncio.sleep(10)
    while True:
        try:
            await visit(base, card=DECLINED_CARD, seconds=0, log=log)
            await visit(base, card=GOOD_CARD, seconds=75, log=log)
        except httpx.HTTPError as exc:
            log(f"could not open the page: {exc}")
        await asyncio.sleep(60)


async def visit(base: str, *, card: str, seconds: float, log: Callable[[str], None]) -> None:
    """Visits the pages from landing to receipt."""
    async with httpx.AsyncClient(base_url=base, follow_redirects=True, timeout=20, trust_env=False) as browser:
        page = await browser.get(_PORT)
        fields = dict(_FIELD.findall(page.text))
        if "version" not in fields:
            log(f"finds {_PORT} not ready")
            return
        headers = {"Referer": f"{base}{_PORT}"}
        form = {**fields, "card": card, "email": "guest@example.com"}
        paid = await browser.post(_PORT, data=form, headers=headers)
        if "You pay nothing" in paid.text:
            log(f"pays at {_PORT}: the card is declined, nothing is held")
            return
        log(f"pays at {_PORT} and plugs in")
        await asyncio.sleep(seconds)
        session = await browser.get(paid.url)
        token = dict(_FIELD.findall(session.text)).get("csrfmiddlewaretoken", "")
        stop = f"{paid.url.path}stop"
        await browser.post(stop, data={"csrfmiddlewaretoken": token}, headers={"Referer": str(paid.url)})
        log("stops and unplugs")
