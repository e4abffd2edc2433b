"""What a late stop has added: shown beside what was billed, billed once by a person or left, and then collected."""

from datetime import timedelta

import pytest
from django.test import Client

from billing.charts import bars
from billing.models import Hold, LateStop, Rating, Receipt, Receivable, Refund, Session, SimulatedPayment
from billing.payments.books import ledger, statements
from billing.payments.books.statements import Account, Kind
from billing.payments.processors import processor
from billing.sessions.charges.card_charges import CardCharge
from billing.sessions.holds import holds
from billing.sessions.lifecycle import lifecycle
from billing.sessions.refunds import refunds
from billing.sessions.refunds.refunds import RefundError, RefundRequest
from billing.sessions.settlement import correction, late_stops, settle
from billing.sessions.starting import ordering
from chargers.models import Charger, Transaction
from tests.billing.conftest import NOON, minutes
from tests.kit import pdf
from tests.kit.at_once import at_once
from tests.kit.held import CONFIRM, GOOD, POOR_LATER, paid

pytestmark = pytest.mark.django_db
CAME = NOON + timedelta(hours=10)
LATER = CAME + timedelta(hours=1)
BY = "user:host@example.com"


def silent(site, row, session):
    """5 kWh by the last reading, then silence: billed 3.00. Then its stop comes: 8 kWh, 4.20."""
    site.reading(row, 6000, at=minutes(60))
    Charger.objects.filter(pk=site.charger.pk).update(last_message_at=minutes(60))
    settle.close_silent(now=minutes(400))
    for minute in (401, 402):
        site.work(now=minutes(minute))
    Transaction.objects.filter(pk=row.pk).update(case="")
    row.refresh_from_db()
    site.stop(row, 9000, at=minutes(90))
    Session.objects.filter(pk=session.pk).update(late_stop_at=CAME)
    late_stops.catch_up(now=CAME)
    session.refresh_from_db()
    assert LateStop.objects.get().outcome == "not_billed"
    return session


@pytest.fixture
def by_card(site):
    session, _, row = paid(site)
    return silent(site, row, session)


@pytest.fixture
def by_kept_card(site):
    session, _, row = paid(site, keeps_card=True)
    return silent(site, row, session)


def bill(session, *, expected=120, by=BY, now=LATER):
    late = correction.bill(session.pk, expected_minor=expected, by=by, now=now)
    correction.charge(late.pk, now=now)
    late.refresh_from_db()
    return late


def balance(site, code):
    return ledger.balance(site.host, code, currency="USD")


def text(path):
    return Client().get(path).content.decode()


def test_both_receipts_stand_side_by_side(by_card):
    offer = correction.offer(by_card)

    assert [(row.label, row.before_minor, row.after_minor, row.more_minor) for row in offer.rows] == [
        ("Connection fee", 100, 100, 0),
        ("Energy, all day", 200, 320, 120),
        ("Total", 300, 420, 120),
    ]
    assert (offer.before.energy_wh, offer.late_stop.energy_wh, offer.difference_minor) == (5000, 8000, 120)
    assert offer.collected.startswith("It stays owed: the card was for what was held only.")


def test_billed_it_is_a_corrected_receipt_and_a_debt(site, by_card):
    late = bill(by_card)

    assert (late.outcome, late.answered_by, late.answered_at) == ("billed", BY, LATER)
    corrected = Receipt.objects.get(kind="correction")
    assert (corrected.label, corrected.replaces.kind, corrected.rating.total_minor) == ("R2026-000001", "receipt", 420)
    assert dict(Rating.objects.filter(kind__in=["final", "replaced"]).values_list("kind", "total_minor")) == {
        "final": 420,
        "replaced": 300,
    }
    owed = Receivable.objects.get()
    assert (owed.state, owed.amount_minor) == ("open", 120)
    assert balance(site, ledger.Code.GUEST_RECEIVABLE) == 120
    assert balance(site, ledger.Code.HOST_PAYABLE) == -420
    assert correction.offer(by_card) is None
    page = text(f"/s/{by_card.secret}/receipt/")
    assert "it cost $4.20 instead of $3.00, and the host approved that." in page
    german = Client(headers={"accept-language": "de"}).get(f"/s/{by_card.secret}/receipt/").content.decode()
    assert "Es kostete 4,20\N{NO-BREAK SPACE}$ statt 3,00\N{NO-BREAK SPACE}$, und der Betreiber hat" in german
    assert "$1.20 is not covered yet." in page
    assert "Why it was corrected" in pdf.text(Client().get(f"/s/{by_card.secret}/receipt.pdf").content)
    Client().post(f"/s/{by_card.secret}/rest/", {"card": GOOD, "pay": "yes"})
    assert balance(site, ledger.Code.GUEST_RECEIVABLE) == 0


