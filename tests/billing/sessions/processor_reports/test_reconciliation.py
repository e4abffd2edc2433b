"""Every movement at the processor is in our books, or somebody has to look at it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from billing.models import Hold, LedgerEntry, ProcessorTransaction, Receipt, Refund, SimulatedBalanceTransaction
from billing.payments.books import ledger, postings
from billing.payments.processors import processor, simulated
from billing.payments.processors.protocol import Authorization, BalanceTransaction, Movement
from billing.payments.processors.simulated import balance
from billing.sessions.processor_reports import reconciliation
from billing.sessions.refunds import refunds
from tests.billing.conftest import minutes
from tests.kit.held import paid

pytestmark = pytest.mark.django_db
Code = ledger.Code


def now():
    return datetime.now(tz=UTC)


@pytest.fixture
def taken(site):
    _, hold, row = paid(site)
    site.stop(row, 6000, at=minutes(60), reason="EVDisconnected")
    site.work(now=minutes(61))
    hold.refresh_from_db()
    return hold


def found():
    return {(row.kind, row.net_minor): (row.match, row.finding) for row in ProcessorTransaction.objects.all()}


def test_it_explains_a_payment_and_reads_it_once(site, taken):
    assert reconciliation.pull(now=now()) == 1
    assert reconciliation.pull(now=now()) == 1

    row = ProcessorTransaction.objects.get()
    assert (row.kind, row.match, row.host) == ("payment", "explained", site.host)
    assert row.finding == f"The payment of session {taken.session_id}."
    assert (row.amount_minor, row.fee_minor, row.net_minor) == (300, 39, 261)


def test_the_fee_that_was_not_known_is_posted(site, taken):
    _other(site, fee_minor=None)

    reconciliation.pull(now=now())

    other = Hold.objects.exclude(pk=taken.pk).get()
    assert other.fee_minor == 59
    assert ledger.balance(site.host, Code.PROCESSOR_FEES, currency="USD") == 39 + 59


def _other(site, **fields):
    """A payment of ours whose answer told no fee."""
    wanted = Authorization(amount_minor=1000, currency="USD", card="4242424242424242", description="x")
    payment = processor().charge(wanted, key="other")
    first = Hold.objects.first()
    return Hold.objects.create(
        id="019cd8b0-0000-7000-8000-000000000000",
        session=first.session,
        role="rest",
        processor="simulated",
        processor_ref=payment.ref,
        amount_minor=1000,
        captured_minor=1000,
        currency="USD",
        state="captured",
        created_at=now(),
        finished_at=now(),
        **fields,
    )


def test_the_processors_word_on_its_fee_is_a_correcting_entry(site, taken):
    SimulatedBalanceTransaction.objects.update(fee_minor=50, net_minor=250)

    for _ in range(2):
        reconciliation.pull(now=now())

    assert ledger.balance(site.host, Code.PROCESSOR_FEES, currency="USD") == 50
    assert ledger.balance(site.host, Code.PROCESSOR_CLEARING, currency="USD") == 250
    assert LedgerEntry.objects.filter(source_type="movement", kind="fee").count() == 1


def test_the_balance_at_the_processor_is_what_our_books_say(site, taken):
    wanted = refunds.RefundRequest(
        amount_minor=100, reason=Refund.Reason.GOODWILL, fault=Refund.Fault.HOST, explanation="Sorry."
    )
    refunds.send(refunds.request(Receipt.objects.get(), wanted, by="owner", now=minutes(70)).pk, now=minutes(70))
    simulated.dispute(_other(site, fee_minor=59).processor_ref)
    postings.catch_up(now=now())

    reconciliation.pull(now=now())

    assert {match for match, _ in found().values()} == {"explained"}
    there = processor().balance("USD")
    books = ledger.balance(site.host, Code.PROCESSOR_CLEARING, currency="USD")
    assert books == there.available_minor + there.pending_minor


def test_what_nothing_of_ours_explains_waits_for_a_person(site, taken):
    wanted = Authorization(amount_minor=1000, currency="USD", card="4242424242424242", description="x")
    strange = processor().charge(wanted, key="strange")
    processor().refund(taken.processor_ref, amount_minor=7, key="by somebody in the dashboard")
    balance.record_movement(balance.account(""), Movement.FEE, -200, currency="USD", source_ref="fee_1")

    reconciliation.pull(now=now())
    reconciliation.pull(now=now())

    assert {net: match for (_, net), (match, _) in found().items()} == {
        261: "explained",
        941: "unknown",
        -7: "unknown",
        -200: "unknown",
    }
    row = ProcessorTransaction.objects.get(net_minor=941)
    assert (row.payment_ref, row.finding) == (strange.ref, "Money came in for no payment of ours.")

    reconciliation.answer(row.pk, host=site.host, reason="A terminal.", by="agent", now=now())

    row.refresh_from_db()
    assert (row.match, row.finding, row.answered_by) == ("answered", "A terminal.", "agent")
    assert ledger.balance(site.host, Code.BANK_SUSPENSE, currency="USD") == -941
    with pytest.raises(reconciliation.AnsweredError, match="A terminal"):
        reconciliation.answer(row.pk, host=site.host, reason="Again.", by="agent", now=now())
    reconciliation.pull(now=now())
    row.refresh_from_db()
    assert row.match == "answered"


def test_an_amount_that_differs_waits_for_a_person(site, taken):
    SimulatedBalanceTransaction.objects.update(amount_minor=299, net_minor=260)

    reconciliation.pull(now=now())

    assert list(found().values()) == [("unknown", "We know of 3.00 USD that were taken with this payment.")]


def test_a_payment_that_we_do_not_know_as_taken_waits(site, taken):
    Hold.objects.update(state="authorised", captured_minor=0)
    reconciliation.pull(now=now())
    assert [match for match, _ in found().values()] == ["waiting"]

    Hold.objects.update(state="captured", captured_minor=300)
    reconciliation.pull(now=now())

    assert [match for match, _ in found().values()] == ["explained"]


def test_payouts_wait_for_the_payouts(site, taken):
    simulated.advance_clock(timedelta(days=2))
    processor().pay_out("", amount_minor=261, currency="USD", key="p")

    reconciliation.pull(now=now() + timedelta(days=2))

    assert found()["payout", -261][0] == "waiting"


def test_it_says_what_the_processor_does_not_list(site, taken):
    simulated.set_fee(percent=Decimal(1), fixed_minor=1)
    reconciliation.pull(now=now())
    assert not reconciliation.missing(now=now()).exists()
    lost = _other(site, fee_minor=1)
    Hold.objects.filter(pk=lost.pk).update(processor_ref="sim_lost")

    assert not reconciliation.missing(now=now()).exists(), "it may come yet"
    assert [str(hold.pk) for hold in reconciliation.missing(now=now() + timedelta(days=3))] == [lost.pk]


def test_movements_are_kept_while_they_are_listed(site, monkeypatch):
    """A list of a million movements is never held: a thousand are written before the next are read."""
    at, kept = now(), []

    def listed(self, *, since=None, payout="", account_ref=""):
        for number in range(5):
            kept.append(ProcessorTransaction.objects.count())
            yield BalanceTransaction(
                ref=f"txn_{number}",
                kind=Movement.FEE,
                amount_minor=-1,
                fee_minor=0,
                net_minor=-1,
                currency="USD",
                source_ref="",
                payment_ref="",
                created_at=at,
                available_at=at,
            )

    monkeypatch.setattr(reconciliation, "_AT_ONCE", 2)
    monkeypatch.setattr(simulated.SimulatedProcessor, "list_balance_transactions", listed)

    assert reconciliation.pull(now=at) == 5

    assert kept == [0, 0, 2, 2, 4]
    assert ProcessorTransaction.objects.count() == 5
