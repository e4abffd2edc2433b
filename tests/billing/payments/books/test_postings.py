"""What a session leaves in the books: what is owed, what the card brought, and nothing twice."""

from datetime import timedelta

import pytest

from billing.models import LedgerAccount, LedgerEntry, Receipt
from billing.payments.books import ledger, postings
from tests.billing.conftest import NOON, PLAIN, minutes
from tests.kit.taxed import TAXED, guest


@pytest.fixture
def sums(site):
    def told():
        return {one.account.code: one.minor for one in ledger.balances(LedgerAccount.objects.all()) if one.minor}

    return told


def test_a_guest_owes_what_the_receipt_says_and_the_card_pays_it(site, sums):
    site.rate("guest", definition=TAXED)

    guest(site, wh=5000)

    assert sums() == {"processor_clearing": 290, "processor_fees": 40, "host_payable": -300, "tax_payable": -30}
    posted = set(LedgerEntry.objects.values_list("source_type", "kind"))
    assert posted == {("receipt", "issued"), ("hold", "captured"), ("hold", "fee")}


def test_what_the_hold_did_not_cover_stays_owed(site, sums):
    site.rate("guest", definition=TAXED)

    guest(site, wh=5000, held=200)

    assert sums() == {
        "guest_receivable": 130,
        "processor_clearing": 164,
        "processor_fees": 36,
        "host_payable": -300,
        "tax_payable": -30,
    }


@pytest.mark.parametrize(
    ("granted_by", "audience", "told"),
    [
        ("local_group", "member", {"host_claims": 300, "host_sales": -300}),
        ("roaming_always", "roaming", {"roaming_receivable": 300, "host_payable": -300}),
    ],
)
def test_what_a_host_collects_itself_is_not_our_debt(site, sums, granted_by, audience, told):
    site.rate(audience)
    row = site.transaction()
    site.begin(row, site.decision(granted_by=granted_by))
    site.stop(row, 6000, at=minutes(60), reason="EVDisconnected")

    site.work(now=minutes(61))

    assert sums() == told


def test_the_processing_fee_that_a_host_bears_is_kept_back_from_them(site, sums):
    borne = {"processing_fee": "0.30", "processing_pct": "10", "processing_paid_by": "host"}
    site.rate("guest", definition=PLAIN | borne)

    guest(site, wh=5000)

    assert sums() == {
        "processor_clearing": 261,
        "processor_fees": 39,
        "host_payable": -240,
        "platform_revenue": -60,
    }


def test_a_session_that_costs_nothing_moves_nothing(site):
    site.rate("guest")

    guest(site, wh=10)

    assert not LedgerEntry.objects.exists()


def test_documents_from_before_the_books_are_posted_once(site, sums, monkeypatch):
    site.rate("guest", definition=TAXED)
    with monkeypatch.context() as without_books:
        without_books.setattr(postings, "receipt_issued", lambda *_, **__: None)
        without_books.setattr(postings, "hold_captured", lambda *_, **__: None)
        without_books.setattr(postings, "fee_kept", lambda *_, **__: None)
        guest(site, wh=5000)
    assert Receipt.objects.exists()
    assert sums() == {}

    first, second = postings.catch_up(now=minutes(90)), postings.catch_up(now=minutes(91))

    assert (first, second) == (3, 0)
    assert sums() == {"processor_clearing": 290, "processor_fees": 40, "host_payable": -300, "tax_payable": -30}
    assert set(LedgerEntry.objects.values_list("occurred_at", flat=True)) == {minutes(61)}


def test_the_sides_are_equal_at_every_moment(site):
    site.rate("guest", definition=TAXED)
    guest(site, wh=5000, held=200)

    for until in (NOON, minutes(61), minutes(61) + timedelta(microseconds=1), minutes(1000)):
        assert sum(one.minor for one in ledger.balances(LedgerAccount.objects.all(), until=until)) == 0
