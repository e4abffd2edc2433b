"""Another plan in the middle of a period: shown, agreed to, paid and carried out once, whoever is killed meanwhile."""

from datetime import timedelta

import pytest

from billing.models import (
    Invoice,
    OutgoingMail,
    PaymentCard,
    PeriodRefund,
    Plan,
    PlanChange,
    SimulatedPayment,
    Subscription,
    SubscriptionPeriod,
    WebhookDelivery,
)
from billing.payments.books.ledger import Code
from billing.payments.processors import simulated
from billing.payments.processors.protocol import OutcomeUnknownError
from billing.payments.webhooks import deliveries
from billing.pricing import benefits
from billing.sessions.plans import catalogue, changes, invoices, plan_refunds, subscriptions
from billing.sessions.plans.catalogue import PlanTerms
from billing.sessions.plans.subscriptions import SubscriptionError
from tests.billing.conftest import Site
from tests.kit.at_once import at_once
from tests.kit.plan_changes import LATER, change, lose
from tests.kit.subscriptions import APRIL, POOR, START, balance, only, save


@pytest.fixture
def cheap(site: Site) -> Plan:
    return catalogue.make(site.host, name="Sunday", offer=PlanTerms(fee_minor=620, currency="USD"), now=START).plan


def numbers(kind: str) -> list[str]:
    return sorted(one.label for one in Invoice.objects.filter(kind=kind))


def totals(site: Site) -> dict[str, int]:
    codes = (Code.PROCESSOR_CLEARING, Code.GUEST_RECEIVABLE, Code.SUBSCRIPTION_DEFERRED, Code.TAX_PAYABLE)
    return {code.value: balance(site, code) for code in codes}


def test_a_dearer_plan_is_charged_the_difference_and_counts_at_once(site, subscribed, dear):
    done = change(dear)

    assert (done.state, done.total_minor, done.credit_minor, done.due_minor) == ("done", 2000, 1000, 1000)
    assert list(SimulatedPayment.objects.order_by("pk").values_list("captured_minor", flat=True)) == [2000, 1000]
    old, new = SubscriptionPeriod.objects.order_by("number")
    assert (only().plan, only().state) == (dear, "active")
    assert (new.number, new.begins_at, new.ends_at, new.state, new.last4) == (2, LATER, APRIL, "paid", "4242")
    assert new.included_wh == 20_000 + 10_000, "what is paid for of the old plan goes along"
    assert subscriptions.current(only(), now=LATER) == new
    assert benefits.find_for_driver(only().driver_id, host_id=site.host.pk, property_id=site.place.pk, now=LATER) == {
        "period": str(new.pk),
        "plan": "Commuter",
        "included_wh": 30_000,
        "discount_pct": "0",
        "waives": [],
    }
    assert old.refunded_minor == 1000
    assert numbers("invoice") == ["S2026-000001", "S2026-000002"]
    assert numbers("credit_note") == ["SC2026-000001"]


def test_the_books_owe_the_driver_nothing_and_the_host_earns_all_of_it_in_the_end(site, subscribed, dear):
    change(dear)

    assert totals(site) == {
        "processor_clearing": 3000,
        "guest_receivable": 0,
        "subscription_deferred": -(1818 - 909 + 1667),
        "tax_payable": -(182 - 91 + 333),
    }
    subscriptions.cancel(only())
    subscriptions.keep_up(now=APRIL)
    assert balance(site, Code.SUBSCRIPTION_DEFERRED) == 0
    assert balance(site, Code.HOST_PAYABLE) == -(1818 - 909 + 1667)


def test_a_cheaper_plan_gives_the_difference_back_to_the_card_that_paid(site, subscribed, cheap):
    done = change(cheap)

    assert (done.state, done.total_minor, done.credit_minor, done.back_minor) == ("done", 200, 1000, 800)
    assert SimulatedPayment.objects.get().refunded_minor == 800
    assert only().plan == cheap
    assert SubscriptionPeriod.objects.get(number=2).included_wh == 10_000
    assert totals(site)["processor_clearing"] == 1200
    assert totals(site)["guest_receivable"] == 0
    subscriptions.cancel(only())
    subscriptions.keep_up(now=APRIL)
    assert balance(site, Code.SUBSCRIPTION_DEFERRED) == 0


