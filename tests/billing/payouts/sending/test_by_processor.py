"""From approved to the bank and back, at the simulated processor with a real clock of its own."""

from datetime import UTC, datetime, timedelta

import pytest

from billing.models import (
    BankAccount,
    LedgerEntry,
    Payout,
    ProcessorAccount,
    ProcessorTransaction,
    SimulatedAccount,
    SimulatedTransfer,
)
from billing.payments.books import ledger
from billing.payments.books.ledger import Code
from billing.payments.processors import processor, simulated
from billing.payouts.cycle import approval, bridge, cycle
from billing.payouts.sending import by_processor
from billing.sessions.processor_reports import reconciliation
from tests.kit.at_once import at_once
from tests.kit.payouts import books
from tests.kit.sent_payouts import APRIL, MAY, approved, filled, opened

pytestmark = pytest.mark.django_db(transaction=True)


def balances(known):
    codes = (Code.HOST_PAYABLE, Code.PAYOUT_IN_TRANSIT, Code.PROCESSOR_CLEARING)
    return [ledger.balance(known.host, code, currency="USD") for code in codes]


def test_it_is_paid_once_however_often_it_is_sent():
    known = books()
    opened(known)
    filled()
    payout = approved(known)

    at_once(4, lambda: by_processor.send(payout.pk, now=APRIL))
    sent = by_processor.send(payout.pk, now=APRIL)

    assert (sent.state, sent.waits_for) == ("in_transit", "")
    assert sent.processor_ref
    assert sent.trace
    assert sent.transfer_ref
    assert balances(known) == [0, 0, 0]
    simulated.advance_clock(timedelta(days=4))
    assert by_processor.refresh(payout.pk, now=APRIL + timedelta(days=4)).state == "paid"
    assert LedgerEntry.objects.filter(source_type="payout").count() == 2
    assert SimulatedAccount.objects.get(ref=ProcessorAccount.objects.get().ref).payouts.count() == 1


def test_it_waits_until_the_platforms_balance_is_there():
    known = books()
    opened(known)
    payout = approved(known)

    waiting = by_processor.send(payout.pk, now=APRIL)
    filled()
    sent = by_processor.send(payout.pk, now=APRIL)

    assert waiting.state == "submitted"
    assert waiting.waits_for.startswith("The money is not available at the card processor yet.")
    assert waiting.processor_says == "10.00 USD is more than the 0.00 USD that are available."
    assert (sent.state, sent.waits_for, sent.processor_says) == ("in_transit", "", "")


def test_it_waits_for_an_account_at_the_processor():
    known = books()
    payout = approved(known)

    waiting = by_processor.send(payout.pk, now=APRIL)

    assert waiting.waits_for == "The host's account at the card processor is not ready yet."
    assert balances(known)[0] == -1000


def test_a_payout_that_comes_back_after_it_was_paid_is_owed_again_and_paid_to_the_next_account():
    known = books()
    opened(known)
    filled()
    payout = approved(known)
    by_processor.send(payout.pk, now=APRIL)
    simulated.advance_clock(timedelta(days=4))
    paid = by_processor.refresh(payout.pk, now=APRIL + timedelta(days=4))
    simulated.fail_payout(paid.processor_ref, code="account_closed")

    back = by_processor.refresh(payout.pk, now=APRIL + timedelta(days=6))
    again = by_processor.refresh(payout.pk, now=APRIL + timedelta(days=6))

    assert (back.state, back.failure, again.state) == ("returned", "account_closed", "returned")
    assert (sum(row["amount_minor"] for row in back.bridge), bridge.remainder(back)) == (0, 0)
    assert balances(known) == [-1000, 1000, 0]
    assert BankAccount.objects.get().state == "errored"
    with pytest.raises(approval.NotPossibleError, match="refused by the bank"):
        approval.reissue(back, now=APRIL + timedelta(days=6))

    known.bank(at=APRIL + timedelta(days=7), iban="NL91ABNA0417164300")
    with pytest.raises(approval.NotPossibleError, match="is new"):
        approval.reissue(back, now=APRIL + timedelta(days=8))
    second = approval.reissue(back, now=APRIL + timedelta(days=11))
    sent = by_processor.send(second.pk, now=APRIL + timedelta(days=11))

    assert (second.reissues, second.bank_account.last4) == (back, "4300")
    assert (sent.state, sent.amount_minor, bridge.remainder(sent)) == ("in_transit", 1000, 0)
    assert Payout.objects.get(pk=payout.pk).state == "reissued"
    assert balances(known) == [0, 0, 0]
    with pytest.raises(approval.NotPossibleError):
        approval.reissue(back, now=APRIL + timedelta(days=12))


def test_the_next_period_takes_over_what_failed():
    known = books()
    opened(known)
    filled()
    payout = approved(known)
    sent = by_processor.send(payout.pk, now=APRIL)
    simulated.fail_payout(sent.processor_ref, code="could_not_process")
    failed = by_processor.refresh(payout.pk, now=APRIL + timedelta(days=2))
    known.sale(500, at=APRIL + timedelta(days=3))

    may = cycle.close(known.scope, until=MAY, now=MAY)
    sent = by_processor.send(may.pk, now=MAY)

    assert failed.state == "failed"
    assert BankAccount.objects.get().state == "confirmed"  # nothing is wrong with the account
    assert (may.opening_minor, may.amount_minor, sent.state) == (1000, 1500, "in_transit")
    assert Payout.objects.get(pk=payout.pk).state == "reissued"
    assert balances(known) == [0, 0, 0]


