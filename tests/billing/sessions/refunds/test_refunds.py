"""Refunds: computed by pricing again, reserved before they are sent, sent once, and told by a credit note."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.db.models import F

from billing.models import Hold, LedgerAccount, Rating, Receipt, Refund, SimulatedPayment
from billing.payments.books import ledger
from billing.payments.processors.protocol import OutcomeUnknownError
from billing.payments.processors.simulated import SimulatedProcessor
from billing.pricing import session_facts
from billing.sessions.charges.refund_attempts import RefundAttempts
from billing.sessions.holds import holds
from billing.sessions.lifecycle import lifecycle
from billing.sessions.refunds import refunds
from billing.sessions.refunds.refund_taxes import Share
from billing.sessions.refunds.refunds import Difference, RefundError, RefundRequest
from tests.billing.conftest import NOON, PLAIN, minutes
from tests.kit.at_once import at_once

TAXED = PLAIN | {"tax": {"mode": "exclusive", "rates": {"connection": "10", "energy": "10", "idle": "10"}}}
REASON, FAULT = Refund.Reason, Refund.Fault


def wanted(*lines, amount=None, fault=FAULT.HOST):
    return RefundRequest(
        lines=frozenset(lines), amount_minor=amount, reason=REASON.GOODWILL, fault=fault, explanation="Sorry for that."
    )


@pytest.fixture
def receipt(site) -> Receipt:
    """A guest: 5 kWh, connected, and half an hour of idle time that is billed; all of it taken from the card."""
    site.rate("guest", definition=TAXED)
    session = lifecycle.open_for_guest(lifecycle.GuestOrder(charger=site.charger, evse_number=1), now=NOON)
    holds.authorize(holds.open_hold(session, amount_minor=4000, now=NOON), card="4242424242424242", now=NOON)
    row = site.transaction(id_token=session.id_token)
    site.begin(row, site.decision(granted_by="guest_hold"))
    site.heard(since=NOON, until=minutes(120))
    site.status("Charging", at=minutes(1))
    site.stop(row, 6000, at=minutes(60))
    site.status("Finishing", at=minutes(60))
    site.status("Available", at=minutes(100))
    site.work(now=minutes(100))
    found = Receipt.objects.get()
    assert found.rating.total_minor == 990  # 1.00 + 2.00 + 6.00, and a tenth
    return found


def give_back(receipt, asked, *, by="user:host@example.com", now=None):
    now = now or minutes(200)
    return refunds.send(refunds.request(receipt, asked, by=by, now=now).pk, now=now)


def sums():
    return {one.account.code: one.minor for one in ledger.balances(LedgerAccount.objects.all()) if one.minor}


def test_the_price_is_told_again_from_what_was_stored(receipt):
    rating = Rating.objects.get(kind="final")

    assert session_facts.replay(rating.inputs).total_minor == rating.total_minor


@pytest.mark.parametrize(
    ("lines", "total", "tax"),
    [
        (["idle"], 660, 60),
        (["connection"], 110, 10),
        (["energy"], 220, 20),
        (["idle", "connection"], 770, 70),
        (["idle", "connection", "energy"], 990, 90),
    ],
)
def test_it_is_the_difference_of_two_receipts(receipt, lines, total, tax):
    assert refunds.difference(receipt, wanted(*lines)) == Difference(
        total, total - tax, tax, taxes=(Share("10", total - tax, tax),)
    )


def test_an_amount_has_its_share_of_the_tax(receipt):
    assert refunds.difference(receipt, wanted(amount=500)) == Difference(500, 455, 45, taxes=(Share("10", 455, 45),))


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (wanted("processing"), "has no processing line"),
        (wanted(amount=0), "nothing to give back"),
        (wanted(amount=-5), "nothing to give back"),
        (wanted(amount=991), r"At most 9\.90 USD of"),
    ],
)
def test_it_says_what_cannot_be_given_back(receipt, asked, sentence):
    with pytest.raises(RefundError, match=sentence):
        refunds.request(receipt, asked, by="user:host@example.com", now=minutes(200))
    assert not Refund.objects.exists()


def test_the_money_goes_back_with_a_credit_note_and_an_entry(receipt):
    refund = give_back(receipt, wanted("idle"))

    assert (refund.state, refund.total_minor) == ("done", 660)
    assert SimulatedPayment.objects.get().refunded_minor == 660
    assert Hold.objects.get().refunded_minor == 660
    note = refund.credit_note
    assert (note.label, note.document["credit_of"]) == ("C2026-000001", receipt.label)
    assert note.document["explanation"] == "Sorry for that."
    assert sums() == {"processor_clearing": 271, "processor_fees": 59, "host_payable": -300, "tax_payable": -30}


def test_we_bear_what_was_our_fault_if_one_of_us_says_so(receipt):
    ours = wanted("idle", fault=FAULT.PLATFORM)
    with pytest.raises(RefundError, match="only our support"):
        give_back(receipt, ours)
    refund = refunds.request(receipt, ours, by="user:agent@example.com", now=minutes(200), is_agent=True)
    refunds.send(refund.pk, now=minutes(200))

    assert sums() == {
        "processor_clearing": 271,
        "processor_fees": 59,
        "host_payable": -900,
        "tax_payable": -30,
        "platform_revenue": 600,
    }


def test_a_line_is_given_back_once(receipt):
    give_back(receipt, wanted("idle"))

    assert refunds.kinds_left(receipt) == ["connection", "energy"]
    with pytest.raises(RefundError, match="has no idle line"):
        give_back(receipt, wanted("idle"))
    give_back(receipt, wanted("connection", "energy"))
    assert (refunds.refundable_minor(receipt), sums()) == (0, {"processor_clearing": -59, "processor_fees": 59})
    with pytest.raises(RefundError, match=r"At most 0\.00 USD of"):
        give_back(receipt, wanted(amount=1))


@pytest.mark.parametrize(
    ("currency", "alone_minor"),
    [("EUR", 50_00), ("JPY", 5000), ("HUF", 20_000_00), ("SEK", 500_00), ("KWD", 20_000), ("UYI", 50)],
)
def test_the_limit_of_one_person_is_as_much_in_every_currency(settings, currency, alone_minor):
    settings.REFUND_ALONE_UP_TO = 50

    assert refunds.limit_minor(currency) == alone_minor


def test_above_the_limit_a_second_person_has_to_agree(receipt, settings):
    settings.REFUND_ALONE_UP_TO = 5
    asked = refunds.request(receipt, wanted("idle"), by="user:a@example.com", now=minutes(200))
    assert (asked.state, refunds.send(asked.pk, now=minutes(200)).state) == ("waiting", "waiting")

    with pytest.raises(RefundError, match="another person"):
        refunds.answer(asked.pk, approves=True, by="user:a@example.com", now=minutes(201))
    refunds.answer(asked.pk, approves=True, by="user:b@example.com", now=minutes(202))
    with pytest.raises(RefundError, match="does not wait any more"):
        refunds.answer(asked.pk, approves=True, by="user:c@example.com", now=minutes(203))

    assert refunds.send(asked.pk, now=minutes(204)).state == "done"


def test_what_the_second_person_declines_can_be_given_back_otherwise(receipt, settings):
    settings.REFUND_ALONE_UP_TO = 5
    asked = refunds.request(receipt, wanted("idle"), by="user:a@example.com", now=minutes(200))

    refunds.answer(asked.pk, approves=False, by="user:b@example.com", now=minutes(201))

    assert Hold.objects.get().refunded_minor == 0
    assert refunds.kinds_left(receipt) == ["connection", "energy", "idle"]
    assert SimulatedPayment.objects.get().refunded_minor == 0


def test_a_lost_answer_is_asked_for_again_with_the_same_key(receipt, monkeypatch):
    real, calls = SimulatedProcessor.refund, []

    def loses_the_first(self, ref, *, amount_minor, key, **rest):
        payment = real(self, ref, amount_minor=amount_minor, key=key)
        calls.append(key)
        if len(calls) == 1:
            raise OutcomeUnknownError("no answer")
        return payment

    monkeypatch.setattr(SimulatedProcessor, "refund", loses_the_first)
    refund = give_back(receipt, wanted("idle"))
    assert refund.state == "checking"
    assert refunds.catch_up(now=minutes(200) + timedelta(seconds=5)) == 0, "asked a moment ago"

    refunds.catch_up(now=minutes(201))

    refund.refresh_from_db()
    assert (refund.state, len(set(calls)), len(calls)) == ("done", 1, 2)
    assert SimulatedPayment.objects.get().refunded_minor == 660


def test_it_goes_on_after_a_worker_was_killed_in_the_middle(receipt, monkeypatch):
    refund = refunds.request(receipt, wanted("idle"), by="user:a@example.com", now=minutes(200))
    with monkeypatch.context() as killed:
        killed.setattr(RefundAttempts, "_write", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            refunds.send(refund.pk, now=minutes(200))

    refunds.catch_up(now=minutes(201))
    refunds.catch_up(now=minutes(202))

    assert Refund.objects.get().state == "done"
    assert SimulatedPayment.objects.get().refunded_minor == 660
    assert Receipt.objects.filter(kind="credit_note").count() == 1


def test_what_the_processor_refuses_is_free_again(receipt):
    SimulatedPayment.objects.update(refunded_minor=900)  # as if somebody had refunded in the processor's own pages

    refund = give_back(receipt, wanted("idle"))

    assert refund.state == "refused"
    assert "can still be refunded" in refund.failure
    assert Hold.objects.get().refunded_minor == 0
    assert not Receipt.objects.filter(kind="credit_note").exists()


def test_a_claim_without_a_card_is_only_reduced(site):
    site.rate("member", definition=TAXED)
    row = site.transaction()
    site.begin(row)
    site.stop(row, 6000, at=minutes(60), reason="EVDisconnected")
    site.work(now=minutes(61))

    refund = give_back(Receipt.objects.get(), wanted("connection"))

    part = refund.parts.get()
    assert (refund.state, part.hold, part.receivable, part.state) == ("done", None, None, "done")
    assert sums() == {"host_claims": 220, "host_sales": -220}, "nothing of it is owed by us"


def test_the_database_gives_back_no_more_than_was_taken(receipt):
    with pytest.raises(DatabaseError), transaction.atomic():
        Hold.objects.update(refunded_minor=F("captured_minor") + 1)


@pytest.mark.django_db(transaction=True)
def test_two_who_refund_at_once_give_back_once(receipt):
    told = []

    def ask():
        try:
            told.append(give_back(receipt, wanted(amount=600)).state)
        except RefundError as exc:
            told.append(str(exc))

    at_once(8, ask)

    assert told.count("done") == 1
    assert SimulatedPayment.objects.get().refunded_minor == 600
    assert Receipt.objects.filter(kind="credit_note").count() == 1