def test_the_period_after_it_is_a_whole_one_of_the_new_plan(site, subscribed, dear):
    change(dear)

    subscriptions.keep_up(now=APRIL)

    following = SubscriptionPeriod.objects.get(number=3)
    assert (following.begins_at, following.total_minor, following.state) == (APRIL, 6200, "paid")
    assert following.included_wh == 62_000


def test_a_declined_card_changes_nothing_and_says_why(site, subscribed, dear, kim):
    Subscription.objects.update(card=save(kim, POOR))
    before = totals(site)

    done = change(dear)

    assert done.state == "refused"
    assert "not enough money" in done.failure
    assert only().plan.name == "Neighbour"
    assert SubscriptionPeriod.objects.count() == 1
    assert numbers("invoice") == ["S2026-000001"]
    assert totals(site) == before
    assert only().state == "active", "the plan itself is paid"
    Subscription.objects.update(card=PaymentCard.objects.get(last4="4242"))
    assert change(dear).state == "done", "another card may do it"


def test_a_bank_that_asks_keeps_the_old_plan_until_it_is_answered(site, asked, plan, dear):
    assert (asked.state, only().plan) == ("confirming", plan)
    assert asked.next_action_url
    assert SubscriptionPeriod.objects.count() == 1
    for act in (subscriptions.cancel, lambda one: subscriptions.end_at_once(one, now=LATER)):
        with pytest.raises(SubscriptionError, match="on its way"):
            act(only())
    with pytest.raises(SubscriptionError, match="on its way"):
        subscriptions.change(only(), dear)

    simulated.confirm(asked.processor_ref, accepted=True)

    assert changes.check(asked.pk, now=LATER + timedelta(minutes=5)).state == "done"
    new = SubscriptionPeriod.objects.get(number=2)
    assert (new.begins_at, only().plan) == (LATER, dear)


def test_a_bank_that_says_no_changes_nothing(asked, plan):
    simulated.confirm(asked.processor_ref, accepted=False)

    assert changes.check(asked.pk, now=LATER).state == "refused"
    assert only().plan == plan


def test_a_question_that_nobody_answers_is_called_back(asked, plan):
    changes.keep_up(now=LATER + timedelta(minutes=31))

    assert PlanChange.objects.get().failure == "The payment was not confirmed in time."
    simulated.confirm(asked.processor_ref, accepted=True)
    changes.keep_up(now=LATER + timedelta(minutes=40))
    assert SimulatedPayment.objects.get(ref=asked.processor_ref).captured_minor == 0, "nobody can pay for nothing"
    assert only().plan == plan


def test_the_next_period_waits_until_the_change_is_decided(site, subscribed, asked, dear):
    PlanChange.objects.update(due_at=APRIL + timedelta(hours=1))
    subscriptions.keep_up(now=APRIL)
    assert SubscriptionPeriod.objects.count() == 1
    assert SubscriptionPeriod.objects.get().earned_at is None

    simulated.confirm(asked.processor_ref, accepted=True)
    changes.check(asked.pk, now=APRIL)
    subscriptions.keep_up(now=APRIL)

    assert [one.version.plan.name for one in SubscriptionPeriod.objects.order_by("number")] == [
        "Neighbour",
        "Commuter",
        "Commuter",
    ]
    assert balance(site, Code.SUBSCRIPTION_DEFERRED) == -5167, "only the new period's is not earned"


