"""Paste anything: each thing leads to the one page that explains it, and to nothing that the viewer may not see."""

from datetime import UTC, datetime

import pytest

from backoffice.portal.search import finding
from support.knowledge import library
from tests.kit.page_text import text_of
from tests.kit.search_pages import end_without_start, known, payout
from tests.kit.world import make_user

__all__ = ["known", "payout"]
pytestmark = pytest.mark.django_db
TRANSACTION = "8c2f1d5e-tx-0042"
NOW = datetime.now(tz=UTC)


@pytest.mark.parametrize("text", [TRANSACTION, f"Transaction {TRANSACTION}"])
def test_an_end_whose_start_was_never_reported_leads_to_its_messages(world, client_of, text):
    end_without_start(world, meter_stop_wh=None)
    said = f"The charger stopped transaction {TRANSACTION}, which it never started with us. No session belongs to it."

    (hit,) = finding.find(world.owner, text)

    assert (hit.title, hit.why) == (f"Transaction {TRANSACTION} at CP1, Sunset 1", said)
    assert client_of(world.owner).get(hit.url).status_code == 200
    assert not finding.find(world.stranger, text)


def test_a_role_that_sees_no_money_finds_none(payout, world, client_of):
    operator = make_user("operator@example.com", world.host, "operator")

    assert "Nothing found" in text_of(client_of(operator).get("/find/", {"q": "1,234.56"}))


@pytest.mark.parametrize("text", ["", "x" * 3000, "'; drop table", "%00", "9" * 60, "1" * 25 + ".00"])
def test_what_means_nothing_is_answered_with_what_can_be_pasted(text, payout, world, client_of):
    answer = client_of(world.owner).get("/find/", {"q": text})

    assert answer.status_code == 200
    assert "a trace number" in text_of(answer)


def test_the_box_stands_on_payouts_and_books(payout, world, client_of):
    assert "Paste an amount" in client_of(world.owner).get("/payouts/sunset/").content.decode()
    for page in ("/books/", "/books/payouts/"):
        assert "Paste an amount" in client_of(world.agent).get(page).content.decode()


@pytest.mark.parametrize(
    "line",
    ["TRACE 0F00BA44 PPD", "ACH CREDIT SUNSET P-000001 1,234.56", "1234.56 USD 05.11.2026", "PMT/REF:po_12345678/"],
)
def test_a_whole_line_of_the_bank_leads_to_the_payout(line, payout, world, client_of):
    answer = client_of(world.owner).get("/find/", {"q": line})

    assert answer["Location"] == f"/payouts/one/{payout.pk}/"
    assert "Nothing found" in text_of(client_of(world.stranger).get("/find/", {"q": line}))


def test_find_is_in_everybodys_menu_and_marks_no_other_room(world, client_of):
    page = client_of(world.teammate).get("/find/").content.decode()

    assert '<a href="/find/" aria-current="page">Find</a>' in page
    assert page.count('aria-current="page"') == 1


@pytest.mark.parametrize(
    "text", ["beeping", "charger beeps and blinks", "idle fees explained", "SNU001", "Sunste Stays"]
)
def test_it_never_jumps_to_an_article_or_to_a_guess(text, world, client_of):
    library.load(now=NOW)

    assert client_of(world.owner).get("/find/", {"q": text}).status_code == 200


def test_a_name_with_a_typo_is_offered(world, client_of):
    assert "/chargers/CP1/" in client_of(world.owner).get("/find/", {"q": "SNU001"}).content.decode()