def test_two_different_people_approve_what_is_above_the_limit():
    known = books()
    known.agree(two_people_above_minor=999)
    payout = approved(known)

    once = approval.approve(payout, by="user:a@example.com", now=APRIL)
    with pytest.raises(approval.NotPossibleError, match="second person"):
        approval.approve(payout, by="user:a@example.com", now=APRIL)
    twice = approval.approve(payout, by="user:b@example.com", now=APRIL)

    assert (once.state, twice.state, twice.second_by) == ("calculated", "approved", "user:b@example.com")


def test_what_is_held_is_not_sent_until_it_is_released():
    known = books()
    opened(known)
    filled()
    payout = approved(known)

    approval.hold(payout, reason="Two sessions look odd.", now=APRIL)
    assert by_processor.send(payout.pk, now=APRIL).state == "held"
    assert by_processor.send_due(now=APRIL) == 0
    approval.release(payout, now=APRIL)

    assert by_processor.send(payout.pk, now=APRIL).state == "in_transit"


def test_its_transfer_is_explained_in_the_processors_list():
    known = books()
    opened(known)
    filled()
    sent = by_processor.send(approved(known).pk, now=APRIL)
    processor("simulated").transfer(
        ProcessorAccount.objects.get().ref, amount_minor=5, currency="USD", key="nobody-knows"
    )

    now = datetime.now(tz=UTC)
    for days in (0, 3):
        reconciliation.pull(now=now + timedelta(days=days), processor="simulated")

    found = ProcessorTransaction.objects.filter(kind="transfer").order_by("-amount_minor")
    assert [(one.match, one.amount_minor) for one in found] == [("unknown", -5), ("explained", -1000)]
    assert found[1].host == sent.host


def failed_in_march(known):
    opened(known)
    filled()
    payout = approved(known)
    sent = by_processor.send(payout.pk, now=APRIL)
    simulated.fail_payout(sent.processor_ref, code="account_closed")
    return by_processor.refresh(payout.pk, now=APRIL + timedelta(days=2))


def sent_in_all():
    return sum(SimulatedTransfer.objects.values_list("amount_minor", flat=True))


def test_what_failed_waits_by_itself_while_there_is_no_account_to_pay_to():
    known = books()
    failed = failed_in_march(known)
    known.sale(500, at=APRIL + timedelta(days=3))

    may = cycle.close(known.scope, until=MAY, now=MAY)
    failed.refresh_from_db()

    assert (may.state, may.opening_minor, may.carried_minor) == ("carried", 0, 500)
    assert (failed.state, failed.expected_on) == ("failed", None)
    assert cycle.paid_again_in(failed) is None
    known.bank(at=MAY + timedelta(days=1), iban="NL91ABNA0417164300")
    later = MAY + timedelta(days=5)
    assert approval.repeat_due(now=later) == 1
    again = Payout.objects.get(reissues=failed)
    by_processor.send(again.pk, now=later)
    assert (again.amount_minor, sent_in_all()) == (1000, 1000)


def test_money_of_a_failed_payout_is_not_transferred_again_by_way_of_one_that_was_carried():
    known = books()
    failed = failed_in_march(known)
    known.bank(at=APRIL + timedelta(days=3), iban="NL91ABNA0417164300")
    known.agree(valid_from=APRIL + timedelta(days=4), threshold_minor=5000)
    known.sale(500, at=APRIL + timedelta(days=5))
    carried = cycle.close(known.scope, until=MAY, now=MAY)
    failed.refresh_from_db()

    assert (carried.state, carried.carried_minor, failed.state) == ("carried", 1500, "failed")
    assert cycle.paid_again_in(failed) == carried
    known.sale(4000, at=MAY + timedelta(days=2))
    june = datetime(2026, 6, 1, tzinfo=UTC)
    paying = cycle.close(known.scope, until=june, now=june)
    sent = by_processor.send(paying.pk, now=june)
    failed.refresh_from_db()

    assert (sent.state, sent.amount_minor, sent_in_all()) == ("in_transit", 5500, 5500)
    assert (failed.state, cycle.paid_again_in(failed)) == ("reissued", paying)
    assert balances(known)[:2] == [0, 0]


def test_a_next_payout_smaller_than_what_failed_leaves_the_rest_for_the_one_after():
    known = books()
    failed_in_march(known)
    known.bank(at=APRIL + timedelta(days=3), iban="NL91ABNA0417164300")
    lost = known.sale(300, at=APRIL + timedelta(days=4))
    known.dispute(lost, 900, at=APRIL + timedelta(days=5))
    known.lose(lost, 900, at=APRIL + timedelta(days=9))
    less = cycle.close(known.scope, until=MAY, now=MAY)
    by_processor.send(less.pk, now=MAY)
    known.sale(1000, at=MAY + timedelta(days=2))
    june = datetime(2026, 6, 1, tzinfo=UTC)
    by_processor.send(cycle.close(known.scope, until=june, now=june).pk, now=june)

    assert less.amount_minor == 400
    assert sent_in_all() == 1400
    assert balances(known)[1] == 0
