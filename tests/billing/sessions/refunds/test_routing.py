"""Which way a refund goes: off what is owed first, then over as many payments as it needs, each with its own fate."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from billing.models import (
    Hold,
    ProcessorTransaction,
    Receipt,
    Receivable,
    Refund,
    RefundPart,
    SimulatedPayment,
)
from billing.payments.books import ledger
from billing.payments.processors import processor
from billing.payments.processors.protocol import NotPossibleError, OutcomeUnknownError
from billing.payments.processors.simulated import SimulatedProcessor
from billing.sessions.charges import receivables
from billing.sessions.holds import holds
from billing.sessions.processor_reports import reconciliation
from billing.sessions.refunds import refunds
from billing.sessions.refunds.refunds import RefundError, RefundRequest
from tests.billing.conftest import minutes
from tests.kit import pdf
from tests.kit.at_once import at_once
from tests.kit.held import CONFIRM, DECLINED, GOOD, paid

pytestmark = pytest.mark.django_db
BY = "user:host@example.com"
LATER = minutes(1300)


def wanted(amount_minor, *, lines=()):
    return RefundRequest(
        amount_minor=None if lines else amount_minor,
        lines=frozenset(lines),
        reason=Refund.Reason.GOODWILL,
        fault=Refund.Fault.HOST,
        explanation="Sorry for that.",
    )


@pytest.fixture
def owing(site):
    """21.00 were charged, 10.00 held and taken; 11.00 are owed."""
    session, _, row = paid(site, amount_minor=1000)
    site.stop(row, 51_000, at=minutes(1210), reason="EVDisconnected")
    site.work(now=minutes(1211))
    assert Receivable.objects.get().amount_minor == 1100
    return session


@pytest.fixture
def twice(owing):
    """10.00 taken from 4242, then 11.00 from 4444: nothing is owed any more."""
    Client().post(f"/s/{owing.secret}/rest/", {"card": GOOD, "pay": "yes"})
    Hold.objects.filter(role="rest").update(last4="4444")
    assert Receivable.objects.get().state == "paid"
    return owing


def ask(amount_minor, **fields):
    return refunds.request(Receipt.objects.get(kind="receipt"), wanted(amount_minor, **fields), by=BY, now=LATER)


def give_back(amount_minor, **fields):
    return refunds.send(ask(amount_minor, **fields).pk, now=LATER)


def parts(refund):
    rows = refund.parts.select_related("hold").order_by("-amount_minor")
    return [(part.hold.last4 if part.hold else "owed", part.amount_minor, part.state) for part in rows]


def owed_in_books(site):
    return ledger.balance(site.host, ledger.Code.GUEST_RECEIVABLE, currency="USD")


def clearing_is_the_processors_balance(site):
    there = processor().balance("USD")
    books = ledger.balance(site.host, ledger.Code.PROCESSOR_CLEARING, currency="USD")
    return books == there.available_minor + there.pending_minor


def page(path):
    return Client().get(path).content.decode().replace("\N{NO-BREAK SPACE}", " ")


def refuses(monkeypatch, ref, *, what=NotPossibleError):
    """The processor says no to one of the payments."""
    real = SimulatedProcessor.refund

    def refund(self, asked, *, amount_minor, key, **rest):
        if asked == ref:
            raise what("The card was closed.")
        return real(self, asked, amount_minor=amount_minor, key=key, **rest)

    monkeypatch.setattr(SimulatedProcessor, "refund", refund)


# Debt before card.


def test_it_makes_less_to_pay_and_moves_no_money_while_something_is_owed(site, owing):
    refund = give_back(400)

    owed = Receivable.objects.get()
    assert (refund.state, parts(refund)) == ("done", [("owed", 400, "done")])
    assert (owed.state, owed.amount_minor, owed.reduced_minor, owed.left_minor) == ("open", 1100, 400, 700)
    assert (refund.credit_note.document["total"], SimulatedPayment.objects.get().refunded_minor) == (400, 0)
    assert owed_in_books(site) == 700
    assert clearing_is_the_processors_balance(site)
    told = page(f"/s/{owing.secret}/")
    assert "$4.00 less to pay." in told
    assert "$7.00 is still to pay" in told
    assert "Pay $7.00" in page(f"/s/{owing.secret}/rest/")


def test_only_what_is_beyond_the_debt_goes_back_to_the_card(site, owing):
    refund = give_back(1300)

    owed = Receivable.objects.get()
    assert (refund.state, parts(refund)) == ("done", [("owed", 1100, "done"), ("4242", 200, "done")])
    assert (owed.state, owed.closed_at) == ("reduced", LATER)
    assert SimulatedPayment.objects.get().refunded_minor == 200
    assert owed_in_books(site) == 0
    assert clearing_is_the_processors_balance(site)
    told = page(f"/s/{owing.secret}/")
    assert "$11.00 less to pay." in told
    assert "$2.00 back to the card ending 4242." in told
    assert "still to pay" not in told
    receipt = page(f"/s/{owing.secret}/receipt/")
    assert "$11.00 was not covered; it need not be paid any more." in receipt
    note = refund.credit_note
    paper = pdf.text(Client().get(f"/s/{owing.secret}/documents/{note.label}.pdf").content)
    assert "$11.00 less to pay." in paper
    assert "$2.00 to the card ending 4242." in page(f"/s/{owing.secret}/documents/{note.label}/")


def test_the_guest_pays_what_the_refund_has_left(site, owing):
    give_back(400)

    Client().post(f"/s/{owing.secret}/rest/", {"card": GOOD, "pay": "yes"})

    assert Hold.objects.get(role="rest").captured_minor == 700
    assert Receivable.objects.get().state == "paid"
    assert owed_in_books(site) == 0


def test_what_is_left_of_it_can_be_given_up(site, owing):
    give_back(400)

    receivables.give_up(Receivable.objects.get().pk, reason="x", by="agent", now=LATER)

    assert owed_in_books(site) == 0
    assert ledger.balance(site.host, ledger.Code.WRITTEN_OFF, currency="USD") == 700


def test_what_was_given_up_is_not_given_back(site, owing):
    receivables.give_up(Receivable.objects.get().pk, reason="x", by="agent", now=LATER)

    assert refunds.refundable_minor(Receipt.objects.get()) == 1000
    with pytest.raises(RefundError, match=r"At most 10\.00 USD of what was paid can still go back"):
        ask(1001)
    assert parts(give_back(1000)) == [("4242", 1000, "done")]


def test_what_is_being_paid_goes_the_cards_way(site, owing):
    Client().post(f"/s/{owing.secret}/rest/", {"card": CONFIRM, "pay": "yes"})
    rest = Hold.objects.get(role="rest")

    refund = give_back(300)
    with pytest.raises(RefundError, match=r"being paid just now: until that is known, at most 7\.00 USD"):
        ask(800)

    assert parts(refund) == [("4242", 300, "done")]
    assert Receivable.objects.get().reduced_minor == 0
    Client().post(rest.next_action_url, {"answer": "confirm"})
    holds.check(rest.pk, now=LATER)
    assert Receivable.objects.get().state == "paid"
    assert parts(give_back(800)) == [("3184", 800, "done")]


def test_a_refused_payment_leaves_the_debt_to_be_reduced(site, owing):
    Client().post(f"/s/{owing.secret}/rest/", {"card": DECLINED, "pay": "yes"})

    assert parts(give_back(300)) == [("owed", 300, "done")]


def test_a_refund_that_waits_goes_the_way_that_is_right_when_it_goes(site, owing, settings):
    settings.REFUND_ALONE_UP_TO = 1
    refund = ask(900)
    assert (refund.state, parts(refund), Receivable.objects.get().reduced_minor) == ("waiting", [], 0)
    Client().post(f"/s/{owing.secret}/rest/", {"card": GOOD, "pay": "yes"})

    refunds.answer(refund.pk, approves=True, by="user:second@example.com", now=LATER)

    assert refunds.send(refund.pk, now=LATER).state == "done"
    assert [part.hold.role for part in refund.parts.all()] == ["rest"]


def test_what_waits_for_a_second_person_is_kept_for_it(site, owing, settings):
    settings.REFUND_ALONE_UP_TO = 5
    receivables.give_up(Receivable.objects.get().pk, reason="x", by="agent", now=LATER)
    ask(900)

    with pytest.raises(RefundError, match=r"waits for a second person: beside it, at most 1\.00 USD"):
        ask(200)
    assert give_back(100).state == "done"


@pytest.mark.django_db(transaction=True)
def test_paying_and_refunding_at_once_never_count_the_same_debt_twice(site, owing):
    done = []

    def pay():
        done.append(Client().post(f"/s/{owing.secret}/rest/", {"card": GOOD, "pay": "yes"}).status_code)

    def refund():
        try:
            done.append(give_back(400).state)
        except RefundError as exc:
            done.append(str(exc))

    turns = iter([pay, refund, pay, refund])
    at_once(4, lambda: next(turns)())  # noqa: PLW0108 - each takes the next when it begins

    assert len(done) == 4
    Client().post(f"/s/{owing.secret}/rest/", {"card": GOOD, "pay": "yes"})
    refunds.catch_up(now=LATER + timedelta(minutes=1))
    owed = Receivable.objects.get()
    taken, back = (
        sum(SimulatedPayment.objects.values_list(name, flat=True)) for name in ("captured_minor", "refunded_minor")
    )
    given = sum(Refund.objects.filter(state="done").values_list("total_minor", flat=True))
    assert owed.state in {"paid", "reduced"}
    assert taken - back == 2100 - given
    assert owed_in_books(site) == 0
    assert clearing_is_the_processors_balance(site)


# Several payments.


def test_it_goes_over_as_many_payments_as_it_needs(site, twice):
    refund = give_back(1500)

    assert (refund.state, parts(refund)) == ("done", [("4444", 1100, "done"), ("4242", 400, "done")])
    assert sorted(Hold.objects.values_list("refunded_minor", flat=True)) == [400, 1100]
    assert Receipt.objects.filter(kind="credit_note").count() == 1
    assert owed_in_books(site) == 0
    assert clearing_is_the_processors_balance(site)
    told = page(f"/s/{twice.secret}/receipt/")
    assert "$11.00 back to the card ending 4444." in told
    assert "$4.00 back to the card ending 4242." in told
    assert parts(give_back(600)) == [("4242", 600, "done")]
    with pytest.raises(RefundError, match=r"At most 0\.00 USD"):
        ask(1)


def test_it_says_beforehand_which_way_it_would_go(site, owing):
    receipt = Receipt.objects.get()

    def told():
        return [
            (way.hold.role if way.hold else "owed", way.amount_minor) for way in refunds.preview_ways(receipt, 1300)
        ]

    assert told() == [("owed", 1100), ("main", 200)]
    assert not Refund.objects.exists()
    Client().post(f"/s/{owing.secret}/rest/", {"card": GOOD, "pay": "yes"})
    assert told() == [("rest", 1100), ("main", 200)]
    with pytest.raises(RefundError, match="At most"):
        refunds.preview_ways(receipt, 2101)


def test_one_part_may_fail_while_another_goes(site, twice, monkeypatch):
    broken = Hold.objects.get(role="rest")
    with monkeypatch.context() as closed:
        refuses(closed, broken.processor_ref)
        refund = give_back(1500)

    assert (refund.state, refund.failure) == ("partly", "The card was closed.")
    assert parts(refund) == [("4444", 1100, "refused"), ("4242", 400, "done")]
    assert refund.credit_note.document["total"] == 1500
    broken.refresh_from_db()
    assert broken.refunded_minor == 0
    assert owed_in_books(site) == -1100, "we owe the guest what could not go back"
    assert clearing_is_the_processors_balance(site)
    assert "could not go back to the card ending 4444." in page(f"/s/{twice.secret}/")
    assert refunds.refundable_minor(Receipt.objects.get(kind="receipt")) == 600

    refunds.send_again(refund.pk, now=LATER)
    with pytest.raises(RefundError, match="Nothing of this refund was refused"):
        refunds.send_again(refund.pk, now=LATER)
    refund = refunds.send(refund.pk, now=LATER)

    assert (refund.state, parts(refund)) == ("done", [("4444", 1100, "done"), ("4242", 400, "done")])
    assert RefundPart.objects.get(hold=broken).generation == 2
    assert Receipt.objects.filter(kind="credit_note").count() == 1
    assert owed_in_books(site) == 0
    assert clearing_is_the_processors_balance(site)


@pytest.mark.parametrize(("is_agent", "payer"), [(True, ledger.Code.BANK), (False, ledger.Code.HOST_PAYABLE)])
def test_what_was_refused_can_be_given_back_another_way(site, twice, monkeypatch, is_agent, payer):
    refuses(monkeypatch, Hold.objects.get(role="rest").processor_ref)
    refund = give_back(1500)
    before = ledger.balance(site.host, payer, currency="USD")
    said = {"by": BY, "is_agent": is_agent, "now": LATER}
    with pytest.raises(RefundError, match="Say how"):
        refunds.give_otherwise(refund.pk, note=" ", **said)

    refund = refunds.give_otherwise(refund.pk, note="By bank transfer.", **said)

    assert (refund.state, parts(refund)[0]) == ("done", ("4444", 1100, "otherwise"))
    assert owed_in_books(site) == 0
    assert ledger.balance(site.host, payer, currency="USD") == before - 1100
    assert clearing_is_the_processors_balance(site)
    assert "$11.00 was given back another way: By bank transfer." in page(f"/s/{twice.secret}/")


def test_what_was_refused_as_a_whole_is_free_and_can_be_sent_again(site, twice, monkeypatch):
    with monkeypatch.context() as closed:
        refuses(closed, Hold.objects.get(role="rest").processor_ref)
        refund = give_back(500)
    assert (refund.state, refund.credit_note) == ("refused", None)
    assert refunds.refundable_minor(Receipt.objects.get()) == 2100

    refunds.send_again(refund.pk, now=LATER)

    assert refunds.send(refund.pk, now=LATER).state == "done"
    assert owed_in_books(site) == 0


def test_what_was_refused_as_a_whole_is_not_given_back_twice(site, twice, monkeypatch):
    with monkeypatch.context() as closed:
        refuses(closed, Hold.objects.get(role="rest").processor_ref)
        refund = give_back(0, lines=["connection"])
    give_back(0, lines=["connection"])

    with pytest.raises(RefundError, match="no connection line"):
        refunds.send_again(refund.pk, now=LATER)


def test_each_part_asks_again_with_a_key_of_its_own(site, twice, monkeypatch):
    real, keys = SimulatedProcessor.refund, []

    def loses_every_first(self, ref, *, amount_minor, key, **rest):
        payment = real(self, ref, amount_minor=amount_minor, key=key, **rest)
        keys.append(key)
        if keys.count(key) == 1:
            raise OutcomeUnknownError("no answer")
        return payment

    monkeypatch.setattr(SimulatedProcessor, "refund", loses_every_first)
    refund = give_back(1500)
    assert (refund.state, refund.credit_note) == ("checking", None)

    refunds.catch_up(now=LATER + timedelta(minutes=1))

    refund.refresh_from_db()
    assert (refund.state, len(keys), len(set(keys))) == ("done", 4, 2)
    assert sum(SimulatedPayment.objects.values_list("refunded_minor", flat=True)) == 1500
    assert clearing_is_the_processors_balance(site)


def test_the_database_gives_back_no_more_than_was_taken_of_any_payment(site, twice):
    give_back(1500)

    for hold in Hold.objects.all():
        with pytest.raises(DatabaseError), transaction.atomic():
            Hold.objects.filter(pk=hold.pk).update(refunded_minor=hold.captured_minor + 1)
    with pytest.raises(DatabaseError), transaction.atomic():
        Receivable.objects.update(reduced_minor=1101)


@pytest.mark.django_db(transaction=True)
def test_many_who_refund_at_once_give_back_what_there_is(site, twice):
    told = []

    def refund():
        try:
            told.append(give_back(900).state)
        except RefundError as exc:
            told.append(str(exc))

    at_once(8, refund)

    assert told.count("done") == 2
    assert sum(SimulatedPayment.objects.values_list("refunded_minor", flat=True)) == 1800
    assert all(hold.refunded_minor <= hold.captured_minor for hold in Hold.objects.all())
    assert clearing_is_the_processors_balance(site)


def test_each_part_explains_one_movement_at_the_processor(site, twice):
    give_back(1500)
    processor().refund(Hold.objects.get(role="main").processor_ref, amount_minor=400, key="in the dashboard")

    reconciliation.pull(now=LATER)
    reconciliation.pull(now=LATER)

    rows = ProcessorTransaction.objects.filter(kind="refund").order_by("id")
    assert sorted((row.amount_minor, row.match) for row in rows) == [
        (-1100, "explained"),
        (-400, "explained"),
        (-400, "unknown"),
    ]
    assert {row.refund_part_id for row in rows if row.match == "explained"} == {
        part.pk for part in RefundPart.objects.all()
    }