def test_a_lost_answer_is_being_checked_and_asked_for_with_the_same_key(site, subscribed, dear, plan, monkeypatch):
    keys = lose(monkeypatch, "charge", error=OutcomeUnknownError("No answer."))

    waiting = change(dear)
    assert (waiting.state, only().plan) == ("charging", plan)
    with pytest.raises(SubscriptionError, match="on its way"):
        change(dear)
    changes.keep_up(now=LATER + timedelta(minutes=3))

    assert len(keys) == 2
    assert len(set(keys)) == 1
    assert (PlanChange.objects.get().state, only().plan) == ("done", dear)
    assert SimulatedPayment.objects.count() == 2


STEPS = [
    ("the payment, not done", simulated.SimulatedProcessor, "charge"),
    ("the first document", invoices, "credit_change"),
    ("the second document", invoices, "issue"),
    ("the last thing of all", deliveries, "publish"),
]


@pytest.mark.parametrize(("owner", "name"), [step[1:] for step in STEPS], ids=[step[0] for step in STEPS])
@pytest.mark.parametrize("is_after", [False, True])
def test_whoever_is_killed_between_two_steps_comes_to_the_same_end(
    site, subscribed, dear, monkeypatch, owner, name, is_after
):
    plain, killed = getattr(owner, name), []

    def act(*args, **kwargs):
        if killed:
            return plain(*args, **kwargs)
        killed.append(1)
        if is_after:
            plain(*args, **kwargs)
        raise SystemExit

    monkeypatch.setattr(owner, name, act)
    with pytest.raises(SystemExit):
        change(dear)
    for number in range(1, 4):
        changes.keep_up(now=LATER + timedelta(minutes=3 * number))

    assert (PlanChange.objects.get().state, only().plan) == ("done", dear)
    assert SimulatedPayment.objects.count() == 2
    assert numbers("invoice") == ["S2026-000001", "S2026-000002"]
    assert numbers("credit_note") == ["SC2026-000001"]
    assert totals(site)["processor_clearing"] == 3000
    assert OutgoingMail.objects.filter(key__endswith=":changed").count() == 1


