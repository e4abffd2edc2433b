"""What the API tells: a session with its money, a receipt with its document, a decision with its trace."""

import pytest
from django.core.management import call_command
from django.test import Client

from tests.kit import browser
from tests.kit.callers import Callers

pytestmark = pytest.mark.django_db


def test_it_tells_a_session_with_its_lines_its_hold_and_its_receipt(callers: Callers, paid):
    told = callers.owner.get(f"sessions/{paid.pk}/").json()

    rating, hold, receipt = told["rating"], told["hold"], told["receipts"][0]
    assert (told["state"], told["charger"], told["property"], told["rate"]) == ("settled", "CP1", "sunset-1", "plain/1")
    assert (rating["kind"], rating["total_minor"], rating["energy_wh"]) == ("final", 900, 20_000)
    assert [(line["kind"], line["amount"]) for line in rating["lines"]] == [("connection", 100), ("energy", 800)]
    assert (hold["state"], hold["amount_minor"], hold["captured_minor"], hold["last4"]) == (
        "captured",
        4000,
        900,
        "4242",
    )
    assert receipt["label"] == paid.receipts.get().label


def test_it_links_the_page_of_the_receipt(callers: Callers, paid, settings):
    page = callers.owner.get(f"sessions/{paid.pk}/").json()["receipts"][0]["page"]

    assert page.startswith(settings.PUBLIC_BASE_URL)
    assert Client().get(page.removeprefix(settings.PUBLIC_BASE_URL)).status_code == 200


def test_it_tells_how_a_charger_is(callers: Callers):
    told = callers.owner.get("chargers/CP1/").json()

    assert (told["id"], told["station_id"], told["property"], told["online"]) == ("CP1", "SUN001", "sunset-1", False)
    assert told["sentence"]
    assert [(plug["evse"], plug["connector"], plug["standard"]) for plug in told["connectors"]] == [
        (1, 1, "IEC_62196_T2")
    ]


def test_it_describes_itself_without_a_warning(tmp_path):
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "schema.yml"))

    text = (tmp_path / "schema.yml").read_text()
    assert "/api/v1/sessions/{session_id}/:" in text
    assert "application/problem+json" in text


def test_it_forbids_inline_scripts_on_the_page_of_documentation(client: Client):
    page = client.get("/api/v1/docs/")

    assert page.status_code == 200
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert "<style" not in page.content.decode()
    assert client.get("/api/v1/docs/?script=").headers["Content-Type"].startswith("application/javascript")


@pytest.mark.browser
@pytest.mark.enable_socket
@pytest.mark.django_db(transaction=True)
def test_it_shows_its_documentation_in_a_browser(live_server, settings):
    # Django's own test server knows no names made of the content; the product's pages are tested behind its own.
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
    with browser.launched() as started, browser.page(started, width=1200) as page:
        page.goto(f"{live_server.url}/api/v1/docs/")
        page.get_by_text("/api/v1/alert-rules/").first.wait_for()  # what is further down comes with scrolling
        assert page.get_by_text("Failed to load API definition").count() == 0
