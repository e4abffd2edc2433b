"""What every request and answer goes through: the client's address, security headers, a guest's language."""

import pytest
from django.test import Client

from tests.kit.world import World


def test_browsers_come_back_by_tls_only(settings, world: World):
    settings.SECURE_HSTS_SECONDS = 3600
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

    answer = Client().get("/accounts/login/", HTTP_X_FORWARDED_PROTO="https")

    assert answer.headers["Strict-Transport-Security"] == "max-age=3600"


@pytest.mark.parametrize(
    "page", ["/accounts/login/", "/c/SUN001", "/s/nobody/", "/drive/enter/", "/invitation/x/", "/"]
)
def test_search_engines_keep_no_private_page(world: World, page: str):
    assert Client().get(page).headers["X-Robots-Tag"] == "noindex, nofollow"


def test_search_engines_may_keep_the_page_for_everybody(world: World):
    assert "X-Robots-Tag" not in Client().get("/charge").headers


@pytest.mark.parametrize(
    "page",
    ["/", "/c/SUN001", "/s/nobody/", "/no/such/page", "/api/v1/sessions/", "/healthz", "/admin/", "/static/portal.css",
     "/webhooks/simulated/", "/invitation/x/"],
)  # fmt: skip
def test_no_other_site_learns_from_which_address_somebody_comes(world: World, page: str):
    """Addresses hold secrets. Our own forms need to say it: without, Django refuses them over https."""
    answer = Client().get(page)
    answer.close()

    assert answer.headers["Referrer-Policy"] == "same-origin"
