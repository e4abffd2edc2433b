"""What a browser loads for the first view of a page: compressed, kept for good, and little."""

import gzip
import re

import pytest
from django.test import Client

from tests.kit.first_view import sent

GZIP = {"accept-encoding": "gzip"}
MAX_BYTES = 150_000
"""With the typeface, which is kept for good."""
TYPEFACE = "/static/vendor/inter/inter-latin-5.3.0.woff2"


def links(text: str) -> set[str]:
    return set(re.findall(r'(?:href|src)="(/static/[^"#]+)', text))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address",
    ["/", "/chargers/", "/chargers/CP1/", "/sessions/", "/rates/", "/authorization/tokens/", "/c/SUN001", "/charge"],
)
def test_the_first_view_of_a_page_is_at_most_150_kilobytes(address, world, client_of):
    client = client_of(world.owner)
    page = client.get(address, headers=GZIP)

    assert page.headers["Content-Encoding"] == "gzip"
    assets = links(gzip.decompress(page.content).decode()) - {TYPEFACE}
    answers = [client.get(one, headers=GZIP) for one in (*assets, TYPEFACE)]
    assert len(assets) >= 2
    assert all(re.search(r"\.[0-9a-f]{12}\.\w+$", one) for one in assets if not one.endswith(".png"))
    assert len(page.content) + sum(len(sent(one)) for one in answers) <= MAX_BYTES


def test_the_page_of_a_fault_of_ours_needs_no_database():
    answer = Client(raise_request_exception=False).get("/c/SUN001")

    assert answer.status_code == 500
    assert "Something went wrong on our side" in answer.content.decode()


@pytest.mark.django_db
def test_a_host_who_meets_a_page_that_is_gone_is_led_to_the_portal_first(world, client_of):
    text = client_of(world.owner).get("/chargers/NOWHERE/").content.decode()

    assert '<a class="button button-main" href="/">Go to the portal</a>' in text


@pytest.mark.django_db
@pytest.mark.parametrize(("cookie", "pressed"), [("folded", "true"), ("open", "false"), ("", "false")])
def test_the_rooms_are_drawn_folded_at_once_where_the_reader_folded_them(cookie, pressed, world, client_of):
    client = client_of(world.owner)
    client.cookies["side"] = cookie

    text = client.get("/").content.decode()

    assert f'data-fold data-reserved aria-pressed="{pressed}"' in text
