"""A member's session is taken from the card of their account when it is over: once, and only if they agreed."""

from datetime import timedelta

import pytest

from authorization.models import User
from billing.models import Hold, OutgoingMail, Receipt, Receivable, Session, SimulatedPayment
from billing.payments.books import ledger, postings
from billing.payments.books.ledger import Code
from billing.payments.processors import processor, simulated
from billing.payments.processors.protocol import OutcomeUnknownError
from billing.sessions.drivers import accounts, driver_tokens, payment_cards
from billing.sessions.drivers.payment_cards import CardError
from billing.sessions.processor_reports import reconciliation
from billing.sessions.settlement import settle
from tests.billing.conftest import NOON, Site, minutes
from tests.kit.at_once import at_once
from tests.kit.pay_by_account import agree, card_of, charge, owned

__all__ = ["owned"]
pytestmark = pytest.mark.django_db
GOOD, POOR = "4242424242424242", "4000008260003178"


def balance(site: Site, code: Code) -> int:
    return ledger.balance(site.host, code, currency="USD")


def test_it_takes_the_session_and_sends_the_receipt(site, owned):
    agree(owned)

    session = charge(site)

    hold = Hold.objects.get()
    receipt = Receipt.objects.get()
    assert (session.state, hold.role, hold.state) == ("settled", "account", "captured")
    assert hold.captured_minor == receipt.rating.total_minor == SimulatedPayment.objects.get().captured_minor
    assert receipt.document["payment"]["is_account"] is True
    assert (receipt.document["payment"]["last4"], receipt.document["payment"]["outstanding_minor"]) == ("4242", 0)
    assert balance(site, Code.GUEST_RECEIVABLE) == 0
    outgoing = OutgoingMail.objects.get()
    assert (outgoing.address, outgoing.language) == ("kim@example.com", "de")


def test_nobody_is_charged_who_did_not_agree(site, owned):
    card_of(owned)

    session = charge(site)

    assert session.state == "settled"
    assert not Hold.objects.exists()
    assert not SimulatedPayment.objects.exists()
    assert not OutgoingMail.objects.exists()


def test_a_card_that_is_refused_leaves_it_owed_and_is_not_tried_twice(site, owned):
    agree(owned, POOR)

    session = charge(site)
    site.work(now=minutes(65))

    owed = Receivable.objects.get()
    assert (session.state, Hold.objects.get().state) == ("settled", "failed")
    assert owed.amount_minor == Receipt.objects.get().rating.total_minor
    assert owed.reason == "The card of the driver's account was refused."
    assert balance(site, Code.GUEST_RECEIVABLE) == owed.amount_minor


def test_a_worker_that_dies_before_it_asks_is_followed_by_one_that_does(site, owned, monkeypatch):
    agree(owned)
    plain = simulated.SimulatedProcessor.charge
    killed: list[int] = []

    def charged(self, *args, **kwargs):
        if not killed:
            killed.append(1)
            raise SystemExit
        return plain(self, *args, **kwargs)

    monkeypatch.setattr(simulated.SimulatedProcessor, "charge", charged)
    with pytest.raises(SystemExit):
        charge(site)
    site.work(now=minutes(90))

    assert Session.objects.get().state == "settled"
    assert (Hold.objects.get().state, SimulatedPayment.objects.count()) == ("captured", 1)


def test_an_answer_that_is_lost_is_asked_for_and_nothing_taken_twice(site, owned, monkeypatch):
    agree(owned)
    plain = simulated.SimulatedProcessor.charge
    lost: list[int] = []

    def charged(self, *args, **kwargs):
        answer = plain(self, *args, **kwargs)
        if not lost:
            lost.append(1)
            raise OutcomeUnknownError("No answer.")
        return answer

    monkeypatch.setattr(simulated.SimulatedProcessor, "charge", charged)
    assert charge(site).state == "stopped"

    site.work(now=minutes(62))

    assert Session.objects.get().state == "settled"
    assert (Hold.objects.get().state, SimulatedPayment.objects.count()) == ("captured", 1)


@pytest.mark.django_db(transaction=True)
def test_many_workers_take_it_once(site, owned):
    agree(owned)
    row = site.transaction(at=NOON)
    session = site.begin(row)
    site.stop(row, 11_000, at=minutes(60), reason="EVDisconnected")
    settle.catch_up(now=minutes(61))

    at_once(6, lambda: settle.settle(session.pk, now=minutes(62)))
    site.work(now=minutes(63))

    assert Session.objects.get().state == "settled"
    assert (Hold.objects.count(), SimulatedPayment.objects.count(), Receipt.objects.count()) == (1, 1, 1)


def test_a_card_that_pays_is_not_removed_before_the_session_is_over(site, owned):
    card = agree(owned)
    row = site.transaction(at=NOON)
    site.begin(row)

    with pytest.raises(CardError, match="not over yet"):
        payment_cards.remove(card, now=minutes(1))
    site.stop(row, 11_000, at=minutes(60), reason="EVDisconnected")
    site.work(now=minutes(61))
    payment_cards.remove(card, now=minutes(70))

    owned.refresh_from_db()
    assert owned.pays_with is None


def test_nobody_agrees_for_somebody_else(site, owned):
    other = accounts.of_user(User.objects.create_user("lee@example.com", None), language="en", now=NOON)
    theirs = payment_cards.save(other, card=GOOD, return_url="http://x/CARD", now=NOON)

    assert not driver_tokens.pay_with(owned, theirs, now=NOON)


def test_the_books_agree_with_the_processor(site, owned):
    agree(owned)
    charge(site)
    postings.catch_up(now=minutes(70))
    reconciliation.pull(now=minutes(70) + timedelta(days=3650))

    there = processor().balance("USD")
    assert balance(site, Code.PROCESSOR_CLEARING) == there.available_minor + there.pending_minor
