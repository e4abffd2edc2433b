"""Paste anything: each thing leads to the one page that explains it, and to nothing that the viewer may not see."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command

from backoffice.portal.search import finding
from billing.models import Payout, Receipt, Session
from billing.payouts.cycle import cycle
from billing.sessions.settlement import unclaimed
from chargers.transactions import recording
from chargers.transactions.recording import StopFacts
from support.knowledge import library
from tests.kit import charging
from tests.kit.page_text import text_of
from tests.kit.payouts import Books
from tests.kit.world import World, make_user

pytestmark = pytest.mark.django_db
TRANSACTION = "8c2f1d5e-tx-0042"
NOW = datetime.now(tz=UTC)


@pytest.fixture
def known(world: World) -> Books:
    books = Books(host=world.host, place=world.charger.property, charger=world.charger)
    books.agree(cycle="manual")
    books.bank()
    return books


@pytest.fixture
def payout(known: Books) -> Payout:
    """P-000001 of 1,234.56 to the account that ends in 3000."""
    books = known
    books.sale(123456, at=NOW - timedelta(days=3))
    found = cycle.close(books.scope, until=NOW, now=NOW)
    assert found is not None
    Payout.objects.filter(pk=found.pk).update(trace="0F00BA44", processor_ref="po_12345678", transfer_ref="tr_87654321")
    return found


@pytest.mark.parametrize(
    "text",
    [
        "1,234.56",
        "1.234,56",
        "$1,234.56",
        "1 234,56 USD",
        "P-000001",
        "p1",
        "0f00ba44",
        "po_12345678",
        "tr_87654321",
        "ID",
    ],
)
def test_what_the_bank_or_processor_says_leads_to_the_payout(text, payout, world, client_of):
    text = str(payout.pk) if text == "ID" else text

    answer = client_of(world.owner).get("/find/", {"q": text})

    assert answer["Location"] == f"/payouts/one/{payout.pk}/"
    assert "Nothing found" in text_of(client_of(world.stranger).get("/find/", {"q": text}))
    assert client_of(world.agent).get("/find/", {"q": text})["Location"] == f"/payouts/one/{payout.pk}/"


def end_without_start(world: World, *, meter_stop_wh: int | None) -> None:
    at = NOW - timedelta(hours=1)
    facts = StopFacts(
        transaction_id=TRANSACTION, version="2.0.1", id_token="", meter_stop_wh=meter_stop_wh,
        stated_at=at.isoformat(), at=at, reason="EVDisconnected", evse_number=1,
    )  # fmt: skip
    recording.record_stop(world.charger, facts, now=at)


@pytest.mark.parametrize("text", [TRANSACTION, f"Transaction {TRANSACTION}"])
def test_an_end_whose_start_was_never_reported_leads_to_its_messages(world, client_of, text):
    end_without_start(world, meter_stop_wh=None)
    said = f"The charger stopped transaction {TRANSACTION}, which it never started with us. No session belongs to it."

    (hit,) = finding.find(world.owner, text)

    assert (hit.title, hit.why) == (f"Transaction {TRANSACTION} at CP1, Sunset 1", said)
    assert client_of(world.owner).get(hit.url).status_code == 200
    assert not finding.find(world.stranger, text)


def test_a_transactions_id_leads_to_its_session(world, client_of):
    charging.assign(charging.make_rate(world.host), world.site, "guest")
    end_without_start(world, meter_stop_wh=12_000)
    unclaimed.hold_due(now=NOW)
    session = Session.objects.get()

    assert client_of(world.owner).get("/find/", {"q": TRANSACTION})["Location"] == f"/sessions/{session.pk}/"
    assert str(session.pk) in client_of(world.owner).get("/sessions/", {"q": TRANSACTION}).content.decode()


def test_four_digits_lead_to_the_account_and_what_went_to_it(payout, world, client_of):
    page = text_of(client_of(world.owner).get("/find/", {"q": "•••• 3000"}))

    assert "Bank account of Sunset" in page
    assert "It ends in 3000: the account that it went to." in page


def test_a_receipts_number_and_a_sessions_id_lead_to_the_session(world, client_of):
    rate = charging.make_rate(world.host)
    charging.assign(rate, world.site, "member")
    session = charging.charge(world.charger)
    receipt = Receipt.objects.get()
    client = client_of(world.owner)

    for text in (receipt.label, f"Receipt {receipt.label}", str(session.pk)):
        assert client.get("/find/", {"q": text})["Location"] == f"/sessions/{session.pk}/"


def test_an_amount_in_another_currency_is_not_it(payout, world, client_of):
    assert "Nothing found" in text_of(client_of(world.owner).get("/find/", {"q": "1,234.56 EUR"}))


def test_a_role_that_sees_no_money_finds_none(payout, world, client_of):
    operator = make_user("operator@example.com", world.host, "operator")

    assert "Nothing found" in text_of(client_of(operator).get("/find/", {"q": "1,234.56"}))


@pytest.mark.parametrize("text", ["", "x" * 3000, "'; drop table", "%00", "9" * 60, "1" * 25 + ".00"])
def test_what_means_nothing_is_answered_with_what_can_be_pasted(text, payout, world, client_of):
    answer = client_of(world.owner).get("/find/", {"q": text})

    assert answer.status_code == 200
    assert "a trace number" in text_of(answer)


def test_the_api_answers_the_same(payout, world, client, capsys):
    call_command("api_key", "--host", "sunset")
    key = {"HTTP_AUTHORIZATION": f"Api-Key {capsys.readouterr().out.strip()}"}

    told = client.get("/api/v1/search/", {"q": "1,234.56"}, **key).json()

    assert told == {
        "results": [
            {
                "kind": "payout",
                "id": str(payout.pk),
                "url": f"/payouts/one/{payout.pk}/",
                "why": "Its amount.",
                "title": "Payout P-000001 of $1,234.56 to Sunset Stays: approved",
            }
        ]
    }
    assert client.get("/api/v1/search/", **key).json() == {"results": []}


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


def test_of_a_line_the_label_comes_before_the_amount(payout, known, world, client_of):
    known.sale(5000, at=NOW + timedelta(hours=1))
    other = cycle.close(known.scope, until=NOW + timedelta(days=1), now=NOW + timedelta(days=1))

    page = text_of(client_of(world.owner).get("/find/", {"q": "ACH P-000002 1,234.56"}))

    assert other is not None
    assert page.index("It is called P-000002.") < page.index("Its amount.")


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
