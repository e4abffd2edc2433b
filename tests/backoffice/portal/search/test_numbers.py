"""What money is found by: ids, numbers of documents, references, the end of a number, an amount."""

from datetime import UTC, datetime, timedelta

import pytest

from billing.models import Receipt, Session
from billing.payouts.cycle import cycle
from billing.sessions.settlement import unclaimed
from tests.kit import charging
from tests.kit.page_text import text_of
from tests.kit.search_pages import end_without_start, known, payout

__all__ = ["known", "payout"]
pytestmark = pytest.mark.django_db
TRANSACTION = "8c2f1d5e-tx-0042"
NOW = datetime.now(tz=UTC)


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


def test_of_a_line_the_label_comes_before_the_amount(payout, known, world, client_of):
    known.sale(5000, at=NOW + timedelta(hours=1))
    other = cycle.close(known.scope, until=NOW + timedelta(days=1), now=NOW + timedelta(days=1))

    page = text_of(client_of(world.owner).get("/find/", {"q": "ACH P-000002 1,234.56"}))

    assert other is not None
    assert page.index("It is called P-000002.") < page.index("Its amount.")
