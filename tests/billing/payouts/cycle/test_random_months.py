"""Random months end as a reckoning beside the product says: `RANDOM_MONTHS=1000` runs more of them than the suite."""

import itertools
import os
import random
from datetime import timedelta

import pytest

from billing.models import LedgerAccount, Payout, ProcessorAccount, SimulatedPayout
from billing.payments.books import ledger
from billing.payments.books.ledger import Code
from billing.payments.processors import processor, simulated
from billing.payments.processors.protocol import Authorization
from billing.payments.processors.simulated import SimulatedProcessor
from billing.payouts.cycle import allocation, approval, bridge, cycle
from billing.payouts.payees import bank_accounts
from billing.payouts.sending import by_processor
from tests.kit import random_months
from tests.kit.at_once import at_once
from tests.kit.payouts import books
from tests.kit.random_months import MONTHS, Month, Reckoning

pytestmark = pytest.mark.django_db(transaction=True)
COUNT = -(-int(os.environ.get("RANDOM_MONTHS", "24")) // 3)
"""Hosts, of three months each."""
_NEW_ACCOUNTS = ("NL91ABNA0417164300", "GB29NWBK60161331926819", "FR1420041010050500013M02606")


class Killed(BaseException):
    """The worker is gone: nothing of ours sees it as an error."""


class Killer:
    """Kills whoever has just had an answer of the processor, at times that the dice choose."""

    def __init__(self, dice, monkeypatch):
        self.dice = dice
        for name in ("transfer", "pay_out", "look_up_payout"):
            monkeypatch.setattr(SimulatedProcessor, name, self._deadly(getattr(SimulatedProcessor, name)))

    def _deadly(self, real):
        def asked(*args, **values):
            answer = real(*args, **values)
            if self.dice.random() < 0.2:
                raise Killed
            return answer

        return asked


@pytest.mark.long
@pytest.mark.parametrize("start", range(0, COUNT, 12))
def test_months_of_sales_refunds_disputes_failures_and_killed_workers_leave_nothing_unexplained(start, monkeypatch):
    card = Authorization(amount_minor=90_000_000, currency="USD", card="4000000000000077", description="Top up")
    processor("simulated").charge(card, key="top-up")
    for seed in range(start, min(start + 12, COUNT)):
        with monkeypatch.context() as patch:
            _play(random.Random(seed), seed, patch)


def _play(dice, seed, monkeypatch):
    known, reckoning = books(f"h{seed}"), Reckoning()
    terms = {"threshold_minor": dice.choice((0, 2500)), "reserve_minor": dice.choice((0, 0, 3000))}
    known.agree(**terms)
    accounts = iter(_NEW_ACCOUNTS)
    if dice.random() < 0.8:
        known.bank()
    ref = simulated.open_account()
    account = ProcessorAccount.objects.create(
        host=known.host, processor="simulated", ref=ref, is_enabled=True, opened_at=MONTHS[0]
    )
    Killer(dice, monkeypatch)
    for begins_at, ends_at in itertools.pairwise(MONTHS):
        _close_month(Month(dice, known, reckoning, begins_at=begins_at), ends_at, terms)
        _send_all(dice, known, reckoning, accounts, now=ends_at)
        _is_explained(known, reckoning, account, until=ends_at + timedelta(days=20))


def _close_month(month, ends_at, terms):
    known, reckoning = month.books, month.reckoning
    for at, event in month.events():
        event(at)
    forecast_at = ends_at - random_months.FORECAST_BEFORE
    predicted = random_months.forecast_minor(known.scope, now=forecast_at)
    can_pay = bank_accounts.why_not(bank_accounts.current(known.scope), now=ends_at) is None
    assert predicted == reckoning.due(ends_at, can_pay=True)  # what failed is named, in it or beside it
    newest = _newest(known)
    for at in month.disputes():
        month.contest(at)
    due = reckoning.due(ends_at, can_pay=can_pay)

    at_once(2, lambda: cycle.close(known.scope, until=ends_at, now=ends_at))
    payout = cycle.close(known.scope, until=ends_at, now=ends_at)

    if payout is None or payout == newest:
        assert [one.left(ends_at) for one in reckoning.sold if one.left(ends_at)] == []
        return
    assert Payout.objects.filter(host=known.host, ends_at=ends_at, reissues=None).count() == 1
    assert random_months.total(payout) == due
    assert bridge.remainder(payout) == 0
    reckoning.close(ends_at, can_pay=can_pay)
    assert payout.amount_minor == (_paid(due, terms) if can_pay else 0)
    reckoning.carried = due - payout.amount_minor


def _paid(due, terms):
    if due <= terms["reserve_minor"]:
        return 0
    after = due - terms["reserve_minor"]
    return 0 if after < terms["threshold_minor"] or due < 0 else after


def _newest(known):
    return Payout.objects.filter(host=known.host, reissues=None).order_by("-ends_at").first()


def _send_all(dice, known, reckoning, accounts, *, now):
    """Sends what can go, doubled and in any order; some of it fails, before or after it was paid."""
    for payout in Payout.objects.filter(host=known.host, state="approved"):
        sent = _sent(payout.pk, now=now)
        assert (sent.state, sent.waits_for) == ("in_transit", "")
        fate = dice.choice(("paid", "paid", "paid", "fails", "returns"))
        if fate != "fails":
            _followed(payout.pk, now=now)
        if fate != "paid":
            _fail(dice, known, reckoning, accounts, sent, now=now)


def _fail(dice, known, reckoning, accounts, sent, *, now):
    code = dice.choice(("account_closed", "could_not_process"))
    simulated.fail_payout(sent.processor_ref, code=code)
    mine = Payout.objects.filter(pk=sent.pk)
    _until_done(lambda: by_processor.refresh(sent.pk, now=now), lambda: mine.get().failed_at)
    assert bridge.remainder(mine.get()) == 0
    if code == "account_closed":
        with pytest.raises(approval.NotPossibleError, match="refused by the bank"):
            approval.reissue(mine.get(), now=now)
        if dice.random() < 0.6 and (iban := next(accounts, None)):
            known.bank(at=now + timedelta(days=1), iban=iban)
    if dice.random() < 0.5 and mine.get().bank_account.state == "confirmed":
        again = approval.reissue(mine.get(), now=now + timedelta(days=5))
        _sent(again.pk, now=now)
        assert bridge.remainder(_followed(again.pk, now=now)) == 0
    else:
        reckoning.failed += sent.amount_minor


def _sent(pk, *, now):
    row = Payout.objects.filter(pk=pk)
    _until_done(lambda: by_processor.send(pk, now=now), lambda: row.get().processor_ref)
    return row.get()


def _followed(pk, *, now):
    row = Payout.objects.filter(pk=pk)
    simulated.advance_clock(timedelta(days=4))
    _until_done(lambda: by_processor.refresh(pk, now=now), lambda: row.get().paid_at)
    return row.get()


def _until_done(step, is_done):
    """Repeats what is killed now and then, and once more when it is done."""
    for _ in range(60):
        done = is_done()
        try:
            step()
        except Killed:
            continue
        if done:
            return
    raise AssertionError("It never comes to an end.")


def _is_explained(known, reckoning, account, *, until):
    owed = sum(minor for one in reckoning.sold for _, minor in one.owed) - sum(one.taken for one in reckoning.sold)
    waiting = allocation.pending(known.scope, own_places=set(), until=until)
    paid = Payout.objects.filter(host=known.host, state="paid")
    at_bank = SimulatedPayout.objects.filter(account__ref=account.ref, state="paid")
    books_of_host = ledger.balances(LedgerAccount.objects.filter(host=known.host))

    assert [bridge.remainder(one) for one in Payout.objects.filter(host=known.host) if bridge.remainder(one)] == []
    assert sum(one.amount_minor for one in waiting) == owed
    assert ledger.balance(known.host, Code.HOST_PAYABLE, currency="USD") == -owed - reckoning.carried - reckoning.failed
    assert sum(one.amount_minor for one in paid) == sum(one.amount_minor for one in at_bank)
    assert sum(one.minor for one in books_of_host) == 0
    lying = processor("simulated").balance("USD", account_ref=account.ref)
    assert ledger.balance(known.host, Code.PAYOUT_IN_TRANSIT, currency="USD") == lying.available_minor
