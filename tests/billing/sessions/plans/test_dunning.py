"""After a card fails: the retries, the end of the plan's grace period, and the mails to the driver."""

from datetime import timedelta

from billing.models import (
    Driver,
    OutgoingMail,
    PaymentCard,
    Plan,
    SimulatedPayment,
    Subscription,
    SubscriptionPeriod,
)
from billing.payments.books.ledger import Code
from billing.sessions.plans import subscriptions
from tests.billing.conftest import minutes
from tests.kit.subscriptions import APRIL, GOOD, OTHER, POOR, START, balance, charge, only, save


def refused_renewal(kim: Driver, plan: Plan, card: PaymentCard) -> SubscriptionPeriod:
    """Paid once, then the card fails."""
    subscriptions.subscribe(kim, plan, card=card, now=START)
    Subscription.objects.update(card=save(kim, POOR))
    subscriptions.keep_up(now=APRIL)
    return SubscriptionPeriod.objects.get(number=2)


def test_a_refused_renewal_is_tried_again_on_the_days_of_the_settings(site, kim, plan, card):
    period = refused_renewal(kim, plan, card)
    assert (period.state, period.decline, only().state) == ("due", "insufficient_funds", "past_due")
    assert period.due_at == APRIL + timedelta(days=1)
    assert balance(site, Code.GUEST_RECEIVABLE) == 3100

    tries = []
    for hours in range(0, 24 * 9, 6):
        before = SimulatedPayment.objects.count()
        subscriptions.keep_up(now=APRIL + timedelta(hours=hours))
        if SimulatedPayment.objects.count() > before:
            tries.append(hours // 24)

    assert tries == [1, 3, 5, 7]
    period.refresh_from_db()
    assert (period.state, only().state) == ("failed", "ended")
    assert "however often it was tried" in only().end_reason
    assert balance(site, Code.GUEST_RECEIVABLE) == 3100, "it is still owed"
    told = OutgoingMail.objects.filter(key__contains="refused").order_by("id")
    assert len(told) == 5
    assert "not enough money" in told[0].text
    assert "The plan counts until 4 Apr 2026" in told[0].text
    assert "still owed" in told[4].text


def test_the_plan_counts_some_days_while_its_fee_is_due(site, kim, plan, card):
    refused_renewal(kim, plan, card)
    days = (APRIL - minutes(0)).days

    within = charge(site, at=(days + 2) * 1440, wh=5000).rating.total_minor
    after = charge(site, at=(days + 5) * 1440, wh=5000).rating.total_minor

    assert (within, after) == (0, 300)


def test_another_card_pays_at_once(site, kim, plan, card):
    refused_renewal(kim, plan, card)

    subscriptions.use_card(only(), save(kim, OTHER), now=APRIL + timedelta(hours=5))

    assert (only().state, only().past_due_since) == ("active", None)
    assert SubscriptionPeriod.objects.get(number=2).last4 == "4444"
    assert balance(site, Code.GUEST_RECEIVABLE) == 0


def test_what_was_given_up_can_still_be_paid(site, kim, plan, card):
    period = refused_renewal(kim, plan, card)
    for day in (1, 3, 5, 7):
        subscriptions.keep_up(now=APRIL + timedelta(days=day))
    assert list(subscriptions.unpaid_periods(kim)) == [period]

    subscriptions.pay(period, save(kim, GOOD), now=APRIL + timedelta(days=20))

    assert not subscriptions.unpaid_periods(kim).exists()
    assert only().state == "ended"
    assert balance(site, Code.GUEST_RECEIVABLE) == 0