def test_a_card_that_may_be_charged_again_pays_the_difference(site, by_kept_card):
    assert "taken from the card ending 4242" in correction.offer(by_kept_card).collected

    late = bill(by_kept_card)

    rest = Hold.objects.get(role="rest")
    assert (rest.state, rest.captured_minor, late.asked_at) == ("captured", 120, LATER)
    assert Receivable.objects.get().state == "paid"
    assert balance(site, ledger.Code.GUEST_RECEIVABLE) == 0
    there = processor().balance("USD")
    assert balance(site, ledger.Code.PROCESSOR_CLEARING) == there.available_minor + there.pending_minor


def test_what_the_card_refuses_stays_owed(site):
    session, _, row = paid(site, card=POOR_LATER, keeps_card=True)
    session = silent(site, row, session)

    late = bill(session)

    assert (Hold.objects.get(role="rest").state, Receivable.objects.get().state) == ("failed", "open")
    assert late.asked_at == LATER
    correction.catch_up(now=LATER + timedelta(minutes=1))
    assert Hold.objects.filter(role="rest").count() == 1, "it is tried once"


def test_left_it_stays_as_it_was(site, by_card):
    late = correction.leave(by_card.pk, by=BY, now=LATER)

    assert (late.outcome, late.answered_by) == ("left", BY)
    assert not Receipt.objects.exclude(kind="receipt").exists()
    assert correction.offer(by_card) is None
    assert balance(site, ledger.Code.GUEST_RECEIVABLE) == 0


def test_the_second_is_told_who_decided(by_card):
    correction.leave(by_card.pk, by=BY, now=LATER)

    with pytest.raises(correction.DifferenceError, match=r"host@example\.com decided this already and left it"):
        bill(by_card, by="user:other@example.com")
    with pytest.raises(correction.DifferenceError, match="decided this already"):
        correction.leave(by_card.pk, by="user:other@example.com", now=LATER)


def test_it_bills_what_was_shown_or_nothing(by_card):
    with pytest.raises(correction.DifferenceError, match="has changed since you opened"):
        bill(by_card, expected=121)
    assert not Receivable.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_at_once_bill_it_once(site, by_kept_card):
    told = []

    def once():
        try:
            told.append(bill(by_kept_card).outcome)
        except correction.DifferenceError as exc:
            told.append(str(exc))

    at_once(4, once)

    assert told.count("billed") == 1
    assert sum("decided this already" in one for one in told) == 3
    assert (Receipt.objects.filter(kind="correction").count(), Receivable.objects.count()) == (1, 1)
    assert sum(SimulatedPayment.objects.values_list("captured_minor", flat=True)) == 420


