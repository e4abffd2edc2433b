"""Steps in a real browser."""

from tests.kit import browser
from tests.kit.world import PASSWORD


def log_in(page: browser.Page, base: str) -> None:
    page.goto(f"{base}/")
    page.get_by_label("E-mail address").fill("owner@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{base}/")
    page.get_by_role("link", name="Chargers", exact=True).click()