@pytest.mark.parametrize("is_after", [False, True])
def test_whoever_is_killed_while_giving_back_gives_back_once(site, subscribed, cheap, monkeypatch, is_after):
    keys = lose(monkeypatch, "refund", error=SystemExit(), after=is_after)
    with pytest.raises(SystemExit):
        change(cheap)
    assert (PlanChange.objects.get().state, only().plan) == ("done", cheap)
    assert balance(site, Code.GUEST_RECEIVABLE) == -800, "we owe it until it is sent"

    subscriptions.keep_up(now=LATER + timedelta(minutes=1))

    assert len(set(keys)) == 1
    assert SimulatedPayment.objects.get().refunded_minor == 800
    assert PeriodRefund.objects.get().sent_at is not None
    assert balance(site, Code.GUEST_RECEIVABLE) == 0
    assert numbers("credit_note") == ["SC2026-000001"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("which", ["dear", "cheap"])
def test_many_browsers_change_once(site, subscribed, dear, cheap, which):
    wanted = {"dear": dear, "cheap": cheap}[which]
    shown = changes.offer(only(), wanted, now=LATER)
    amounts, told = (shown.total_minor, shown.credit_minor), []

    def click() -> None:
        try:
            changes.begin(only(), wanted, seen_amounts=amounts, now=LATER)
        except SubscriptionError as exc:
            told.append(str(exc))

    at_once(6, click)
    changes.keep_up(now=LATER + timedelta(minutes=3))
    subscriptions.keep_up(now=LATER + timedelta(minutes=3))

    assert len(told) == 5
    assert set(told) <= {"You have this plan.", "A change of your plan is on its way: wait until it is decided."}
    assert SubscriptionPeriod.objects.count() == 2
    assert sum(SimulatedPayment.objects.values_list("captured_minor", flat=True)) == (3000 if which == "dear" else 2000)
    assert sum(SimulatedPayment.objects.values_list("refunded_minor", flat=True)) == (0 if which == "dear" else 800)
    assert len(numbers("invoice")) == 2


def test_it_takes_only_what_was_shown(site, subscribed, dear):
    shown = changes.offer(only(), dear, now=LATER)

    with pytest.raises(SubscriptionError, match="look at it again"):
        changes.begin(only(), dear, seen_amounts=(shown.total_minor, shown.credit_minor), now=LATER + timedelta(days=1))
    assert not PlanChange.objects.exists()


def test_there_is_nothing_to_exchange_without_a_paid_period(site, subscribed, plan, dear):
    with pytest.raises(SubscriptionError, match="You have this plan"):
        changes.offer(only(), plan, now=LATER)
    SubscriptionPeriod.objects.update(state="due")
    with pytest.raises(SubscriptionError, match="not paid yet"):
        changes.offer(only(), dear, now=LATER)
    SubscriptionPeriod.objects.update(state="paid")
    catalogue.retire(dear, now=LATER)
    dear.refresh_from_db()
    with pytest.raises(SubscriptionError, match="not offered"):
        changes.offer(only(), dear, now=LATER)


def test_what_was_asked_for_the_next_period_is_forgotten(site, subscribed, dear, cheap):
    subscriptions.change(only(), cheap)

    change(dear)

    assert (only().plan, only().next_plan, only().ends_at_period_end) == (dear, None, False)


def test_several_changes_give_back_from_the_payments_that_hold_the_money(site, subscribed, dear, cheap):
    change(dear)  # 20.00 paid before, 10.00 now
    back = change(cheap, now=LATER + timedelta(minutes=5))

    assert (back.total_minor, back.credit_minor, back.back_minor) == (200, 2000, 1800)
    paid = list(SimulatedPayment.objects.order_by("pk").values_list("captured_minor", "refunded_minor"))
    assert paid == [(2000, 800), (1000, 1000)]
    assert totals(site)["guest_receivable"] == 0
    assert subscriptions.end_at_once(only(), now=LATER + timedelta(minutes=9)) > 0
    subscriptions.keep_up(now=LATER + timedelta(minutes=10))
    assert balance(site, Code.SUBSCRIPTION_DEFERRED) == 0
    assert not PeriodRefund.objects.filter(sent_at=None).exists()


def test_what_was_never_paid_cannot_be_given_back(site, subscribed):
    with pytest.raises(RuntimeError, match="1 of 2001 were never paid"):
        plan_refunds.plan(SubscriptionPeriod.objects.get(), amount_minor=2001, now=LATER)


def test_other_systems_and_the_driver_are_told_once(site, subscribed, dear):
    deliveries.add(site.host, url="https://example.com/told", kinds=None, by="host@example.com", now=START)

    change(dear)

    told = WebhookDelivery.objects.filter(kind="subscription.changed")
    assert told.count() == 1
    assert '"plan":"commuter"' in told.get().body.replace(" ", "")
    outgoing = OutgoingMail.objects.get(key__endswith=":changed")
    assert outgoing.subject == "You have Commuter instead of Neighbour now"
    assert "Commuter: 10 of 31 days: $20.00" in outgoing.text
    assert "Neighbour: 10 of 20 days are left: −$10.00" in outgoing.text
    assert "To pay now: $10.00" in outgoing.text


def test_two_changes_leave_nothing_owed_by_anybody(site, subscribed, dear, cheap):
    change(dear)
    change(cheap, now=LATER + timedelta(days=3))
    subscriptions.cancel(only())
    subscriptions.keep_up(now=APRIL)

    assert balance(site, Code.GUEST_RECEIVABLE) == 0
    assert balance(site, Code.SUBSCRIPTION_DEFERRED) == 0
    money_in = sum(SimulatedPayment.objects.values_list("captured_minor", flat=True))
    money_out = sum(SimulatedPayment.objects.values_list("refunded_minor", flat=True))
    assert balance(site, Code.PROCESSOR_CLEARING) == money_in - money_out
    assert balance(site, Code.HOST_PAYABLE) + balance(site, Code.TAX_PAYABLE) == money_out - money_in