@pytest.mark.parametrize("killed_in", ["ask", "apply"])
def test_it_goes_on_after_a_worker_was_killed(site, by_kept_card, monkeypatch, killed_in):
    late = correction.bill(by_kept_card.pk, expected_minor=120, by=BY, now=LATER)
    with monkeypatch.context() as killed:
        killed.setattr(CardCharge, killed_in, lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            correction.charge(late.pk, now=LATER)

    for minute in (1, 2):
        correction.catch_up(now=LATER + timedelta(minutes=minute))

    assert Receivable.objects.get().state == "paid"
    assert sum(SimulatedPayment.objects.values_list("captured_minor", flat=True)) == 420
    assert Hold.objects.filter(role="rest").count() == 1


def test_it_never_sends_what_the_guest_has_begun(site, by_kept_card, monkeypatch):
    """The guest pays at the same moment: their payment is open, and not sent yet."""
    late = correction.bill(by_kept_card.pk, expected_minor=120, by=BY, now=LATER)
    with monkeypatch.context() as between:
        between.setattr(holds, "ask", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            ordering.pay_rest(
                by_kept_card, ordering.PaymentOrder(card=GOOD, return_url="https://x.example/"), now=LATER
            )

    correction.charge(late.pk, now=LATER)

    rest = Hold.objects.get(role="rest")
    assert (rest.state, rest.processor_ref) == ("authorising", "")


def test_it_waits_while_the_guest_pays_and_adds_to_what_is_owed(site):
    session, _, row = paid(site, amount_minor=200)
    session = silent(site, row, session)
    assert Receivable.objects.get().amount_minor == 100
    assert "added to the 1.00 USD that are still owed" in correction.offer(session).collected
    Client().post(f"/s/{session.secret}/rest/", {"card": CONFIRM, "pay": "yes"})
    with pytest.raises(correction.DifferenceError, match="under way"):
        bill(session)
    rest = Hold.objects.get(role="rest")
    Client().post(rest.next_action_url, {"answer": "refuse"})
    holds.check(rest.pk, now=LATER)

    bill(session)

    owed = Receivable.objects.get()
    assert (owed.state, owed.amount_minor) == ("open", 220)
    assert balance(site, ledger.Code.GUEST_RECEIVABLE) == 220


def test_refunds_are_of_the_price_that_counts(site, by_kept_card):
    bill(by_kept_card)
    receipt = Receipt.objects.get(kind="receipt")
    energy = RefundRequest(
        lines=frozenset({"energy"}), reason=Refund.Reason.GOODWILL, fault=Refund.Fault.HOST, explanation="Sorry."
    )
    assert refunds.refundable_minor(receipt) == 420

    refund = refunds.send(refunds.request(receipt, energy, by=BY, now=LATER).pk, now=LATER)

    assert (refund.state, refund.total_minor) == ("done", 320)
    assert refund.credit_note.document["credit_of"] == "R2026-000001"
    with pytest.raises(RefundError, match=r"At most 1\.00 USD"):
        refunds.difference(
            receipt,
            RefundRequest(
                amount_minor=101, reason=Refund.Reason.GOODWILL, fault=Refund.Fault.HOST, explanation="Sorry."
            ),
        )


def test_who_pays_by_agreement_gets_the_corrected_receipt_only(site):
    site.rate("member")
    row = site.transaction()
    session = silent(site, row, site.begin(row))
    assert "No card was charged" in correction.offer(session).collected

    bill(session)

    assert Receipt.objects.get(kind="correction").rating.total_minor == 420
    assert not Receivable.objects.exists()
    assert balance(site, ledger.Code.GUEST_RECEIVABLE) == 0
    assert balance(site, ledger.Code.HOST_CLAIMS) == 420, "the host collects it itself"


# A stop that comes after its session was closed because no energy was known to have flowed


def closed_for_nothing(site, session, row):
    """No sample at all, then silence: nothing is billed and the hold goes back. Then the stop: 7.9 kWh, 4.16."""
    Charger.objects.filter(pk=site.charger.pk).update(last_message_at=minutes(1))
    settle.close_silent(now=minutes(400))
    for minute in (401, 402):
        site.work(now=minutes(minute))
    session.refresh_from_db()
    assert (session.state, session.receipts.count()) == ("failed", 0)
    Transaction.objects.filter(pk=row.pk).update(case="")
    row.refresh_from_db()
    site.stop(row, 8900, at=minutes(500))
    late_stops.catch_up(now=CAME)
    session.refresh_from_db()
    return session


@pytest.mark.parametrize("keeps_card", [True, False])
def test_a_stop_after_no_energy_is_rated_and_offered(site, keeps_card):
    session, _, row = paid(site, keeps_card=keeps_card)
    closed_for_nothing(site, session, row)

    offer = correction.offer(session)
    assert (offer.before, offer.difference_minor, offer.late_stop.energy_wh) == (None, 416, 7900)
    assert offer.rows[-1] == correction.CorrectionRow("Total", 0, 416)
    bill(session, expected=416)

    session.refresh_from_db()
    receipt = Receipt.objects.get()
    assert (session.state, receipt.rating.total_minor, session.stopped_at) == ("settled", 416, minutes(500))
    taken = sum(session.holds.values_list("captured_minor", flat=True))
    owed = sum(session.receivables.values_list("amount_minor", flat=True))
    assert (taken, owed) == ((416, 0) if keeps_card else (0, 416))
    assert balance(site, "host_payable") == -416
    with pytest.raises(correction.DifferenceError, match="decided this already"):
        bill(session, expected=416)


def test_a_stop_after_no_energy_may_be_left(site):
    session, _, row = paid(site)
    closed_for_nothing(site, session, row)

    late = correction.leave(session.pk, by=BY, now=LATER)

    session.refresh_from_db()
    assert (late.outcome, session.state, correction.offer(session)) == ("left", "failed", None)


def test_what_a_person_waived_is_not_offered_again(site):
    session, _, row = paid(site)
    closed_for_nothing(site, session, row)
    LateStop.objects.all().delete()
    Session.objects.filter(pk=session.pk).update(late_stop_at=None)
    session.ratings.create(
        kind="provisional",
        engine_version="1",
        inputs={},
        report={},
        currency="USD",
        total_minor=0,
        net_minor=0,
        tax_minor=0,
        energy_wh=0,
        held=[{"code": "x", "evidence": "x"}],
        created_at=NOON,
    )
    lifecycle.stop(row)

    session.refresh_from_db()
    assert session.late_stop_at is None


def test_a_worker_that_dies_after_the_decision_settles_it_later(site):
    session, _, row = paid(site)
    closed_for_nothing(site, session, row)
    correction.bill(session.pk, expected_minor=416, by=BY, now=LATER)

    settle.settle_due(now=LATER)
    assert correction.catch_up(now=LATER) == 1

    session.refresh_from_db()
    assert (session.state, LateStop.objects.get().asked_at) == ("settled", LATER)
    assert Receivable.objects.get().amount_minor == 416


def test_the_chart_of_sales_has_a_corrected_receipt_by_its_difference(site, by_kept_card):
    account = Account(host=site.host, currency="USD")
    bill(by_kept_card)
    year = statements.period(account, begins=LATER.date().replace(month=1, day=1), kind=Kind.YEAR)
    assert year is not None

    chart = bars.revenue(year)

    assert chart is not None
    assert chart.total == "$4.20"
    assert sum(round(float(bar.amount.strip("$")) * 100) for bar in chart.bars) == 420
