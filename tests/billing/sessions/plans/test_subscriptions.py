"""Subscriptions: each fee once, whatever is killed or comes twice; what they bring, and what goes back."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from authorization.models import User
from billing.models import (
    Invoice,
    LedgerEntry,
    ProcessorTransaction,
    Rating,
    Receipt,
    SimulatedBalanceTransaction,
    SimulatedPayment,
    SubscriptionPeriod,
)
from billing.payments.books.ledger import Code
from billing.payments.processors import processor, simulated
from billing.payments.processors.protocol import OutcomeUnknownError
from billing.proration import periods
from billing.sessions.drivers import accounts, payment_cards
from billing.sessions.plans import catalogue, subscriptions
from billing.sessions.plans.catalogue import PlanTerms
from billing.sessions.plans.subscriptions import SubscriptionError
from billing.sessions.processor_reports import reconciliation
from tests.billing.conftest import PLAIN, minutes
from tests.kit.at_once import at_once
from tests.kit.subscriptions import APRIL, GOOD, POOR, START, balance, charge, only, save

NEW_YORK = ZoneInfo("America/New_York")


def test_it_tells_the_price_before_and_takes_exactly_that(site, kim, plan, card):
    offer = subscriptions.quote(plan, now=START)
    assert (offer.total_minor, offer.tax_minor, offer.included_wh) == (2000, 182, 20_000)
    assert (offer.span.days, offer.span.whole_days, offer.span.ends_at) == (20, 31, APRIL)

    period = subscriptions.subscribe(kim, plan, card=card, now=START)

    assert (period.state, period.total_minor, period.last4) == ("paid", 2000, "4242")
    assert only().state == "active"
    assert SimulatedPayment.objects.get().captured_minor == 2000
    invoice = Invoice.objects.get()
    assert (invoice.label, invoice.document["net"], invoice.document["tax"]) == ("S2026-000001", 1818, 182)
    assert balance(site, Code.PROCESSOR_CLEARING) == 2000
    assert balance(site, Code.GUEST_RECEIVABLE) == 0
    assert balance(site, Code.SUBSCRIPTION_DEFERRED) == -1818
    assert balance(site, Code.HOST_PAYABLE) == 0, "nothing is earned yet"


def test_the_processors_list_explains_fees_of_plans(site, kim, plan, card):
    subscriptions.subscribe(kim, plan, card=card, now=START)
    subscriptions.end_at_once(only(), now=START + timedelta(days=2))
    at = datetime.now(tz=UTC)

    for _ in range(2):
        reconciliation.pull(now=at)

    found = {row.kind: (row.match, row.finding, row.host) for row in ProcessorTransaction.objects.all()}
    told = "The fee of the plan Neighbour, period 1, from 2026-03-12."
    assert found == {
        "payment": ("explained", told, site.host),
        "refund": ("explained", "Given back of the plan Neighbour, period 1.", site.host),
    }
    there = processor().balance("USD")
    assert balance(site, Code.PROCESSOR_FEES) == simulated_fee(2000)
    assert balance(site, Code.PROCESSOR_CLEARING) == there.available_minor + there.pending_minor


def simulated_fee(amount_minor: int) -> int:
    return SimulatedBalanceTransaction.objects.get(kind="payment", amount_minor=amount_minor).fee_minor


def test_a_fee_that_the_processor_does_not_list_is_missing(site, kim, plan, card):
    period = subscriptions.subscribe(kim, plan, card=card, now=START)
    reconciliation.pull(now=datetime.now(tz=UTC))
    later = datetime.now(tz=UTC) + timedelta(days=3)
    SubscriptionPeriod.objects.update(paid_at=datetime.now(tz=UTC))
    assert not reconciliation.missing_fees(now=later).exists()

    SubscriptionPeriod.objects.update(processor_ref="sim_lost")

    assert list(reconciliation.missing_fees(now=later)) == [period]


def test_what_differs_about_a_fee_waits(site, kim, plan, card):
    period = subscriptions.subscribe(kim, plan, card=card, now=START)
    processor().refund(period.processor_ref, amount_minor=7, key="by somebody in the dashboard")
    simulated.dispute(period.processor_ref)
    SubscriptionPeriod.objects.update(total_minor=1999)

    reconciliation.pull(now=datetime.now(tz=UTC))

    assert {row.kind: (row.match, row.finding) for row in ProcessorTransaction.objects.all()} == {
        "payment": ("unknown", "We know of 19.99 USD that were taken for this plan's period."),
        "refund": ("unknown", "Money went back to a card, and nobody here asked for it."),
        "dispute": (
            "unknown",
            "A dispute of a plan's fee. The fee of the plan Neighbour, period 1, from 2026-03-12.",
        ),
    }

    SubscriptionPeriod.objects.update(state="charging")
    reconciliation.pull(now=datetime.now(tz=UTC))
    assert ProcessorTransaction.objects.get(kind="payment").match == "waiting"


def test_a_declined_card_begins_nothing(site, kim, plan):
    period = subscriptions.subscribe(kim, plan, card=save(kim, POOR), now=START)

    assert (period.state, only().state) == ("failed", "ended")
    assert "not enough money" in period.failure
    assert not Invoice.objects.exists()
    assert not LedgerEntry.objects.exists()
    assert subscriptions.subscribe(kim, plan, card=save(kim, GOOD), now=START).state == "paid"


def test_a_bank_that_asks_is_answered_first(site, kim, plan):
    asked = save(kim, "4000002760003184")
    simulated.confirm(asked.ref, accepted=True)
    asked = payment_cards.check(asked.pk)

    period = subscriptions.subscribe(kim, plan, card=asked, now=START)
    assert (period.state, only().state) == ("confirming", "pending")
    simulated.confirm(period.processor_ref, accepted=True)

    assert subscriptions.check(period.pk, now=START).state == "paid"
    assert only().state == "active"


def test_a_question_of_the_bank_that_nobody_answers_ends_it(site, kim, plan):
    asked = save(kim, "4000002760003184")
    simulated.confirm(asked.ref, accepted=True)
    subscriptions.subscribe(kim, plan, card=payment_cards.check(asked.pk), now=START)

    subscriptions.keep_up(now=START + timedelta(minutes=31))

    assert only().state == "ended"


def test_there_is_one_plan_at_a_host(site, kim, plan, card):
    subscriptions.subscribe(kim, plan, card=card, now=START)

    with pytest.raises(SubscriptionError, match="You have a plan of this host already"):
        subscriptions.subscribe(kim, plan, card=card, now=START)
    assert SimulatedPayment.objects.count() == 1


def test_a_retired_plan_is_kept_and_not_chosen(site, kim, plan, card):
    subscriptions.subscribe(kim, plan, card=card, now=START)
    catalogue.retire(plan, now=START)

    subscriptions.keep_up(now=APRIL)

    assert only().periods.count() == 2
    other = accounts.of_user(User.objects.create_user("lee@example.com", None), language="en", now=START)
    with pytest.raises(SubscriptionError, match="not offered"):
        subscriptions.subscribe(other, plan, card=save(other, GOOD), now=START)


def test_it_renews_once_and_the_host_has_earned_the_old_period(site, kim, plan, card):
    subscriptions.subscribe(kim, plan, card=card, now=START)
    catalogue.change(plan, offer=PlanTerms(fee_minor=4000, currency="USD"), now=START)

    for _ in range(3):
        subscriptions.keep_up(now=APRIL)

    first, second = SubscriptionPeriod.objects.order_by("number")
    assert (first.total_minor, second.total_minor, second.state) == (2000, 4000, "paid")
    assert (second.begins_at, second.ends_at) == (APRIL, datetime(2026, 5, 1, 4, 0, tzinfo=UTC))
    assert SimulatedPayment.objects.count() == 2
    assert sorted(Invoice.objects.values_list("number", flat=True)) == [1, 2]
    assert balance(site, Code.HOST_PAYABLE) == -1818
    assert balance(site, Code.SUBSCRIPTION_DEFERRED) == -4000


def test_another_plan_counts_from_the_next_period(site, kim, plan, card):
    other = catalogue.make(site.host, name="Commuter", offer=PlanTerms(fee_minor=5000, currency="USD"), now=START).plan
    subscriptions.subscribe(kim, plan, card=card, now=START)

    subscriptions.change(only(), other)
    subscriptions.keep_up(now=APRIL)

    assert only().plan == other
    assert SubscriptionPeriod.objects.get(number=2).total_minor == 5000


def test_it_ends_with_the_period_and_charges_no_more(site, kim, plan, card):
    subscriptions.subscribe(kim, plan, card=card, now=START)

    subscriptions.cancel(only())
    subscriptions.keep_up(now=APRIL - timedelta(seconds=1))
    assert only().state == "active"
    subscriptions.keep_up(now=APRIL)

    assert (only().state, only().end_reason) == ("ended", "You ended it.")
    assert SimulatedPayment.objects.count() == 1
    assert balance(site, Code.HOST_PAYABLE) == -1818


def test_a_cancellation_is_taken_back_while_the_period_runs(site, kim, plan, card):
    subscriptions.subscribe(kim, plan, card=card, now=START)
    subscriptions.cancel(only())

    subscriptions.keep(only())
    subscriptions.keep_up(now=APRIL)

    assert only().state == "active"


def test_ended_at_once_the_days_after_today_go_back(site, kim, plan, card):
    subscriptions.subscribe(kim, plan, card=card, now=START)
    later = START + timedelta(days=9)  # 21 March: 10 of 20 days are left
    assert subscriptions.refund_minor(only().periods.get(), now=later) == 1000

    assert subscriptions.end_at_once(only(), now=later) == 1000
    subscriptions.keep_up(now=later + timedelta(minutes=1))

    note = Invoice.objects.get(kind="credit_note")
    assert (note.label, note.document["total"], note.document["tax"]) == ("SC2026-000001", 1000, 91)
    assert note.document["credit_of"] == "S2026-000001"
    assert SimulatedPayment.objects.get().refunded_minor == 1000
    assert balance(site, Code.PROCESSOR_CLEARING) == 1000
    assert balance(site, Code.SUBSCRIPTION_DEFERRED) == 0
    assert balance(site, Code.HOST_PAYABLE) == -(1818 - 909)
    with pytest.raises(SubscriptionError, match="ended already"):
        subscriptions.end_at_once(only(), now=later)


def test_a_refund_whose_answer_is_lost_goes_back_once(site, kim, plan, card, monkeypatch):
    subscriptions.subscribe(kim, plan, card=card, now=START)
    plain, asked = simulated.SimulatedProcessor.refund, []

    def refund(self, ref, *, amount_minor, key, **rest):
        asked.append(key)
        answer = plain(self, ref, amount_minor=amount_minor, key=key)
        if len(asked) == 1:
            raise OutcomeUnknownError("No answer.")
        return answer

    monkeypatch.setattr(simulated.SimulatedProcessor, "refund", refund)
    subscriptions.end_at_once(only(), now=START + timedelta(days=9))
    assert not Invoice.objects.filter(kind="credit_note").exists()
    subscriptions.keep_up(now=START + timedelta(days=9, minutes=1))

    assert SimulatedPayment.objects.get().refunded_minor == 1000
    assert Invoice.objects.filter(kind="credit_note").count() == 1


def test_the_receipt_shows_what_the_plan_brings(site, kim, plan, card):
    subscriptions.subscribe(kim, plan, card=card, now=minutes(-60))

    first = charge(site, at=0, wh=15_000).document["report"]
    second = charge(site, at=180, wh=10_000).document["report"]

    told = [
        (line["kind"], line["label"], line["quantity"], line["unit_price"], line["amount"]) for line in second["lines"]
    ]
    assert told == [
        ("energy", "included energy", "7.000", "0", 0),
        ("energy", "all day", "3.000", "0.32", 96),
        ("connection", "connection fee", "1", "0", 0),
    ]
    assert "Members pay 20 % less than 0.40 USD" in second["lines"][1]["reason"]
    assert "The plan Neighbour waives it; without the plan it is 1.00 USD." in second["lines"][2]["reason"]
    assert first["total"] == 0, "15 of 22 kWh were included"


@pytest.mark.parametrize(
    ("processing", "told", "total"),
    [
        ({"processing_fee": "0.35", "processing_pct": "10"}, "without the plan it is 0.35 USD and 10 %.", 500),
        ({"processing_pct": "10"}, "without the plan it is 10 %.", 500),
        ({"processing_fee": "0.35", "processing_pct": "10", "processing_paid_by": "host"}, "", 500),
    ],
)
def test_a_waived_processing_fee_is_waived_whole_and_only_where_the_driver_pays_it(
    site, kim, plan, card, processing, told, total
):
    catalogue.change(plan, offer=PlanTerms(fee_minor=3100, currency="USD", waives=("processing",)), now=START)
    subscriptions.subscribe(kim, plan, card=card, now=minutes(-60))
    site.rate("member", definition=PLAIN | processing)

    report = charge(site, at=0, wh=10_000).document["report"]

    lines = [line for line in report["lines"] if line["kind"] == "processing"]
    assert report["total"] == total
    assert [line["amount"] for line in lines] == ([0] if told else [])
    assert all(told in line["reason"] for line in lines)
    assert bool(report.get("host_costs")) == (not told), "what the host bears, the plan does not touch"


@pytest.mark.parametrize("exempt", [{}, {"exempt_audiences": ["member"]}])
def test_idle_time_is_one_line_of_nothing_whoever_waives_it(site, kim, plan, card, exempt):
    subscriptions.subscribe(kim, plan, card=card, now=minutes(-60))
    site.rate("member", definition=PLAIN | {"idle": PLAIN["idle"] | exempt})
    row = site.transaction(at=minutes(0))
    site.begin(row)
    site.reading(row, 11_000, at=minutes(60))
    site.status("SuspendedEV", at=minutes(60))
    site.heard(since=minutes(0), until=minutes(100))
    site.stop(row, 11_000, at=minutes(100), reason="EVDisconnected")
    site.work(now=minutes(101))

    (line,) = [one for one in Receipt.objects.get().document["report"]["lines"] if one["kind"] == "idle"]

    assert (line["amount"], line["quantity"]) == (0, "30")
    assert ("Members pay no idle fee." if exempt else "The plan Neighbour waives it") in line["reason"]


def test_the_plan_counts_where_and_when_it_says(site, kim, plan, card):
    from chargers.models import Property

    elsewhere = Property.objects.create(host=site.host, slug="other", name="Other", time_zone="America/New_York")
    narrow = PlanTerms(fee_minor=3100, currency="USD", discount_pct=Decimal(50), properties=(elsewhere,))
    catalogue.change(plan, offer=narrow, now=START)
    subscriptions.subscribe(kim, plan, card=card, now=minutes(-60))

    assert charge(site, at=0, wh=10_000).document["report"]["total"] == 500


def test_a_session_keeps_what_the_plan_brought_when_it_began(site, kim, plan, card):
    subscriptions.subscribe(kim, plan, card=card, now=minutes(-60))
    site.rate("member", definition=PLAIN)
    row = site.transaction(at=minutes(0))
    session = site.begin(row)
    site.work(now=minutes(1))
    subscriptions.end_at_once(only(), now=minutes(5))
    site.stop(row, 6000, at=minutes(60), reason="EVDisconnected")
    site.work(now=minutes(61))

    assert Receipt.objects.get(session=session).rating.total_minor == 0
    assert charge(site, at=180, wh=5000).rating.total_minor == 300


@pytest.mark.django_db(transaction=True)
def test_sessions_at_the_same_time_use_the_allowance_once(site, kim, plan, card):
    subscriptions.subscribe(kim, plan, card=card, now=minutes(-60))
    site.rate("member", definition=PLAIN)
    for evse in (1, 2):
        row = site.transaction(at=minutes(0), evse_number=evse)
        site.begin(row)
        site.stop(row, 21_000, at=minutes(120), reason="EVDisconnected")

    at_once(4, lambda: site.work(now=minutes(121)))
    site.work(now=minutes(122))

    finals = Rating.objects.filter(kind="final")
    included = [line["wh"] for one in finals for line in one.report["lines"] if line["label"] == "included energy"]
    assert finals.count() == 2
    assert sum(included) == 22_000


@pytest.mark.parametrize(
    ("day", "anchor", "expected"),
    [
        (date(2026, 1, 31), 31, date(2026, 2, 28)),
        (date(2026, 2, 28), 31, date(2026, 3, 31)),
        (date(2028, 1, 30), 30, date(2028, 2, 29)),
        (date(2026, 12, 5), 1, date(2027, 1, 1)),
    ],
)
def test_months_have_ends_of_their_own(day, anchor, expected):
    assert periods.next_anchor_date(day, anchor=anchor) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03", date(2026, 3, 1)),
        *((wrong, None) for wrong in ("0000-05", "2026-13", "9999-12", "2026-3", "2026/03", "202603x", "", "٢٠٢٦-٠٣")),
    ],
)
def test_a_month_is_written_in_one_way(text, expected):
    assert periods.month(text) == expected


def test_a_full_first_period_is_a_month_from_that_day():
    span, anchor = periods.first(START, zone=NEW_YORK, by_days=False)

    assert (span.share, anchor) == (1, 12)
    assert span.ends_at == datetime(2026, 4, 12, 4, 0, tzinfo=UTC)


def test_the_shares_of_a_month_add_up_over_daylight_saving():
    span, _ = periods.first(datetime(2026, 3, 1, 5, 0, tzinfo=UTC), zone=NEW_YORK, by_days=True)

    assert (span.days, span.whole_days, span.ends_at) == (31, 31, APRIL)
